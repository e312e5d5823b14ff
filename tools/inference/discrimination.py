"""How well the real model tells outcomes apart, on its own rows and on rows it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.compare import question
from synthcraft.tools.inference.design import Design, Formula, formula, model_matrix
from synthcraft.tools.inference.models import logistic
from synthcraft.tools.inference.table import PAPER_STAMP, Table, with_interval
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.scores import Weights, weighted_auc

_FOLDS, _REPEATS = 5, 5
_DRAWS = 1000


@dataclass(frozen=True)
class Discrimination:
    """AUC of the logistic regression on real rows, 0.5 to 1, with its 95 % bootstrap interval."""

    tested_on: str
    auc: float
    low: float
    high: float


def discrimination(ctx: EvalContext) -> list[Discrimination]:
    """The AUC of one regression on all real rows, by what it is tested on.

    The rows it was fitted on, with levels as integers (the paper's way) and with an indicator for
    each level; and rows left out in 5-fold cross-validation, five times over, where pairs never
    cross folds. Percentile bootstrap of tested rows within outcomes, 1,000 draws. Source:
    evaluation P3; 2.1, point 2.

    Raises:
        DataError: there are no two outcomes of ten complete rows each, or nothing that varies.
    """
    return ctx.real("discrimination", lambda: _measured(ctx))


def _measured(ctx: EvalContext) -> list[Discrimination]:
    columns, target, task, _ = question(ctx)
    rows = pd.concat([ctx.train, ctx.validation, ctx.holdout], ignore_index=True)
    if task != "classification" or target not in rows.columns:
        raise DataError("The AUC needs an outcome with two classes.")
    recipe = formula(rows, columns, target, task, least=ctx.least)
    design = model_matrix(recipe, rows)
    if len(recipe.classes) != 2 or min(design.events, design.n - design.events) < ctx.least:
        raise DataError(f"The AUC needs two outcomes of at least {ctx.least} complete rows each.")
    if not recipe.terms:
        raise DataError("No column can stand in the model.")
    rng = ctx.rng("discrimination")
    y, weights = design.y, _weights(design.y, rng)
    itself = [np.zeros(design.n, dtype=np.int64)]
    left_out = [_folds(y, rng) for _ in range(_REPEATS)]
    found = []
    for tested_on, x, ways in (
        ("its own rows, levels as integers", _integers(recipe, design), itself),
        ("its own rows, an indicator for each level", design.x, itself),
        (f"rows left out in {_FOLDS}-fold cross-validation", design.x, left_out),
    ):
        auc = np.mean([_auc(_predicted(x, y, p), y, p, weights) for p in ways], axis=0)
        low, high = np.nanquantile(auc[1:], [0.025, 0.975])
        found.append(Discrimination(tested_on, float(auc[0]), float(low), float(high)))
    return found


def discrimination_table(ctx: EvalContext) -> Table:
    """The same as a table that says what the difference is."""
    title = f"Discrimination of the real model of {ctx.target}"
    try:
        found = discrimination(ctx)
    except DataError as error:
        return Table(title, ("Tested on",), (), (f"Not assessed: {error}",))
    rows = tuple((d.tested_on, with_interval(d.auc, d.low, d.high, 3)) for d in found)
    gain = found[1].auc - found[2].auc
    notes = (
        f"The first two lines: {PAPER_STAMP}. A model tested on the rows it was fitted on looks "
        f"better than it is, here by {gain:.3f}; differences between a real and a synthetic "
        "model of that size may be nothing else.",
        "The cross-validated line is the one to compare with models of synthetic rows.",
    )
    return Table(title, ("Tested on", "AUC (95 % CI)"), rows, notes)


def _integers(recipe: Formula, design: Design) -> Floats:
    """Numbers as they are, and one column for each nominal one: its levels counted by name."""
    columns: dict[str, Floats] = {}
    for j, term in enumerate(recipe.terms):
        if term.level is None:
            columns[term.column] = design.x[:, j]
            continue
        levels = recipe.factors[term.column].levels
        rank = {level: i for i, level in enumerate(sorted(levels))}
        base = columns.setdefault(term.column, np.full(design.n, float(rank[levels[0]])))
        columns[term.column] = base + (rank[term.level] - rank[levels[0]]) * design.x[:, j]
    return np.column_stack(list(columns.values()))


def _predicted(x: Floats, y: Floats, parts: Ints) -> Floats:
    """Linear predictor of each part by the model of the others; of a single part by itself."""
    scores = np.empty(len(y))
    for part in np.unique(parts):
        tested = parts == part
        fitted = tested if tested.all() else ~tested
        fit = logistic(x[fitted], y[fitted])
        if not fit.converged:
            fit = logistic(x[fitted], y[fitted], firth=True)
        # a term that does not vary where the model was fitted has no part in it
        scores[tested] = x[tested] @ np.nan_to_num(fit.beta)
    return scores


def _folds(y: Floats, rng: np.random.Generator) -> Ints:
    folds = np.empty(len(y), dtype=np.int64)
    for value in (0, 1):
        rows = rng.permutation(np.flatnonzero(y == value))
        folds[rows] = np.arange(len(rows)) % _FOLDS
    return folds


def _weights(y: Floats, rng: np.random.Generator) -> Weights:
    """Draws x rows; the first counts each row once."""
    weights = np.ones((_DRAWS + 1, len(y)), dtype=np.float32)
    for value in (0, 1):
        rows = np.flatnonzero(y == value)
        share = np.full(len(rows), 1 / len(rows))
        weights[1:, rows] = rng.multinomial(len(rows), share, size=_DRAWS)
    return weights


def _auc(scores: Floats, y: Floats, parts: Ints, weights: Weights) -> Floats:
    """Concordant pairs within parts over all pairs within parts, for each draw."""
    won, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for part in np.unique(parts):
        rows = parts == part
        w, event = weights[:, rows], y[rows] == 1
        here = w[:, event].sum(axis=1) * w[:, ~event].sum(axis=1)
        won += np.nan_to_num(weighted_auc(scores[rows], event, w)) * here
        pairs += here
    return np.asarray(won / np.where(pairs > 0, pairs, np.nan))
