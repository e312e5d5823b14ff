"""Infer a table's schema from its canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.canonical import canonical, canonicalise, is_canonical
from synthcraft.tools.identifiers import identifier_evidence
from synthcraft.tools.table_schema import Column, Kind, TableSchema

__all__ = ["canonical", "count_decimals", "infer_schema"]

MAX_LEVELS = 200
FEW_LEVELS = 20
LEVEL_SHARE = 0.05
CODE_LEVELS = 10
CODE_ROWS = 50
MAX_DECIMALS = 10


def infer_schema(frame: pd.DataFrame, date_formats: Mapping[str, str] | None = None) -> TableSchema:
    """The schema of a table; `date_formats` are those in which its dates stood in the file.

    A table that has only canonical dtypes is described as it is; any other is converted first.
    """
    formats = dict(date_formats or {})
    if not is_canonical(frame):
        done = canonicalise(frame)
        frame, formats = done.frame, done.date_formats | formats
    return TableSchema(
        columns=tuple(
            infer_column(frame[name], str(name), formats.get(str(name))) for name in frame.columns
        )
    )


def infer_column(series: pd.Series[Any], name: str, date_format: str | None = None) -> Column:
    """The schema of one canonical column."""
    present = series.dropna()
    kind = kind_of(present, name)
    column = Column(
        name=name, kind=kind, dtype=str(series.dtype), nullable=len(present) < len(series)
    )
    if kind in ("binary", "category", "constant"):
        return column.model_copy(update={"categories": _levels(present)})
    if kind == "date":
        shown = date_format or _date_format(present)
        limits = {"low": present.min().isoformat(), "high": present.max().isoformat()}
        return column.model_copy(update={"date_format": shown, **limits})
    if kind in ("numeric", "integer"):
        limits = {"low": float(present.min()), "high": float(present.max())}
        return column.model_copy(update={"decimals": count_decimals(present), **limits})
    return column


def kind_of(present: pd.Series[Any], name: str) -> Kind:
    """What kind of column the present values make."""
    distinct = int(present.nunique())
    if distinct <= 1:
        return "constant"
    if present.dtype == "datetime64[ns]":
        return "date"
    if distinct == 2:
        return "binary"
    if identifier_evidence(present, name):
        return "identifier"
    if present.dtype == "float64":
        return "numeric"
    if present.dtype == "Int64":
        coded = distinct <= CODE_LEVELS and len(present) >= CODE_ROWS
        return "category" if coded else "integer"
    allowed = min(MAX_LEVELS, max(FEW_LEVELS, LEVEL_SHARE * len(present)))
    return "category" if distinct <= allowed else "text"


def count_decimals(present: pd.Series[Any]) -> int | None:
    """The fewest decimals that show every value; None where ten are not enough."""
    values = np.unique(present.to_numpy(dtype=float))
    for decimals in range(MAX_DECIMALS + 1):
        if np.allclose(np.round(values, decimals), values, rtol=1e-13, atol=0.0):
            return decimals
    return None


def _levels(present: pd.Series[Any]) -> tuple[str | int | float | bool, ...]:
    """Distinct values as Python values, sorted."""
    return tuple(sorted(present.unique().tolist()))


def _date_format(present: pd.Series[Any]) -> str:
    """ISO 8601, as short as the values allow."""
    if (present == present.dt.normalize()).all():
        return "%Y-%m-%d"
    seconds = (present == present.dt.floor("s")).all()
    return "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M:%S.%f"
