"""P4, first half: which groups are short of people, what each needs, and the rows made for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.generators.base import steers
from synthcraft.tools.generators.sampling import meets
from synthcraft.tools.generators.shared_draws import SharedDraws
from synthcraft.tools.generators.training import Trained
from synthcraft.tools.metrics.columns import is_number, label
from synthcraft.tools.metrics.groups import band_names
from synthcraft.tools.seeds import child_seed
from synthcraft.tools.table_schema import TableSchema

Rule = Literal["equal", "log", "ad hoc"]
Unit = Literal["rows", "events"]
MAX_FACTOR = 1000
"""Rows drawn for one that is wanted, at most: cells of few events are rare in any draw."""


@dataclass(frozen=True)
class Cell:
    """One group of the training rows.

    Attributes:
        where: the condition that its rows meet; column -> value, or limits of a band.
        rows, events: its training rows, and those of them with the event.
    """

    name: str
    where: Mapping[str, Any]
    rows: int
    events: int

    def size(self, unit: Unit) -> int:
        """Its count in the unit that is to be evened out."""
        return self.rows if unit == "rows" else self.events


@dataclass(frozen=True)
class Delivery:
    """What was asked of the generator for a cell, and what it gave."""

    cell: str
    asked: int
    delivered: int
    drawn: int
    acceptance: float | None
    """Share of drawn rows that met the condition; None when every row did."""


@dataclass(frozen=True)
class Enrichment:
    """Synthetic rows for the cells that are short, with the account of each cell."""

    frames: tuple[pd.DataFrame, ...]
    deliveries: tuple[Delivery, ...]
    columns: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of all cells."""
        if not self.frames:
            return pd.DataFrame(columns=list(self.columns))
        return pd.concat(self.frames, ignore_index=True)

    def part(self, extra: Mapping[str, int]) -> Enrichment:
        """The first rows of each cell, as if no more had been asked for."""
        asked = [extra.get(d.cell, 0) for d in self.deliveries]
        frames = tuple(f.head(n) for f, n in zip(self.frames, asked, strict=True))
        told = zip(self.deliveries, frames, asked, strict=True)
        accounts = tuple(replace(d, asked=n, delivered=len(f)) for d, f, n in told)
        return Enrichment(frames, accounts, self.columns)


def cells_of(
    train: pd.DataFrame,
    schema: TableSchema,
    by: str,
    target: str,
    event: Any,
    bands: Sequence[float] = (),
) -> tuple[Cell, ...]:
    """Baseline enumeration: rows and events of every group, in the training rows alone.

    Args:
        train: the rows that any model may learn from; never the holdout.
        schema: what the columns are.
        by: the column of the groups: its levels, or bands of a number.
        target: the outcome.
        event: the value of the outcome that counts as an event.
        bands: inner limits of the bands, needed for a number.

    Rows whose group is missing belong to no cell.

    Raises:
        InputError: a number without bands, or a column that is not there.
    """
    if by not in train or target not in train:
        raise InputError("The groups or the outcome name a column that is not in the table.")
    if is_number(schema[by]):
        conditions = _banded(by, sorted(bands))
    else:
        conditions = {label(level): {by: level} for level in train[by].value_counts().index}
    found = {name: meets(train, where) for name, where in conditions.items()}
    events = (train[target] == event).to_numpy(dtype=bool, na_value=False)
    return tuple(
        Cell(name, conditions[name], int(rows.sum()), int((rows & events).sum()))
        for name, rows in found.items()
        if rows.any()
    )


def _banded(by: str, cuts: list[float]) -> dict[str, dict[str, Any]]:
    if not cuts:
        raise InputError(f"The bands of {by!r} are not stated.", "Give their inner limits.")
    limits = pairwise([None, *cuts, None])
    return {
        name: {by: {"from": low, "below": high}}
        for name, (low, high) in zip(band_names(cuts), limits, strict=True)
    }


def enrichment(
    cells: Sequence[Cell], rule: Rule, unit: Unit, asked: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Rows to add to each cell, in rows or in rows with the event.

    `equal` brings every cell to the largest one; `log` brings it nearer, so that on a logarithmic
    scale the cells stand in line with the largest; `ad hoc` takes the numbers that were asked for.
    Source: evaluation P4.

    Raises:
        InputError: an ad hoc number below zero, or for a cell that is not there.
    """
    if rule == "ad hoc":
        wanted = dict(asked or {})
        strange = set(wanted) - {c.name for c in cells}
        if strange or any(n < 0 for n in wanted.values()):
            raise InputError("The numbers asked for name an unknown group, or are below zero.")
        return {c.name: int(wanted.get(c.name, 0)) for c in cells}
    sizes = {c.name: c.size(unit) for c in cells}
    largest = max(sizes.values(), default=0)
    if rule == "equal":
        return {name: largest - n for name, n in sizes.items()}
    scale = largest / math.log(largest) if largest > 1 else 0.0
    return {name: largest - round(math.log(max(n, 1)) * scale) for name, n in sizes.items()}


def enrich(
    trained: Trained,
    cells: Sequence[Cell],
    extra: Mapping[str, int],
    unit: Unit,
    target: str,
    event: Any,
    seed: int,
) -> Enrichment:
    """Rows for each cell from a generator that was trained on the training rows.

    Every row is checked against its condition after it was put into the schema. Where a cell is
    so rare that the bounded draw falls short, what there is is kept and the shortfall shows.
    Cells exclude each other, so those of an engine that cannot be steered share what is drawn.
    """
    pile = None if steers(trained.fitted) else SharedDraws(trained.fitted, seed)
    frames, deliveries = [], []
    for cell in cells:
        wanted = extra.get(cell.name, 0)
        if not wanted:
            continue
        where = condition(cell, unit, target, event)
        of_cell = replace(trained, fitted=pile.reader()) if pile else trained
        drawn = of_cell.draw(
            wanted, child_seed(seed, "cell", cell.name), where, partial=True, max_factor=MAX_FACTOR
        )
        kept = drawn.frame[meets(drawn.frame, where)]
        frames.append(kept)
        sample = drawn.sample
        deliveries.append(Delivery(cell.name, wanted, len(kept), sample.drawn, sample.acceptance))
    return Enrichment(tuple(frames), tuple(deliveries), trained.schema.names)


def condition(cell: Cell, unit: Unit, target: str, event: Any) -> dict[str, Any]:
    """What a row added to a cell must meet."""
    return {**cell.where, **({target: event} if unit == "events" else {})}


def integrated(train: pd.DataFrame, made: pd.DataFrame, release: str) -> pd.DataFrame:
    """The augmented cohort: real rows, then synthetic ones, each told apart for good."""
    parts = [
        frame.assign(is_synthetic=synthetic, source_release=release if synthetic else "")
        for frame, synthetic in ((train, False), (made, True))
    ]
    return pd.concat([p for p in parts if len(p)], ignore_index=True)


def doses(extra: Mapping[str, int], share: float) -> dict[str, int]:
    """A part, or a multiple, of the rows to add."""
    return {name: int(np.ceil(n * share)) for name, n in extra.items()}
