"""P2's sensitivity analyses beside the main regression, coefficient by coefficient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.compare import Comparison, comparison
from synthcraft.tools.inference.sensitivity import Alternative, Estimated, design_based, imputed
from synthcraft.tools.inference.table import UNKNOWN, Table
from synthcraft.tools.inference.table3 import cells, effect_of, with_references
from synthcraft.tools.metrics.base import EvalContext

_ANALYSES: dict[str, Callable[[EvalContext], Alternative]] = {
    "design-based": design_based,
    "imputed": imputed,
}


def sensitivity_table(ctx: EvalContext) -> Table:
    """Main, design-based and imputed coefficients; a note says what could not be done, and why.

    Source: evaluation P2.
    """
    title = f"Regression of {ctx.target} under other assumptions"
    try:
        found = comparison(ctx)
    except DataError as error:
        return Table(title, ("Term",), (), (f"Not assessed: {error}",))
    main = Estimated(found.real.fit.beta, found.real_interval)
    effect, notes = effect_of(found), []
    columns = {f"Real {effect}, main": _cells(found, main)}
    for name, analysis in _ANALYSES.items():
        try:
            other = analysis(ctx)
        except DataError as error:
            notes.append(error.message)
            continue
        notes.append(other.said)
        if other.real is not None:
            columns[f"Real {effect}, {name}"] = _cells(found, other.real)
        if other.synthetic is not None:
            both = Estimated(found.pooled.estimate, found.synthetic_interval)
            columns[f"Synthetic {effect}, main"] = _cells(found, both)
            columns[f"Synthetic {effect}, {name}"] = _cells(found, other.synthetic)
    if len(columns) == 1:
        return Table(title, ("Term",), (), tuple(notes))
    rows = (
        (f"{term} (reference)", *[UNKNOWN] * len(columns))
        if i is None
        else (str(term), *(column[i] for column in columns.values()))
        for i, term in with_references(found)
    )
    notes.append("Estimates with 95 % intervals; main: unweighted, complete cases.")
    return Table(title, ("Term", *columns), tuple(rows), tuple(notes))


def _cells(found: Comparison, of: Estimated) -> list[str]:
    return cells(found, of.beta, of.interval, np.ones(len(found.terms)))
