"""Visits of people over time, complete and numeric for the engines, and the way back.

A table of visits has one row per visit: a person, a time, and columns. Columns that never change
within a person belong to the person and are encoded once for each; all others belong to the visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthcraft.graph.errors import DataError, InputError
from synthcraft.tools.generators.base import GeneratorSpec
from synthcraft.tools.generators.catalogue import catalogue, find
from synthcraft.tools.generators.encoding import Array, EncodedTable, Number, encode
from synthcraft.tools.raw_table import missing_column, quoted
from synthcraft.tools.repair import repair
from synthcraft.tools.table_schema import TableSchema

MIN_PEOPLE = 20
"""People with `MIN_VISITS` visits or more that a table must have."""
MIN_VISITS = 3


@dataclass(frozen=True)
class EncodedVisits:
    """What the engines see of a table of visits.

    Attributes:
        schema: all columns, the person's included.
        subject: the column of the person.
        time: the column of the time.
        fixed: one encoded row for each person; without columns where nothing stays the same.
        visits: one encoded row for each visit, the time among its columns.
        owner: for each visit, the place of its person in `fixed`; visits are in order of time.
    """

    schema: TableSchema
    subject: str
    time: str
    fixed: EncodedTable
    visits: EncodedTable
    owner: Array

    @property
    def clock(self) -> str:
        """The encoded column of the time."""
        return next(
            c.code
            for c in self.visits.columns
            if c.column.name == self.time and isinstance(c, Number)
        )

    @property
    def people(self) -> int:
        """How many there are."""
        return int(self.owner.max()) + 1

    def decode(self, fixed: pd.DataFrame, visits: pd.DataFrame, owner: Array) -> pd.DataFrame:
        """The visits that can be read, of people who can be read, with the place of the person.

        Args:
            fixed: one encoded row for each made person.
            visits: one encoded row for each made visit.
            owner: for each visit, the place of its person, which stands in for the subject.
        """
        good = self.visits.valid(visits) & self.fixed.valid(fixed)[owner]
        rows, places = visits[good].reset_index(drop=True), owner[good]
        own = self.fixed.decode(fixed.iloc[places].reset_index(drop=True))
        return pd.concat([self.visits.decode(rows), own], axis=1).assign(**{self.subject: places})

    def restored(self, made: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
        """Decoded visits in the schema of the real ones, and the cells repaired by column.

        People are numbered from 1, never named as real ones are; visits are in order of time, one
        at a time.
        """
        rest = tuple(n for n in self.schema.names if n != self.subject)
        whole, report = repair(made[list(rest)], self.schema.only(rest))
        whole[self.subject] = pd.factorize(made[self.subject], sort=True)[0] + 1
        whole = whole.sort_values([self.subject, self.time], kind="stable")
        whole = whole.drop_duplicates([self.subject, self.time]).reset_index(drop=True)
        dtype: Any = self.schema[self.subject].dtype
        whole[self.subject] = whole[self.subject].astype(dtype)
        return whole[list(self.schema.names)], report.cells_repaired


def engine_of_visits(name: str) -> GeneratorSpec:
    """The engine of time series that is called so.

    Raises:
        InputError: it is none of them.
    """
    spec = find(name)
    if spec.task != "time series":
        known = ", ".join(s.name for s in catalogue().values() if s.task == "time series")
        raise InputError(
            f"{spec.title} makes one row per person, and visits are several.",
            f"Choose an engine of time series: {known}.",
            code="E_TASK",
        )
    return spec


def encode_visits(
    frame: pd.DataFrame, schema: TableSchema, subject: str, time: str, seed: int = 0
) -> EncodedVisits:
    """Encode a canonical table of visits.

    Raises:
        DataError: a column is absent, times cannot be such, or there are too few people or visits.
    """
    _check_columns(frame, schema, subject, time)
    frame = frame.sort_values([subject, time], kind="stable").reset_index(drop=True)
    grouped = frame.groupby(subject, sort=True)
    enough = int((grouped.size() >= MIN_VISITS).sum())
    if enough < MIN_PEOPLE:
        raise DataError(
            f"{MIN_PEOPLE} people with {MIN_VISITS} visits or more are needed, and the table has "
            f"{enough:,}.",
            "Use a larger study, or keep one row per person and an engine for that.",
            code="E_FEW_PEOPLE",
        )
    rest = [n for n in schema.names if n not in (subject, time)]
    constant = grouped[rest].nunique(dropna=False).max() <= 1
    own = tuple(n for n in rest if constant[n])
    seen = tuple(n for n in rest if not constant[n])
    if not seen:
        raise DataError(
            "No column changes from visit to visit.",
            "Keep one row per person and an engine for that.",
            code="E_NOTHING",
        )
    first = frame.drop_duplicates(subject).reset_index(drop=True)
    return EncodedVisits(
        schema=schema,
        subject=subject,
        time=time,
        fixed=encode(first[list(own)], schema.only(own), seed),
        visits=encode(
            frame[[time, *seen]], schema.only((time, *seen)), seed, numbers=frozenset([time])
        ),
        owner=pd.factorize(frame[subject], sort=True)[0],
    )


def _check_columns(frame: pd.DataFrame, schema: TableSchema, subject: str, time: str) -> None:
    for name in (subject, time):
        if name not in schema.names:
            raise missing_column(name, schema.names)
        if frame[name].isna().any():
            raise DataError(
                f"Column {quoted([name])} is missing in some rows.",
                "Every visit needs its person and its time.",
                code="E_VISITS",
            )
    if subject == time:
        raise DataError("The person and the time are the same column.", "Name two.")
    if schema[time].dtype not in ("Int64", "float64", "datetime64[ns]"):
        raise DataError(
            f"Column {quoted([time])} is of kind {schema[time].kind}, neither a number nor a date.",
            "Name the column of the times of visits.",
            code="E_TIME",
        )
    if frame.duplicated([subject, time]).any():
        raise DataError(
            "Some people have two rows at the same time.",
            "Join rows of one visit into one first.",
            code="E_VISITS",
        )
