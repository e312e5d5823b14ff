"""P1, "Table 2": the columns of the real and the synthetic tables described side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.tools.disclosure.rounding import dominated, to_five
from synthcraft.tools.disclosure.small_cells import hidden_levels, merged
from synthcraft.tools.inference.prevalence import prevalence_note
from synthcraft.tools.inference.table import PAPER_STAMP, UNKNOWN, Mode, Table, fixed
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import (
    Floats,
    Ints,
    is_compared,
    is_number,
    level_codes,
    level_counts,
    main_levels,
    numbers,
)
from synthcraft.tools.metrics.marginal import ks_distance
from synthcraft.tools.metrics.standardised import of_numbers, of_shares
from synthcraft.tools.metrics.wasserstein import scaled
from synthcraft.tools.table_schema import Column

Centre = Literal["median", "mean"]
SUPPRESSED = "suppressed"
_FEW = "levels of few people"
_FLAG = 0.10
_QUARTILES = 4
"""Times the minimum that many known values leave beyond each quartile."""
_HEADS = {"median": "median (Q1–Q3)", "mean": "mean (SD)"}
_EPOCH = pd.Timestamp("1970-01-01")


def table2(ctx: EvalContext, mode: Mode = "rigorous", centre: Centre = "median") -> Table:
    """Counts and shares of levels, centre and spread of numbers, of every compared column.

    Synthetic cells are means over the m tables, with the smallest and largest in brackets; paper
    mode takes one table. In rigorous mode T and H stand beside all real rows, then the distances
    to T: SMD (Mahalanobis form for levels), TVD or KS, W1 over the IQR. In both modes real counts
    are rounded to five, levels of few real people are one level, with as many others as hide them,
    and a mean that one or two people make up is withheld. Source: evaluation P1, 5.5.
    """
    if mode == "paper":
        ctx = replace(ctx, replicates=())
    describer = _Describer(ctx, mode, centre)
    everywhere = [c for c in ctx.columns if all(c.name in f.columns for f in _sets(ctx))]
    rows = tuple(row for column in everywhere for row in describer.rows(column))
    stamp = PAPER_STAMP if mode == "paper" else ""
    return Table("Distributions", _header(ctx, mode), rows, _notes(ctx, mode), stamp)


def _header(ctx: EvalContext, mode: Mode) -> tuple[str, ...]:
    sets = _sets(ctx)
    k, m = int(np.mean([len(f) for f in sets])), len(sets)
    everybody = sum(len(f) for f in _parts(ctx))
    parts = [
        f"Real, all (n = {to_five(everybody):,})",
        f"Real, training (n = {to_five(len(ctx.train)):,})",
        f"Real, holdout (n = {to_five(len(ctx.holdout)):,})",
    ]
    real = [f"Real (n = {to_five(everybody):,})"] if mode == "paper" else parts
    distances = [] if mode == "paper" else ["SMD", "TVD or KS", "W1/IQR", "Flag"]
    synthetic = f"Synthetic, {m} table{'s' if m > 1 else ''} (n = {k:,})"
    return ("Variable", "Level or statistic", *real, synthetic, *distances)


def _sets(ctx: EvalContext) -> tuple[pd.DataFrame, ...]:
    return (ctx.synthetic, *ctx.replicates)


def _parts(ctx: EvalContext) -> tuple[pd.DataFrame, ...]:
    """T, V and H."""
    return (ctx.train, ctx.validation, ctx.holdout)


def _notes(ctx: EvalContext, mode: Mode) -> tuple[str, ...]:
    notes = [
        "Shares are of all rows; a missing value is a level. Quartiles are of type 7.",
        f"Levels with under {ctx.least} real people are joined with others. Real counts to the "
        "nearest five.",
    ]
    compared = [c.name for c in ctx.schema.columns if is_compared(c)]
    absent = [n for n in compared if not all(n in f.columns for f in _sets(ctx))]
    if absent:
        notes.append(f"Not in every synthetic table, and not described: {', '.join(absent)}.")
    if len(_sets(ctx)) > 1:
        notes.append("Synthetic: mean over the tables [smallest–largest].")
    if mode == "rigorous":
        notes.append(
            "Distances are to the training rows; the holdout shows what sampling alone does. "
            f"Flag: standardised mean difference over {_FLAG:.2f}."
        )
    return (*notes, prevalence_note(ctx))


class _Describer:
    """The rows of one column after the other."""

    def __init__(self, ctx: EvalContext, mode: Mode, centre: Centre) -> None:
        self.ctx, self.mode, self.centre = ctx, mode, centre
        self.sets = _sets(ctx)

    def rows(self, column: Column) -> Iterator[tuple[str, ...]]:
        """Cells under the header of the mode."""
        if is_number(column):
            yield from self._numeric(column)
        else:
            yield from self._nominal(column)

    def _real(self, cells: Sequence[str]) -> tuple[str, ...]:
        """All rows; in rigorous mode training rows and holdout too."""
        return tuple(cells[:1] if self.mode == "paper" else cells)

    def _beside(self, *cells: str) -> tuple[str, ...]:
        return () if self.mode == "paper" else cells

    def _numeric(self, column: Column) -> Iterator[tuple[str, ...]]:
        name = column.name
        train, validation, holdout = (numbers(f[name]) for f in _parts(self.ctx))
        everybody = np.concatenate([train, validation, holdout])
        synthetic = [numbers(f[name]) for f in self.sets]
        show = _writer(column, self.centre)
        real = [
            show(_summary(v, self.centre)) if self._shown(v) else SUPPRESSED
            for v in (everybody, train, holdout)
        ]
        each = np.array([_summary(v, self.centre) for v in synthetic])
        smd = float(np.mean([of_numbers(train, v) for v in synthetic]))
        ks = float(np.mean([ks_distance(train, v) for v in synthetic]))
        moved = [w for v in synthetic if (w := scaled(train, v)) is not None]
        w1 = float(np.mean(moved)) if moved else None
        beside = self._beside(fixed(smd, 2), fixed(ks, 3), fixed(w1, 3), _flag(smd))
        told = show(each.mean(axis=0)) + _range(each[:, 0], show)
        yield (name, _HEADS[self.centre], *self._real(real), told, *beside)
        missing = [int(np.isnan(v).sum()) for v in (train, validation, holdout)]
        lost = [int(np.isnan(v).sum()) for v in synthetic]
        if any(missing) or any(lost):
            known = [len(f) - c for f, c in zip(_parts(self.ctx), missing, strict=True)]
            hide = bool(hidden_levels(np.array([missing, known]), self.ctx.least).any())
            cells = [SUPPRESSED] * 3 if hide else self._counts(np.array(missing))
            more = self._beside(*[""] * 4)
            yield (name, "missing", *self._real(cells), self._shares(np.array(lost)), *more)

    def _nominal(self, column: Column) -> Iterator[tuple[str, ...]]:
        labels, counts, synthetic = _counted(self.ctx, column)
        labels, counts, synthetic = merged(labels, counts, synthetic, _FEW, self.ctx.least)
        p = counts[:, 0] / max(counts[:, 0].sum(), 1)
        q = synthetic / np.maximum(synthetic.sum(axis=0), 1)
        smd = float(np.mean([of_shares(p, share) for share in q.T]))
        tvd = float(np.abs(q - p[:, None]).sum(axis=0).mean() / 2)
        beside = self._beside(fixed(smd, 2), fixed(tvd, 3), UNKNOWN, _flag(smd))
        if labels == [_FEW]:  # nothing is left to compare
            beside = self._beside(SUPPRESSED, SUPPRESSED, UNKNOWN, "")
        for label, real, made in zip(labels, counts, synthetic, strict=True):
            cells = self._real(self._counts(real))
            yield (column.name, label, *cells, self._shares(made), *beside)
            beside = self._beside(*[""] * 4)

    def _shown(self, values: Floats) -> bool:
        """Whether enough people stand behind a median with quartiles, or behind a mean."""
        known = int((~np.isnan(values)).sum())
        if self.centre == "median":
            return known >= _QUARTILES * self.ctx.least
        return known >= self.ctx.least and not dominated(values)

    def _counts(self, counts: Ints) -> list[str]:
        """Of all real rows, T and H, from the counts of T, V and H."""
        train, validation, holdout = _parts(self.ctx)
        whole = len(train) + len(validation) + len(holdout)
        sizes = [to_five(n) for n in (whole, len(train), len(holdout))]
        shown = [to_five(c) for c in (counts.sum(), counts[0], counts[2])]
        return [
            f"{c:,} ({100 * c / n:.1f} %)" if n else UNKNOWN
            for c, n in zip(shown, sizes, strict=True)
        ]

    def _shares(self, counts: Ints) -> str:
        shares = 100 * counts / [max(len(f), 1) for f in self.sets]
        told = f"{counts.mean():,.0f} ({shares.mean():.1f} %)"
        return told + _range(shares, lambda share: fixed(share[0], 1))


def _flag(smd: float) -> str:
    return f"over {_FLAG:.2f}" if smd > _FLAG else ""


def _range(values: Floats, show: Callable[[Floats], str]) -> str:
    """Smallest and largest over several tables; the central number only."""
    if len(values) < 2:
        return ""
    ends = (show(np.array([v])) for v in (values.min(), values.max()))
    return f" [{'–'.join(ends)}]"


def _summary(values: Floats, centre: Centre) -> Floats:
    """Median and quartiles, or mean and SD, of the known values; NaN where there are none."""
    known = values[~np.isnan(values)]
    if centre == "median":
        return np.quantile(known, [0.5, 0.25, 0.75]) if len(known) else np.full(3, np.nan)
    spread = known.std(ddof=1) if len(known) > 1 else np.nan
    return np.array([known.mean() if len(known) else np.nan, spread])


def _writer(column: Column, centre: Centre) -> Callable[[Floats], str]:
    """How centre and spread of a column are written; the centre alone where that is all."""
    whole = 0 if column.kind == "integer" else 2
    digits = whole if column.decimals is None else column.decimals
    digits = max(digits, 1) if centre == "mean" else digits

    def one(value: float) -> str:
        if column.kind == "date" and np.isfinite(value):
            return (_EPOCH + pd.Timedelta(days=float(value))).date().isoformat()
        return fixed(value, digits)

    def show(numbers: Floats) -> str:
        if len(numbers) == 3:
            return f"{one(numbers[0])} ({one(numbers[1])}–{one(numbers[2])})"
        if len(numbers) == 2:
            return f"{one(numbers[0])} ({fixed(numbers[1], digits)})"
        return one(numbers[0])

    return show


def _counted(ctx: EvalContext, column: Column) -> tuple[list[str], Ints, Ints]:
    """Levels with their counts in T, V and H, and in each synthetic table; empty ones left out."""
    name = column.name
    series: pd.Series[Any] = pd.concat([f[name] for f in _parts(ctx)])
    levels, known = main_levels(series), frozenset(level_counts(series))
    size = len(levels) + 3

    def count(frames: Sequence[pd.DataFrame]) -> Ints:
        codes = (level_codes(f[name], levels, known) for f in frames)
        return np.column_stack([np.bincount(c, minlength=size) for c in codes])

    counts, synthetic = count(_parts(ctx)), count(_sets(ctx))
    labels = [*levels, "missing", "other levels", "not in the real table"]
    here = np.flatnonzero(counts.sum(axis=1) + synthetic.sum(axis=1))
    return [labels[i] for i in here], counts[here], synthetic[here]
