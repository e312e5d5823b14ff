"""Describe a table in typed sections; each is computed on its own, none quotes a rare value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator

from synthcraft.tools.associations import Associations, associations
from synthcraft.tools.disclosure.rounding import (
    MIN_CELL,
    Floats,
    count,
    quantiles,
    share_of_rounded,
    shown_levels,
)
from synthcraft.tools.identifiers import identifier_evidence
from synthcraft.tools.roles import Suggestion, suggest
from synthcraft.tools.table_schema import Column, Kind, TableSchema

__all__ = ["SECTIONS", "Profile", "Suggestion", "flags_of", "profile", "suggest"]

NEAR_CONSTANT = 0.99
HIGH_CARDINALITY = 50
DIGITS, YEAR_DIGITS = 3, 4
"""Significant digits of percentiles, and of those of years."""
PLAUSIBLE_YEARS = (1900, 2100)
SHOWN_LEVELS = 20
SMALL_ROWS = 1000
WIDE_COLUMNS = 50
MISSING_SHARE = 0.05
RARE_SHARE = 0.2
CLASS_RATIO = 5


class Section(BaseModel):
    """Base of the sections."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnSummary(Section):
    """One line of the table of columns."""

    name: str
    kind: Kind
    dtype: str
    distinct: int
    missing: float = 0.0
    """Share of missing cells, in [0, 1]."""


class SchemaSection(Section):
    """Size, kinds, and columns that carry little or too much."""

    rows: int
    columns: tuple[ColumnSummary, ...]
    kinds: dict[str, int]
    constant: tuple[str, ...]
    near_constant: tuple[str, ...]
    """More than 99 % of the rows have one value (missing counts as a value)."""
    high_cardinality: tuple[str, ...]
    """Categories with more than 50 levels."""


class Missingness(Section):
    """Shares in [0, 1]."""

    cells: float
    columns: dict[str, float]
    """Only columns that have missing cells."""
    complete_rows: float
    all_missing: tuple[str, ...]


class Identifiers(Section):
    """Columns that point at a person or a record, each with the reason."""

    columns: dict[str, str]
    free_text: tuple[str, ...]
    repeated: tuple[str, ...]
    """Identifiers with several rows each: rows of one person belong together."""


class ColumnDistribution(Section):
    """Percentiles or levels under output control: what few rows are behind is left out."""

    name: str
    kind: Kind
    percentiles: dict[str, float] = {}
    """Each the mean of the ten rows around it, with three significant digits."""
    levels: dict[str, float] = {}
    """Level -> share of the present cells, from counts to the nearest five.

    Levels with fewer than ten rows are in `other`, with as many more as hide them.
    """
    other: float = 0.0
    years: tuple[int, int] | None = None
    """5th and 95th percentile of the years of a date column."""
    implausible_dates: float | None = 0.0
    """Share of dates outside 1900 to 2100; None where fewer than ten are."""

    @model_validator(mode="before")
    @classmethod
    def _older(cls, value: Any) -> Any:
        """Older profiles held exact means, which nothing reads."""
        exact = ("mean", "sd")
        return (
            {k: v for k, v in value.items() if k not in exact} if isinstance(value, dict) else value
        )


class Distributions(Section):
    """One entry for each column that can be described."""

    columns: tuple[ColumnDistribution, ...]


class Duplicates(Section):
    """Rows that are equal in every column but identifiers."""

    rows: int
    share: float


class Profile(Section):
    """The sections that have been computed so far."""

    schema_section: SchemaSection | None = None
    missingness: Missingness | None = None
    identifiers: Identifiers | None = None
    distributions: Distributions | None = None
    associations: Associations | None = None
    duplicates: Duplicates | None = None
    suggestion: Suggestion | None = None


def schema_section(frame: pd.DataFrame, schema: TableSchema) -> SchemaSection:
    """Kinds of columns, constant and near-constant ones, and cardinality."""
    distinct, missing = frame.nunique(), frame.isna().mean()
    top = {c.name: _top_share(frame[c.name]) for c in schema.columns}
    kinds = pd.Series([c.kind for c in schema.columns]).value_counts()
    return SchemaSection(
        rows=len(frame),
        columns=tuple(
            ColumnSummary(
                name=c.name,
                kind=c.kind,
                dtype=c.dtype,
                distinct=int(distinct[c.name]),
                missing=float(missing[c.name]),
            )
            for c in schema.columns
        ),
        kinds={str(kind): int(count) for kind, count in kinds.items()},
        constant=_of_kind(schema, "constant"),
        near_constant=tuple(
            c.name for c in schema.columns if c.kind != "constant" and top[c.name] > NEAR_CONSTANT
        ),
        high_cardinality=tuple(
            c.name for c in schema.columns if len(c.categories) > HIGH_CARDINALITY
        ),
    )


def missingness(frame: pd.DataFrame, schema: TableSchema) -> Missingness:
    """How much is missing, by column and by row."""
    missing = frame[list(schema.names)].isna()
    shares = missing.mean()
    return Missingness(
        cells=float(shares.mean()),
        columns={str(name): float(share) for name, share in shares.items() if share > 0},
        complete_rows=float((~missing.any(axis=1)).mean()),
        all_missing=tuple(str(name) for name, share in shares.items() if share == 1),
    )


