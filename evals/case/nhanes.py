"""The paper's NHANES table, out of the five files of the 2021-2023 cycle as they are published."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from synthcraft.graph.errors import DataError, NotFoundError
from synthcraft.tools.raw_table import Request
from synthcraft.tools.readers import read_raw

KEY = "SEQN"
TARGET = "heart_attack"


class Part(NamedTuple):
    """One published file: its size in bytes, and the columns that the table needs of it."""

    size: int
    columns: tuple[str, ...]


FILES: Mapping[str, Part] = {
    "DEMO_L.xpt": Part(2_582_160, ("RIDAGEYR", "RIAGENDR", "RIDRETH3")),
    "BMX_L.xpt": Part(1_563_200, ("BMXBMI", "BMXWAIST")),
    "TCHOL_L.xpt": Part(259_520, ("LBXTC",)),
    "INS_L.xpt": Part(161_280, ("LBXIN",)),
    "MCQ_L.xpt": Part(3_294_000, ("MCQ160E",)),
}
COLUMNS = {
    "age": "RIDAGEYR",
    "gender": "RIAGENDR",
    "ethnicity": "RIDRETH3",
    "bmi": "BMXBMI",
    "total_cholesterol": "LBXTC",
    "insulin": "LBXIN",
    TARGET: "MCQ160E",
}
_LABELS = {
    "gender": {1: "Male", 2: "Female"},
    "ethnicity": {
        1: "Mexican American",
        2: "Other Hispanic",
        3: "Non-Hispanic White",
        4: "Non-Hispanic Black",
        6: "Non-Hispanic Asian",
        7: "Other/Multi-Racial",
    },
}
_YES = 1
_DIGITS = {"bmi": 1, "insulin": 2}


def table(folder: Path) -> pd.DataFrame:
    """The people whom the paper analysed: complete cases, 2,924 of them.

    The paper does not state its rule. This one, of about sixty tried, gives its number of people
    and its prevalence: the waist must be known too, and "don't know" is no heart attack.

    Raises:
        NotFoundError: a file is not there.
        DataError: a file is damaged or lacks a column.
    """
    parts = [_part(folder, name) for name in FILES]
    merged = reduce(lambda left, right: left.merge(right, on=KEY), parts)
    complete = merged.dropna().reset_index(drop=True)
    frame = pd.DataFrame({name: complete[source] for name, source in COLUMNS.items()})
    for name, labels in _LABELS.items():
        frame[name] = frame[name].map(labels)
    for name, digits in _DIGITS.items():
        frame[name] = frame[name].astype("float64").round(digits)
    frame[TARGET] = (frame[TARGET] == _YES).astype("int64")
    return frame.astype({"age": "int64", "total_cholesterol": "int64"})


def _part(folder: Path, name: str) -> pd.DataFrame:
    path = folder / name
    if not path.is_file():
        there = [each for each in FILES if (folder / each).is_file()]
        raise NotFoundError(
            f"The file {name} of NHANES 2021-2023 is not in the folder {folder.name!r}"
            f" ({len(there)} of {len(FILES)} are).",
            "Name the folder that holds all five with --data, or fetch them with --download.",
        )
    return checked(path, FILES[name])


def checked(path: Path, part: Part) -> pd.DataFrame:
    """The needed columns of a file.

    Raises:
        DataError: it has another size than the one published, or lacks a column.
    """
    if (size := path.stat().st_size) != part.size:
        raise DataError(
            f"{path.name} has {size:,} bytes, and the published file {part.size:,}: it is not "
            "whole, or not this cycle's.",
            "Fetch it again with --download.",
            code="E_SIZE",
        )
    return read_raw(path, Request((KEY, *part.columns))).frame
