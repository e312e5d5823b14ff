"""How good a synthetic table is on the validation rows, to choose between generators by.

The holdout takes no part: what chose the generator may not judge it as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from synthcraft.graph.records import UseCase
from synthcraft.tools.endpoints import Pillar, default_primary, metric_ids
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.metrics.base import EvalContext, Result, placed
from synthcraft.tools.metrics.job import context_of, warm
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.metrics.utility import events

EVEN = 50
"""Validation events at which prediction counts as much as fidelity."""


def quality(ctx: EvalContext, use_case: UseCase) -> tuple[float | None, dict[str, float]]:
    """The primary endpoints of utility and fidelity, each placed between its anchors.

    Privacy is a limit and never traded for quality.

    Args:
        ctx: the validation rows stand in for the holdout; nobody looks at the latter.
        use_case: names the primary endpoints.

    Returns:
        The quality in [0, 1], higher is better, and its parts by metric id. 0 is a table without
        any relationships (for prediction: the mean predictor), 1 fresh real rows. None where no
        endpoint can be had. Prediction on few events is mostly noise, so it counts
        events / (events + 50), and fidelity the rest.

    Source: reasoning engine 8; evaluation 4.7 for the endpoints.
    """
    judged = replace(ctx, holdout=ctx.validation)
    parts, weights = {}, []
    for name, weight in _endpoints(judged, use_case).items():
        place = between_anchors(_measured(name, judged))
        if place is not None:
            parts[name] = round(place, 4)
            weights.append(weight)
    if not sum(weights):
        return None, parts
    return round(float(np.average(list(parts.values()), weights=weights)), 4), parts


def _endpoints(ctx: EvalContext, use_case: UseCase) -> dict[str, float]:
    """Metric ids with what each counts for."""
    primary: dict[Pillar, str] = {"fidelity": "F3"}
    ids = metric_ids(primary | default_primary(use_case))
    if ctx.target is None or ctx.task == "none" or "utility" not in ids:
        return {ids["fidelity"]: 1.0}
    utility = "utility.delta_concordance" if ctx.task == "survival" else ids["utility"]
    count = len(ctx.validation) if ctx.task == "survival" else events(ctx)
    share = count / (count + EVEN)
    return {utility: share, ids["fidelity"]: 1 - share}


def between_anchors(result: Result | None) -> float | None:
    """Where a result lies: 0 at its floor or below, 1 at fresh real rows or above."""
    if result is None or result.value is None:
        return None
    low, high = result.anchors.get("A0"), result.anchors.get("A1")
    if low is None or high is None or low == high:
        return None
    better = (high > low) == (result.direction == "higher")
    return min(placed(result.value, low, high), 1.0) if better else None


def _measured(name: str, ctx: EvalContext) -> Result | None:
    """The metric's own row."""
    spec = next(s for s in metrics_of((name.split(".")[0],)) if s.id == name)
    rows = run_metric(spec, ctx, None)
    return next((r for r in rows if r.column is None and r.group is None), None)


@job("score", warm=warm)
def score(ctx: JobContext) -> dict[str, Any]:
    """Inputs train, validation, synthetic and schema, as the evaluation has them, no holdout.

    Params: use_case, target, task, time_column, protected. Info: quality, parts.
    """
    # the evaluation asks for a holdout: here the validation rows are all there is
    inputs = ctx.inputs | {"holdout": ctx.inputs["validation"]}
    found, parts = quality(
        context_of(replace(ctx, inputs=inputs)), ctx.params.get("use_case", "sharing")
    )
    return {"quality": found, "parts": parts}
