"""Small pieces of real tables; each is written once, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from synthcraft.evals.ablation.named import Named
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.tools.artifacts import write_atomically

CANARY = "SC-ABLATION"
"""Beginning of every value of the column that identifies: no language model may ever read one."""
IDENTIFIER = "person_code"
Source = Callable[[Path | None, Path], pd.DataFrame]
_SOURCES = Named[Source]("table")


def source(name: str) -> Callable[[Source], Source]:
    """Register a real table: from the folder of shared data and a scratch folder to all rows."""
    return _SOURCES.enter(name)


def check(name: str) -> None:
    """Refuse a table that nobody wrote."""
    if name not in _SOURCES:
        raise InputError(f"There is no table {name!r}.", f"Choose one of: {', '.join(_SOURCES)}.")


def write(name: str, columns: tuple[str, ...], rows: int, data: Path | None, folder: Path) -> Path:
    """A random part of a real table, with a made identifier, as CSV.

    Raises:
        NotFoundError: the table is not on this machine.
    """
    check(name)
    folder.mkdir(parents=True, exist_ok=True)
    frame = _SOURCES[name](data, folder)[list(columns)].dropna()
    chosen = np.random.default_rng(0).choice(len(frame), min(rows, len(frame)), replace=False)
    part = frame.iloc[np.sort(chosen)].reset_index(drop=True)
    part.insert(0, IDENTIFIER, [f"{CANARY}-{number:05d}" for number in range(len(part))])
    path = folder / f"{name}.csv"
    write_atomically(path, (part.to_csv(index=False).encode(),))
    return path


@source("nhanes")
def _nhanes(data: Path | None, folder: Path) -> pd.DataFrame:
    """People of 60 and over in NHANES 2017-2018: in a small piece of all, heart attacks are few."""
    from synthcraft.ui.commands.demo_data import source_file, write_table

    frame = pd.read_csv(write_table(source_file(), folder / "all"))
    return frame[frame["age"] >= 60]


@source("breast_cancer")
def _breast_cancer(data: Path | None, folder: Path) -> pd.DataFrame:
    from sklearn.datasets import load_breast_cancer

    read: pd.DataFrame = load_breast_cancer(as_frame=True).frame
    frame = read.rename(columns={"target": "benign"})
    return frame.rename(columns=lambda name: name.replace(" ", "_"))


@source("diabetes")
def _diabetes(data: Path | None, folder: Path) -> pd.DataFrame:
    from sklearn.datasets import load_diabetes

    frame: pd.DataFrame = load_diabetes(as_frame=True, scaled=False).frame
    names = {"target": "progression", "s5": "triglycerides", "s6": "glucose"}
    return frame.rename(columns=names)


@source("tcga")
def _tcga(data: Path | None, folder: Path) -> pd.DataFrame:
    path = (data or Path()) / "tcga" / "tcga_purity.csv"
    if data is None or not path.is_file():
        raise NotFoundError(
            "The table of tumour purity is not on this machine.",
            "Name the folder that holds tcga/tcga_purity.csv with --data.",
        )
    return pd.read_csv(path)
