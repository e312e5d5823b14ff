"""Figure 3 and Table H: is a number predicted as well by what synthetic rows teach?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthcraft.tools.disclosure.rounding import to_five
from synthcraft.tools.inference.table import Table, fixed, with_interval
from synthcraft.tools.metrics.columns import is_compared
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.procedures.purity import MEAN, Purity, PurityLine, by_generator, purity
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.report.figure import Picture, Row
from synthcraft.tools.report.printed import printed
from synthcraft.tools.report.tenths import tenths
from synthcraft.tools.table_schema import TableSchema

_HEADER = ("Learnt from", "MSE, mean ± SD over folds", "95 % CI of the mean", "R²", "Slope")
_LEAST = 10


@procedure("purity", "Prediction of a number (Figure 3, Table H)", needs=("target", "generators"))
def run(asked: Question) -> Answer:
    """All real rows in folds; the first protected column tells errors apart.

    Source: evaluation P5.
    """
    ctx = asked.ctx
    frame = pd.concat([ctx.train, ctx.validation, ctx.holdout], ignore_index=True)
    group = ctx.protected[0] if ctx.protected else None
    kept = [c for c in ctx.schema.columns if is_compared(c) and c.name != group]
    schema = TableSchema(columns=tuple(kept))
    found = purity(
        frame[[c.name for c in kept]],
        schema,
        str(ctx.target),
        {n: by_generator(schema, n, asked.params.get(n)) for n in asked.generators},
        patient=None if asked.patient is None else frame[asked.patient],
        group=None if group is None else frame[group],
        mode=asked.mode,
        seed=ctx.seed,
    )
    tables = [printed("purity", _table(found, str(ctx.target)))]
    if any(line.by_group for line in found.lines):
        tables.append(printed("purity_groups", _groups(found, str(group))))
    picture = _picture(found, str(ctx.target))
    facts = (
        Fact(name="mse", about=line.source, value=line.mse, low=line.low, high=line.high)
        for line in found.lines
    )
    return Answer(tuple(tables), (picture,) if picture else (), tuple(facts))


def _table(found: Purity, target: str) -> Table:
    rows = tuple(
        (
            line.source,
            f"{fixed(line.mse, 4)} ± {fixed(line.sd, 4)}",
            with_interval(line.mse, line.low, line.high, 4),
            fixed(line.r2, 3),
            fixed(line.slope, 2),
        )
        for line in found.lines
    )
    return Table(f"Prediction of {target}", _HEADER, rows, found.notes, found.stamp)


def _groups(found: Purity, column: str) -> Table:
    names = sorted({name for line in found.lines for name in line.by_group})
    rows = tuple(
        (name, *(fixed(line.by_group.get(name), 4) for line in found.lines)) for name in names
    )
    header = (column, *(line.source for line in found.lines))
    notes = (f"Mean squared error; groups of under {_LEAST} tested people are left out.",)
    return Table(f"Errors by {column}", header, rows, notes, found.stamp)


def _picture(found: Purity, target: str) -> Picture | None:
    lines = [line for line in found.lines if line.source != MEAN]
    rows = [row | {"stamp": found.stamp} for line in lines for row in _bins(line)]
    return tenths(rows, target, found.stamp) if rows else None


def _bins(line: PurityLine) -> list[Row]:
    """Means over tenths of the people by prediction: no point stands for one person."""
    bins = min(10, len(line.actual) // (2 * _LEAST))
    parts = np.array_split(np.argsort(line.predicted, kind="stable"), bins) if bins else []
    return [
        {
            "model": line.source,
            "predicted": round(float(line.predicted[part].mean()), 4),
            "actual": round(float(line.actual[part].mean()), 4),
            "people": to_five(len(part)),
        }
        for part in parts
    ]
