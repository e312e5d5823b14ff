"""One family of metrics on several synthetic files, as a job of its own process."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd

from synthcraft.tools.evaluation_plan import thresholds_from
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.job import context_of, warm
from synthcraft.tools.metrics.marginals import marginals
from synthcraft.tools.metrics.plot_data import plot_data
from synthcraft.tools.metrics.run import evaluate


@job("compare", warm=warm)
def compare_files(ctx: JobContext) -> dict[str, Any]:
    """As `evaluate`, for several files beside the same real rows, seeds and anchors.

    Inputs train, validation, holdout, schema, and `synthetic/NAME` (Parquet) for each name of
    `candidates`. Params: `candidates`, and those of `evaluate`.
    Outputs: results; by candidate marginals when "plots" is among the families, and plot_data
    when a metric has a figure of its own.
    """
    params = ctx.params
    limits = thresholds_from(params["use_case"], params["thresholds"])
    names = list(params["candidates"])
    results: list[Result] = []
    shown: dict[str, Any] = {}
    drawn: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    known: dict[tuple[str, ...], EvalContext] = {}
    for i, name in enumerate(names):
        context = _context(ctx, name, known)

        def progress(share: float, words: str, done: int = i) -> None:
            ctx.progress((done + share) / len(names), f"{names[done]}: {words}")

        rows, took = evaluate(
            context,
            params["families"],
            limits,
            tier=params["tier"],
            candidate=name,
            progress=progress,
        )
        results += rows
        seconds |= {family: seconds.get(family, 0.0) + s for family, s in took.items()}
        if "plots" in params["families"]:
            shown[name] = marginals(context)
        if data := plot_data(context, rows):
            drawn[name] = data
    _keep(ctx, "results", [r.model_dump(mode="json") for r in results])
    if shown:
        _keep(ctx, "marginals", shown)
    if drawn:
        _keep(ctx, "plot_data", drawn)
    return {"seconds": seconds}


def _context(ctx: JobContext, name: str, known: dict[tuple[str, ...], EvalContext]) -> EvalContext:
    """Files with the same columns share what depends on the real rows alone."""
    path = ctx.inputs[f"synthetic/{name}"]
    frame = pd.read_parquet(path)
    columns = tuple(map(str, frame.columns))
    if columns in known:
        return known[columns].with_synthetic(frame)
    known[columns] = context_of(replace(ctx, inputs={**ctx.inputs, "synthetic": path}))
    return known[columns]


def _keep(ctx: JobContext, name: str, value: Any) -> None:
    path = ctx.workdir / f"{name}.json"
    path.write_text(json.dumps(value, allow_nan=False))
    ctx.outputs[name] = path
