"""P2, "Table 3": the coefficients of one regression in the real and the synthetic tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.tools.disclosure.rounding import in_words, to_five
from synthcraft.tools.disclosure.small_cells import hidden_levels
from synthcraft.tools.inference.agreement import Booleans, Interval, overlap_reference, truncated
from synthcraft.tools.inference.combine import NAIVE, around, pool
from synthcraft.tools.inference.compare import Comparison, Estimates, compare, comparison, question
from synthcraft.tools.inference.design import Design, Term
from synthcraft.tools.inference.table import (
    PAPER_STAMP,
    UNKNOWN,
    Mode,
    Table,
    fixed,
    with_interval,
)
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats

_ADVISED = 20
_EFFECT = {"classification": "OR", "regression": "difference", "survival": "HR"}


def table3(ctx: EvalContext, mode: Mode = "rigorous") -> Table:
    """The regression of the target on all other columns.

    Paper mode: all real rows and one synthetic table, complete cases, maximum likelihood and Wald
    intervals, stamped. Rigorous mode: the training rows and all m tables, combined so that the
    interval admits the synthesis, with agreement and its reference; Firth's penalty on both sides
    where one needs it. Where no model can be fitted, the note says why. Source: evaluation P2.
    """
    title = f"Regression of {ctx.target}"
    stamp = PAPER_STAMP if mode == "paper" else ""
    try:
        found = compared(ctx, mode)
    except DataError as error:
        return Table(title, ("Term",), (), (f"Not assessed: {error}",), stamp)
    return _Rigorous(found, ctx.least).table(title) if mode == "rigorous" else _paper(found, title)


def compared(ctx: EvalContext, mode: Mode) -> Comparison:
    """Both sides of the table as numbers.

    Raises:
        DataError: no model can be fitted.
    """
    if mode == "rigorous":
        return comparison(ctx)

    def of_everybody() -> Comparison:
        everybody = pd.concat([ctx.train, ctx.validation, ctx.holdout], ignore_index=True)
        return compare(everybody, [ctx.synthetic], *question(ctx), ctx.least)

    return ctx.own("comparison of everybody", of_everybody)


def effect_of(found: Comparison) -> str:
    """What the printed coefficients are called."""
    return _EFFECT[found.formula.task]


def _shown(found: Comparison, values: Floats) -> Floats:
    """Odds or hazard ratios of log ratios; differences as they are."""
    return values if found.formula.task == "regression" else np.exp(values)


def _digits(term: Term) -> int:
    return 3 if term.level is None else 2


def cells(found: Comparison, estimate: Floats, interval: Interval, scale: Floats) -> list[str]:
    """Coefficients as printed, a unit being `scale` units of the column."""
    middle, low, high = (_shown(found, v * scale) for v in (estimate, *interval))
    return [
        with_interval(middle[i], low[i], high[i], _digits(term))
        for i, term in enumerate(found.terms)
    ]


def with_references(found: Comparison) -> Iterator[tuple[int | None, Term]]:
    """Coefficients with their place, the reference level before the levels of each column."""
    said: set[str] = set()
    for i, term in enumerate(found.terms):
        if term.level is not None and term.column not in said:
            said.add(term.column)
            yield None, Term(term.column, found.formula.factors[term.column].levels[0])
        yield i, term


def _plain(found: Comparison, each: Estimates) -> list[str]:
    """Maximum likelihood with Wald intervals, or that it ran away."""
    if not each.plain.converged:
        return ["did not converge"] * len(found.terms)
    fit = each.plain
    one = np.ones(len(found.terms))
    return cells(found, fit.beta, around(fit.beta, fit.variance, fit.df), one)


def _paper(found: Comparison, title: str) -> Table:
    columns = [_plain(found, found.real), _plain(found, found.sets[0])]
    rows = [
        (f"{term} (reference)", "1", "1") if i is None else (str(term), *(c[i] for c in columns))
        for i, term in with_references(found)
    ]
    header = (
        "Term",
        f"Real {effect_of(found)} (95 % CI)",
        f"Synthetic {effect_of(found)} (95 % CI)",
    )
    notes = (
        f"{_size(found)} Complete cases, Wald intervals.",
        f"{NAIVE[0].upper()}{NAIVE[1:]}.",
    )
    return Table(title, header, tuple(rows), notes, PAPER_STAMP)


class _Rigorous:
    """The table with combined intervals and agreement."""

    def __init__(self, found: Comparison, least: int) -> None:
        self.found, self.least = found, least

    def table(self, title: str) -> Table:
        found, columns = self.found, self._columns()
        counts = _level_counts(found, self.least)
        rows = []
        for i, term in with_references(found):
            name = f"{term} (reference)" if i is None else str(term)
            shown = [UNKNOWN if i is None else column[i] for column in columns.values()]
            rows.append((name, counts.get((term.column, term.level), ""), *shown))
        for term, reason in {**found.formula.left_out, **found.lost}.items():
            if term not in found.terms:
                rows.append((str(term), f"not in the model: {reason}", *[""] * len(columns)))
        counted = "Real events" if found.formula.event is not None else "Real rows"
        return Table(title, ("Term", counted, *columns), tuple(rows), self._notes())

    def _columns(self) -> dict[str, list[str]]:
        found, effect = self.found, effect_of(self.found)
        one, pooled = np.ones(len(found.terms)), found.pooled
        real = (found.real.fit.beta, found.real_interval)
        synthetic = (pooled.estimate, found.synthetic_interval)
        raab = around(pooled.estimate, pooled.raab)
        numeric = np.where([t.level is None for t in found.terms], found.scale, np.nan)
        columns = {
            f"Real {effect} (95 % CI)": cells(found, *real, one),
            f"Real {effect} per SD": cells(found, *real, numeric),
            f"Synthetic {effect} (95 % CI)": cells(found, *synthetic, one),
            f"Synthetic {effect} per SD": cells(found, *synthetic, numeric),
            f"Synthetic {effect} (95 % CI, Raab)": cells(found, pooled.estimate, raab, one),
            "CIO": [fixed(v, 2) for v in found.overlap],
            "CIO, gaps as 0": [fixed(v, 2) for v in truncated(found.overlap)],
            "z": [fixed(v, 2) for v in found.shift],
            "Same sign": self._yes(found.same_sign),
            "Same decision": self._yes(found.same_decision),
            "In real CI": self._yes(found.inside),
        }
        if found.penalty:
            columns[f"Real {effect}, no penalty"] = _plain(found, found.real)
            columns[f"Synthetic {effect}, no penalty"] = self._unpenalised()
        return columns

    def _yes(self, values: Booleans) -> list[str]:
        known = zip(values, self.found.known, strict=True)
        return [("yes" if v else "no") if there else UNKNOWN for v, there in known]

    def _unpenalised(self) -> list[str]:
        found = self.found
        fits = [each.plain for each in found.sets]
        if not all(fit.converged for fit in fits):
            return ["did not converge"] * len(found.terms)
        pooled = pool(
            np.array([f.beta for f in fits]), np.array([f.variance for f in fits]),
            found.pooled.ratio,
        )  # fmt: skip
        one = np.ones(len(found.terms))
        return cells(found, pooled.estimate, pooled.interval(), one)

    def _notes(self) -> tuple[str, ...]:
        found, m = self.found, self.found.pooled.m
        reference = overlap_reference(m, found.pooled.ratio)
        notes = [
            f"{found.model[0].upper()}{found.model[1:]}. {_size(found)}",
            _excluded("real", self.least, found.real.design),
            _excluded("synthetic", 0, *(each.design for each in found.sets)),
            f"CIO under correct synthesis with m = {m}: mean {reference.mean:.2f}, 5th centile "
            f"{reference.low:.2f}.",
            "The synthetic interval admits the synthesis (variance of the real size plus the "
            "variance between tables over m, t reference); Raab's does so by the model alone. "
            "No interval includes the bias of the generator: re-run conclusions on the real data.",
            "Unweighted, not a population estimate. Numeric terms are linear, in their own unit.",
        ]
        flat = [f"{term}, {why}" for term, why in found.lost.items() if term in found.terms]
        if flat:
            notes.append(f"Not estimated from synthetic rows: {'; '.join(flat)}.")
        if m == 1:
            notes.append(f"{NAIVE[0].upper()}{NAIVE[1:]}; both intervals here are Raab's.")
        if m < _ADVISED:
            notes.append(f"m = {m}; {_ADVISED} independent fits are advised for regression.")
        if found.penalty:
            notes.append(f"Firth's penalty on both sides: {found.penalty}.")
        return tuple(notes)


def _level_counts(found: Comparison, least: int) -> dict[tuple[str, str | None], str]:
    """Real events of each level (rows, of a numeric outcome); small ones and their like hidden."""
    shown: dict[tuple[str, str | None], str] = {}
    levels = found.real.design.levels
    for column, factor in found.formula.factors.items():
        pairs = np.array([levels[column, level] for level in factor.levels])
        rows, events = pairs.T
        numeric = found.formula.event is None
        parts = rows[:, None] if numeric else np.column_stack([events, rows - events])
        hidden = hidden_levels(parts, least)
        for level, cell, hide in zip(factor.levels, parts[:, 0], hidden, strict=True):
            shown[column, level] = "suppressed" if hide else f"{to_five(cell):,}"
    return shown


def _size(found: Comparison) -> str:
    """Rows, events and parameters, to the nearest five."""
    design, p = found.real.design, len(found.terms)
    rows = f"{to_five(design.n):,} complete real rows"
    if found.formula.event is None:
        return f"{rows}, {p} parameters beside the intercept."
    events = to_five(design.events)
    return (
        f"Event: {found.formula.target} = {found.formula.event}. {rows}, {events:,} events, "
        f"{p} parameters beside the intercept, {events / p:.1f} events per parameter."
    )


def _excluded(side: str, least: int, *designs: Design) -> str:
    """Rows left out by variable, small numbers withheld; the mean over several tables."""
    names = dict.fromkeys(name for d in designs for name in d.excluded)
    if not names:
        return f"No {side} row was excluded."
    told = []
    for name in names:
        count = float(np.mean([d.excluded.get(name, 0) for d in designs]))
        told.append(f"{name} " + (in_words(count, least) if least else f"{to_five(count):,}"))
    return f"Incomplete {side} rows, excluded by variable: {', '.join(told)}."
