"""What a case study is: a table, a question, the paper's engines and its analyses."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.evals.case import nhanes, tcga
from synthcraft.graph.errors import NotFoundError
from synthcraft.tools.inference.table import Mode

ENGINES = ("pategan", "ddpm", "adsgan", "ctgan")
"""The four generators of the paper, in its order."""
MODES: tuple[Mode, ...] = ("paper", "rigorous")


@dataclass(frozen=True)
class Protocol:
    """One case study.

    Attributes:
        roles: columns by their roles, as a plan has them.
        of_tables: analyses of tables that engines made before, each one job for all engines.
        of_engines: analyses that fit an engine themselves, each one job an engine.
        folds: fits of an engine in such a job, in rigorous mode.
        table: from the folder of data to the rows.
        files: what the folder must hold.
    """

    name: str
    title: str
    roles: dict[str, Any]
    unit: str | None
    of_tables: tuple[str, ...]
    of_engines: tuple[str, ...]
    folds: int
    table: Callable[[Path], pd.DataFrame]
    files: tuple[str, ...]


PROTOCOLS = {
    "nhanes": Protocol(
        name="nhanes",
        title="NHANES 2021–2023: heart attack",
        roles={"target": nhanes.TARGET, "protected": ["ethnicity", "age", "gender"]},
        unit=None,
        of_tables=("table2", "table3", "discrimination"),
        of_engines=("augmentation",),
        folds=1,
        table=nhanes.table,
        files=tuple(nhanes.FILES),
    ),
    "tcga": Protocol(
        name="tcga",
        title="TCGA: tumour purity from ten genes",
        roles={"target": tcga.TARGET, "protected": [tcga.GROUP]},
        unit=tcga.PATIENT,
        of_tables=(),
        of_engines=("purity",),
        folds=5,
        table=tcga.table,
        files=(tcga.FILE,),
    ),
}


def find(name: str) -> Protocol:
    """The case study of that name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in PROTOCOLS:
        near = difflib.get_close_matches(name, PROTOCOLS, n=1)
        said = f"Did you mean {near[0]!r}? " if near else ""
        raise NotFoundError(
            f"There is no case study {name!r}.", f"{said}There are {', '.join(PROTOCOLS)}."
        )
    return PROTOCOLS[name]