def identifiers(frame: pd.DataFrame, schema: TableSchema) -> Identifiers:
    """Columns that identify, with the evidence, and columns of free text."""
    found = _of_kind(schema, "identifier")
    reasons = {name: identifier_evidence(frame[name].dropna(), name) for name in found}
    return Identifiers(
        columns={n: r or f"{n!r} was set to be an identifier." for n, r in reasons.items()},
        free_text=_of_kind(schema, "text"),
        repeated=tuple(name for name in found if frame[name].dropna().duplicated().any()),
    )


def distributions(
    frame: pd.DataFrame, schema: TableSchema, people: str | None = None
) -> Distributions:
    """Percentiles of numbers, shares of levels, years of dates, as output control lets them out.

    `people` numbers the persons, each of whom counts once; without it every row is a person.
    """
    person = frame[people] if people else frame.index.to_series()
    return Distributions(
        columns=tuple(
            _DESCRIBE[c.kind](present, c, person[present.index])
            for c in schema.columns
            if c.kind in _DESCRIBE
            and person[(present := frame[c.name].dropna()).index].nunique() >= MIN_CELL
        )
    )


def duplicates(frame: pd.DataFrame, schema: TableSchema) -> Duplicates:
    """Count the rows that repeat an earlier one."""
    compared = [c.name for c in schema.columns if c.kind != "identifier"]
    repeated = int(frame.duplicated(subset=compared or None).sum())
    return Duplicates(rows=repeated, share=repeated / max(len(frame), 1))


def _of_each(present: pd.Series[Any], person: pd.Series[Any]) -> Floats:
    """One number a person: the mean of theirs."""
    means = present.astype("float64").groupby(person.to_numpy()).mean()
    return means.to_numpy(dtype=float)


def _describe_numbers(
    present: pd.Series[Any], column: Column, person: pd.Series[Any]
) -> ColumnDistribution:
    found = quantiles(_of_each(present, person), DIGITS)
    return ColumnDistribution(name=column.name, kind=column.kind, percentiles=found)


def _describe_levels(
    present: pd.Series[Any], column: Column, person: pd.Series[Any]
) -> ColumnDistribution:
    counts = person.groupby(present.astype("string").to_numpy()).nunique()
    shown, hidden = shown_levels([(str(level), int(n)) for level, n in counts.items()])
    hidden += sum(n for _, n in shown[SHOWN_LEVELS:])
    whole = int(counts.sum())
    return ColumnDistribution(
        name=column.name,
        kind=column.kind,
        levels={level: share_of_rounded(n, whole) for level, n in shown[:SHOWN_LEVELS]},
        other=share_of_rounded(hidden, whole),
    )


def _describe_dates(
    present: pd.Series[Any], column: Column, person: pd.Series[Any]
) -> ColumnDistribution:
    years = present.dt.year
    edges = quantiles(_of_each(years, person), YEAR_DIGITS)
    low, high = PLAUSIBLE_YEARS
    odd = int(person[(years < low) | (years > high)].nunique())
    return ColumnDistribution(
        name=column.name,
        kind=column.kind,
        years=(round(edges["p5"]), round(edges["p95"])) if "p5" in edges else None,
        implausible_dates=share_of_rounded(odd, person.nunique())
        if count(odd) or not odd
        else None,
    )


_DESCRIBE: dict[Kind, Callable[[pd.Series[Any], Column, pd.Series[Any]], ColumnDistribution]] = {
    "numeric": _describe_numbers,
    "integer": _describe_numbers,
    "binary": _describe_levels,
    "category": _describe_levels,
    "date": _describe_dates,
}

SECTIONS: dict[str, Callable[[pd.DataFrame, TableSchema], BaseModel]] = {
    "schema_section": schema_section,
    "missingness": missingness,
    "identifiers": identifiers,
    "distributions": distributions,
    "associations": associations,
    "duplicates": duplicates,
    "suggestion": suggest,
}
"""Field of `Profile` -> what computes it."""


def profile(frame: pd.DataFrame, schema: TableSchema) -> Profile:
    """All sections."""
    return Profile.model_validate(
        {name: compute(frame, schema) for name, compute in SECTIONS.items()}
    )


def flags_of(
    frame: pd.DataFrame, schema: TableSchema, target: str | None = None
) -> dict[str, bool]:
    """The fields of `Flags` that the table itself decides."""
    missing = frame.isna().mean()
    return {
        "small": len(frame) < SMALL_ROWS,
        "wide": len(schema.columns) > WIDE_COLUMNS,
        "missing": bool(missing.mean() > MISSING_SHARE or (missing > MISSING_SHARE).any()),
        "imbalanced": target is not None and _imbalanced(frame[target], schema[target]),
    }


def _imbalanced(series: pd.Series[Any], column: Column) -> bool:
    counts = series.value_counts()
    if column.kind == "binary":
        return bool(counts.min() / counts.sum() < RARE_SHARE)
    return column.kind == "category" and bool(counts.max() / counts.min() > CLASS_RATIO)


def _top_share(series: pd.Series[Any]) -> float:
    counts = series.value_counts(normalize=True, dropna=False)
    return float(counts.iloc[0]) if len(counts) else 1.0


def _of_kind(schema: TableSchema, kind: Kind) -> tuple[str, ...]:
    return tuple(c.name for c in schema.columns if c.kind == kind)
