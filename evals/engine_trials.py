"""One engine on one table, cross-fitted on halves: utility, fidelity, attacks and cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from synthcraft.evals import linear
from synthcraft.evals.evaluation_cost import peak_mb
from synthcraft.graph.records import Preset

if TYPE_CHECKING:
    from synthcraft.tools.metrics.base import EvalContext

FOLDS = 2
"""Every engine is trained on each half and judged on the people of the other one."""
_DRAWS = 1000
_FIDELITY = ("fidelity.column_distance", "fidelity.association", "detectability.c2st_boosting")

Floats = NDArray[np.float64]


class Question(BaseModel):
    """A table and what is asked of it."""

    model_config = ConfigDict(frozen=True)

    table: Path
    target: str
    numeric: bool = False
    """Whether the target is a number: the utility is R² then, else the area under the curve."""


class EngineTrial(BaseModel):
    """What one engine gave; tuples hold a value of each half.

    Attributes:
        utility: AUC or R² of a linear model trained on synthetic rows, over all real people.
        low, high: its 95 % interval from resampled people.
        real: the same from real rows of the other half.
        distance: mean distance between the distributions of a column, 0 to 1, ideal 0.
        association: mean difference of the association of two columns, 0 to 1, ideal 0.
        told_apart: AUC of boosted trees that tell synthetic from real rows, ideal 0.5.
        copies_p: exact p of the copy test.
        vulnerable: AUC of the best membership attack on the most unusual people.
        caught: attacks that beat guessing, on all and on unusual people.
        fit_s, draw_s: processor seconds on one core.
        peak_mb: high-water mark of the process.
    """

    model_config = ConfigDict(frozen=True)

    utility: float
    low: float
    high: float
    real: float
    distance: tuple[float, ...]
    association: tuple[float, ...]
    told_apart: tuple[float, ...]
    copies_p: tuple[float, ...]
    vulnerable: tuple[float, ...]
    caught: int
    fit_s: tuple[float, ...]
    draw_s: tuple[float, ...]
    peak_mb: float


def trial(question: Question, engine: str, preset: Preset, seed: int = 1) -> EngineTrial:
    """Train on each half, draw as many rows, judge them on the other half."""
    from synthcraft.tools.folds import assign_folds, strata_of
    from synthcraft.tools.ingest import ingest

    frame = ingest(question.table).frame.dropna().reset_index(drop=True)
    target = frame[question.target]
    strata = strata_of(pd.qcut(target, 5, labels=False) if question.numeric else target)
    fold = assign_folds(strata, FOLDS, np.random.default_rng(0))
    scores, real = np.zeros(len(frame)), np.zeros(len(frame))
    found: list[dict[str, float]] = []
    for k in range(FOLDS):
        train, unseen = (frame[side].reset_index(drop=True) for side in (fold != k, fold == k))
        context = _context(frame, train, unseen, question)
        rows, cost = _made(context, engine, preset, seed + k)
        scores[fold == k] = linear.scores(rows, unseen, question.target, question.numeric)
        real[fold == k] = linear.scores(train, unseen, question.target, question.numeric)
        found.append(cost | _judged(context.with_synthetic(rows)))
    truth = target.to_numpy(dtype=float)
    utility, (low, high) = _utility(truth, scores, fold, question.numeric)
    names = ("distance", "association", "told_apart", "copies_p", "vulnerable", "fit_s", "draw_s")
    each: dict[str, Any] = {name: tuple(one[name] for one in found) for name in names}
    return EngineTrial(
        utility=utility,
        low=low,
        high=high,
        real=_utility(truth, real, fold, question.numeric)[0],
        caught=int(sum(one["caught"] for one in found)),
        peak_mb=peak_mb(),
        **each,
    )


def _context(
    frame: pd.DataFrame, train: pd.DataFrame, unseen: pd.DataFrame, question: Question
) -> EvalContext:
    from synthcraft.tools.metrics.base import EvalContext
    from synthcraft.tools.schema_inference import infer_schema

    return EvalContext(
        train=train,
        validation=frame.iloc[:0],
        holdout=unseen,
        synthetic=train,
        schema=infer_schema(frame),
        target=question.target,
        task="regression" if question.numeric else "classification",
        seed=1,
    )


def _made(
    context: EvalContext, engine: str, preset: Preset, seed: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    from synthcraft.tools.generators.catalogue import find
    from synthcraft.tools.generators.job import warm
    from synthcraft.tools.generators.training import train

    warm({"generator": engine})
    rows, params = len(context.train), find(engine).at(preset, len(context.train))
    began = time.process_time()
    trained = train(context.train, context.schema, engine, params, seed)
    between = time.process_time()
    drawn = trained.draw(rows, seed).frame
    return drawn, {"fit_s": between - began, "draw_s": time.process_time() - between}


def _judged(context: EvalContext) -> dict[str, float]:
    from synthcraft.tools.evaluation_plan import default_thresholds
    from synthcraft.tools.metrics.run import evaluate
    from synthcraft.tools.privacy.copies import copies
    from synthcraft.tools.privacy.membership import findings

    limits = default_thresholds("sharing")
    results = evaluate(context, ("fidelity", "detectability"), limits)[0]
    whole = {r.metric_id: r.value for r in results if r.column is None and r.value is not None}
    everybody, unusual = findings(context)
    distance, association, told = (whole.get(name, float("nan")) for name in _FIDELITY)
    return {
        "distance": distance,
        "association": association,
        "told_apart": told,
        "copies_p": copies(context)[0].score or 0.0,
        "vulnerable": max((f.auc.value for f in unusual), default=float("nan")),
        "caught": sum(f.beats_guessing for f in (*everybody, *unusual)),
    }


def _utility(
    truth: Floats, scores: Floats, fold: NDArray[np.int64], numeric: bool
) -> tuple[float, tuple[float, float]]:
    """Over all people, compared within their half, with an interval from resampled people."""
    of: Callable[[Floats, Floats], float] = _r2 if numeric else _auc
    rng = np.random.default_rng(0)

    def pooled(draw: bool) -> float:
        parts = []
        for k in range(FOLDS):
            here = np.flatnonzero(fold == k)
            here = rng.choice(here, len(here)) if draw else here
            parts.append(of(truth[here], scores[here]))
        return float(np.mean(parts))

    low, high = np.quantile([pooled(True) for _ in range(_DRAWS)], (0.025, 0.975))
    return pooled(False), (float(low), float(high))


def _auc(truth: Floats, scores: Floats) -> float:
    from synthcraft.tools.stats.auc import auc

    return auc(scores[truth == 1], scores[truth == 0]).value


def _r2(truth: Floats, scores: Floats) -> float:
    return float(1 - np.sum((truth - scores) ** 2) / np.sum((truth - truth.mean()) ** 2))
