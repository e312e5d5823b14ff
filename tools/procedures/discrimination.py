"""P3: how well models of real and of synthetic rows tell outcomes apart, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.design import Formula, formula, model_matrix
from synthcraft.tools.inference.models import logistic
from synthcraft.tools.inference.table import PAPER_STAMP, Mode
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.groups import STABLE, groupings, groups, shown
from synthcraft.tools.metrics.scores import Bools, Weights, interval, weighted_auc
from synthcraft.tools.raw_table import quoted

STAMPS: dict[Mode, str] = {
    "paper": PAPER_STAMP,
    "rigorous": "held-back people, the same for every model",
}
_DRAWS: dict[Mode, int] = {"paper": 1000, "rigorous": 2000}


@dataclass(frozen=True)
class Line:
    """One line of a forest plot: a model in a group of people.

    Attributes:
        source: "real", or the name of the synthetic tables that the model learnt from.
        column, group: empty for everybody.
        n, events: tested people and those with the event, rounded to five; None under ten.
        auc, low, high: AUC with its 95 % percentile interval; None where suppressed.
        delta, delta_low, delta_high: minus the real model's AUC, paired; in rigorous mode only.
        note: why a number is missing or should not be trusted by itself.
    """

    source: str
    column: str
    group: str
    n: int | None
    events: int | None
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    delta: float | None = None
    delta_low: float | None = None
    delta_high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class SubgroupAuc:
    """Figure 2 and Table D: every line, and what the mode means for reading them."""

    mode: Mode
    stamp: str
    lines: tuple[Line, ...]


def subgroup_auc(
    ctx: EvalContext, synthetic: Mapping[str, Sequence[pd.DataFrame]], mode: Mode = "rigorous"
) -> SubgroupAuc:
    """AUC of logistic regressions on everybody and in each protected group.

    `paper`: the real model is fitted and tested on all real rows, a synthetic one on the first
    table of its kind, 1,000 plain bootstrap draws. `rigorous`: models are fitted on the training
    rows or on every replicate, tested on the holdout, 2,000 draws of people within outcomes and
    of the replicate, the same for all models. Source: evaluation P3.

    Raises:
        DataError: the outcome has not two classes, no column can stand in the model, or a synthetic
            table lacks one.
    """
    real, test = _rows(ctx, mode)
    recipe = formula(real, ctx.features, str(ctx.target), "classification", least=ctx.least)
    if ctx.task != "classification" or len(recipe.classes) != 2 or not recipe.terms:
        raise DataError("The AUC needs an outcome with two classes, and a column to predict from.")
    for name, sets in synthetic.items():
        wanted = (*recipe.columns, recipe.target)
        if lost := [c for c in wanted if any(c not in table for table in sets)]:
            raise DataError(f"Columns that the tables {name!r} lack: {quoted(lost)}.")
    sources = {"real": [real], **synthetic}
    sources = {name: list(sets)[: 1 if mode == "paper" else None] for name, sets in sources.items()}
    design = model_matrix(recipe, test)
    complete = test[design.complete]
    scores = {
        name: [_scores(recipe, table, design.x) for table in sets] for name, sets in sources.items()
    }
    rng = ctx.rng(f"subgroup auc {mode}")
    weights = _weights(design.y, _DRAWS[mode], rng, within=mode == "rigorous")
    chosen = {n: rng.integers(0, len(s), _DRAWS[mode] + 1) for n, s in scores.items()}
    lines: list[Line] = []
    for column, group, rows in _groups(ctx, complete):
        draws = {
            name: _draws(each, design.y == 1, weights, rows, chosen[name])
            for name, each in scores.items()
        }
        counts = shown(rows.sum(), ctx.least), shown(design.y[rows].sum(), ctx.least)
        few = min(design.y[rows].sum(), (1 - design.y[rows]).sum())
        for name, values in draws.items():
            line = Line(name, column, group, *counts)
            reference = draws["real"] if mode == "rigorous" and name != "real" else None
            lines.append(_filled(line, few, values, reference, ctx.least))
    return SubgroupAuc(mode, STAMPS[mode], tuple(lines))


def _rows(ctx: EvalContext, mode: Mode) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the real model is fitted on, and what every model is tested on."""
    if mode == "rigorous":
        return ctx.train, ctx.holdout
    everybody = pd.concat([ctx.train, ctx.validation, ctx.holdout], ignore_index=True)
    return everybody, everybody


def _groups(ctx: EvalContext, tested: pd.DataFrame) -> Iterator[tuple[str, str, Bools]]:
    """Everybody, then every group of every protected column."""
    yield "", "", np.ones(len(tested), dtype=bool)
    for of in groupings(ctx):
        for name, rows in groups(of, tested):
            yield of.column, name, rows


def _scores(recipe: Formula, table: pd.DataFrame, tested: Floats) -> Floats:
    """Linear predictor of the tested people by a logistic regression on one table."""
    design = model_matrix(recipe, table)
    if not 0 < design.events < design.n:
        return np.zeros(len(tested))  # nothing was learnt: everybody is alike
    fit = logistic(design.x, design.y)
    if not fit.converged:
        fit = logistic(design.x, design.y, firth=True)
    return np.asarray(tested @ np.nan_to_num(fit.beta))


def _weights(y: Floats, draws: int, rng: np.random.Generator, *, within: bool) -> Weights:
    """Draws x people; the first counts each once."""
    weights = np.ones((draws + 1, len(y)), dtype=np.float32)
    for value in (0.0, 1.0) if within else (None,):
        rows = np.arange(len(y)) if value is None else np.flatnonzero(y == value)
        if len(rows):
            share = np.full(len(rows), 1 / len(rows))
            weights[1:, rows] = rng.multinomial(len(rows), share, size=draws)
    return weights


def _draws(
    scores: list[Floats], event: Bools, weights: Weights, rows: Bools, chosen: Ints
) -> Floats:
    """AUC in a group: the mean over replicates, then one replicate for each draw."""
    every = np.array([weighted_auc(s[rows], event[rows], weights[:, rows]) for s in scores])
    picked = every[chosen, np.arange(every.shape[1])]
    return np.concatenate([[every[:, 0].mean()], picked[1:]])


def _filled(line: Line, few: float, values: Floats, reference: Floats | None, least: int) -> Line:
    if few < least:
        return replace(line, note=f"suppressed: under {least} people with one of the outcomes")
    low, high = interval(values) or (None, None)
    note = f"unstable: under {STABLE} people with one of the outcomes" if few < STABLE else ""
    line = replace(line, auc=float(values[0]), low=low, high=high, note=note)
    if reference is None:
        return line
    paired = values - reference
    low, high = interval(paired) or (None, None)
    return replace(line, delta=float(paired[0]), delta_low=low, delta_high=high)
