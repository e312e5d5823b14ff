"""One metric on one table: its value beside its anchors, judged, with failures as rows."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np

from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.metrics.anchors import FLOORS, anchor
from synthcraft.tools.metrics.base import EvalContext, Result, Value, placed
from synthcraft.tools.metrics.needs import NEEDS
from synthcraft.tools.metrics.spec import MetricSpec
from synthcraft.tools.metrics.thresholds import Threshold
from synthcraft.tools.stats.normal import normal_p

RESUBSTITUTION = (
    "Tested on rows that the maker of the file may have seen: this flatters the file and supports "
    "no inference."
)


TOO_SMALL = "Cannot be assessed at this sample size: smaller effects could have gone unseen."


def failure_code(error: Exception) -> str:
    """A code for an exception; its own text may quote cells and is never used."""
    if isinstance(error, SynthCraftError):
        return error.code
    return f"E_METRIC_{type(error).__name__.upper()}"


def run_metric(
    spec: MetricSpec, ctx: EvalContext, threshold: Threshold | None = None
) -> list[Result]:
    """All rows of one metric; never raises, never returns nothing."""
    began = time.monotonic()
    try:
        results = _measure(spec, ctx, threshold)
    except Exception as error:
        code = failure_code(error)
        message = f"{code}: this number could not be computed."
        results = [_base(spec, ctx).model_copy(update={"status": "error", "message": message})]
    seconds = round(time.monotonic() - began, 4)
    return [r.model_copy(update={"runtime_s": seconds}) for r in results]


def _base(spec: MetricSpec, ctx: EvalContext) -> Result:
    apart = "set_aside" if ctx.holdout_seen else "H"
    return Result(
        metric_id=spec.id,
        family=spec.family,
        title=spec.title,
        explanation=spec.explanation,
        definition_version=spec.version,
        code_hash=spec.code_hash,
        rows_used={"T": len(ctx.train), "V": 0, apart: len(ctx.holdout)},
        n_real=len(ctx.train),
        n_syn=len(ctx.synthetic),
        direction=spec.direction,
        ideal_value=spec.ideal,
        floor=FLOORS.get(spec.floor, ""),
        seeds={"evaluation": ctx.seed},
    )


def _measure(spec: MetricSpec, ctx: EvalContext, threshold: Threshold | None) -> list[Result]:
    base = _base(spec, ctx)
    for need in spec.requirements:
        if reason := NEEDS[need](ctx):
            return [base.model_copy(update={"status": "not_assessed", "message": reason})]
    values = spec.compute(ctx)
    if not values:
        message = "There was nothing to compare."
        return [base.model_copy(update={"status": "not_assessed", "message": message})]
    if ctx.holdout_seen and "holdout" in spec.needs:
        values = [v if v.value is None else _flattered(v) for v in values]
    error = _standard_error(spec, ctx, values[0])
    anchors = _anchor_values(spec, ctx) if spec.floor else {}
    results = []
    for value in values:
        # resampling speaks for the metric's own row only
        se = error if value is values[0] else None
        key = (value.column, value.group)
        beside = {name: known.get(key) for name, known in anchors.items()}
        row = _result(base, value, beside, threshold, se)
        results.append(row.model_copy(update={"p_value": _p_value(value, row, spec.null)}))
    return results


def _flattered(value: Value) -> Value:
    """A number from rows that the maker of the table may have seen can fail a file, never pass it.

    Source: evaluation 2.1, point 1.
    """
    message = f"{value.message} {RESUBSTITUTION}".strip()
    return replace(value, at_best="refer", message=message)


def _p_value(value: Value, row: Result, null: float | None) -> float | None:
    """The metric's own p, or the two-sided normal p of its interval against no effect."""
    if value.p is not None:
        return _finite(value.p)
    if null is None or row.value is None or row.ci_low is None or row.ci_high is None:
        return None
    return normal_p(row.value - null, (row.ci_high - row.ci_low) / 3.92)


def _anchor_values(
    spec: MetricSpec, ctx: EvalContext
) -> dict[str, dict[tuple[str | None, str | None], float | None]]:
    """The same function on the anchors: name -> (column, group) -> value."""
    frames = {"A0": spec.floor, "A1": spec.fresh, "A2": "A2"}

    def build(frame: str) -> dict[tuple[str | None, str | None], float | None]:
        try:
            values = spec.compute(anchor(ctx, frame))
        except Exception:  # an anchor that fails must not take the number with it
            return {}
        return {(v.column, v.group): v.value for v in values}

    names = tuple(c.name for c in ctx.columns)
    return {n: ctx.real(("value", spec.id, f, names), partial(build, f)) for n, f in frames.items()}


def _standard_error(spec: MetricSpec, ctx: EvalContext, value: Value) -> float | None:
    if value.ci is not None:
        return (value.ci[1] - value.ci[0]) / 3.92
    if not spec.resamples:
        return None
    rng = ctx.rng(f"resample {spec.id}")
    n = len(ctx.synthetic)
    draws = []
    for _ in range(spec.resamples):
        again = ctx.with_synthetic(ctx.synthetic.iloc[rng.integers(0, n, n)])
        draws.append(spec.compute(again)[0].value)
    known = [d for d in draws if d is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _result(
    base: Result,
    value: Value,
    anchors: dict[str, float | None],
    threshold: Threshold | None,
    se: float | None,
) -> Result:
    number, ci, method = _finite(value.value), value.ci, value.ci_method
    if ci is None and se is not None and number is not None:
        ci, method = (number - 1.96 * se, number + 1.96 * se), "normal, SE of row resamples"
    low, high = anchors.get("A0"), anchors.get("A1")
    separated = low is not None and high is not None and abs(high - low) > 2 * (se or 0.0)
    normalised = None
    if separated and number is not None and low is not None and high is not None:
        normalised = placed(number, low, high)
    status = value.status or "not_assessed"
    message = value.message
    if value.status is None and number is not None:
        status = threshold.judge(value, high, normalised) if threshold else "described"
    if threshold and threshold.is_blind(value) and status == "refer":
        message = f"{message} {TOO_SMALL}".strip()
    blind = low is not None and high is not None and not separated
    if value.status is None and blind and number is not None:
        # a failure seen against all odds stays one
        status = status if status in {"fail", "described"} else "uninformative"
        message = f"{message} Floor and fresh real rows score alike here.".strip()
    if status == "not_assessed" and not message:
        missing = number is None
        message = "It could not be computed." if missing else "No interval to judge it by."
    return base.model_copy(
        update={
            "value": number,
            "column": value.column,
            "group": value.group,
            "estimates": value.estimates,
            "ci_low": _finite(ci[0]) if ci else None,
            "ci_high": _finite(ci[1]) if ci else None,
            "ci_method": method if ci else "",
            "anchors": {k: _finite(v) for k, v in anchors.items()},
            "normalised": normalised,
            "ideal_value": base.ideal_value if value.ideal is None else value.ideal,
            "threshold": threshold.limit if threshold else None,
            "threshold_text": threshold.text if threshold else "",
            "threshold_source": threshold.source if threshold else "",
            "status": status,
            "n_real": base.n_real if value.n is None else value.n,
            "events": value.events,
            "mde": _finite(value.mde),
            "noise": _finite(value.noise) or 0.0,
            "message": message,
        }
    )
