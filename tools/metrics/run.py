"""All metrics of the chosen families on one synthetic table."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping

from synthcraft.graph.records import Tier
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.metrics.thresholds import Threshold


def evaluate(
    ctx: EvalContext,
    families: Iterable[str],
    thresholds: Mapping[str, Threshold],
    *,
    tier: Tier = "standard",
    candidate: str = "",
    replicate: int = 0,
    only: Collection[str] = (),
    progress: Callable[[float, str], None] = lambda share, words: None,
) -> tuple[list[Result], dict[str, float]]:
    """Results in order of registration, and the seconds that each family took.

    `only` are the ids of the metrics that are wanted; empty: all of the families.
    """
    specs = [s for s in metrics_of(families, tier) if not only or s.id in only]
    results: list[Result] = []
    seconds: dict[str, float] = {}
    for i, spec in enumerate(specs):
        progress(i / len(specs), spec.title)
        began = time.monotonic()
        with warnings.catch_warnings():
            # library warnings may quote values; what matters becomes a status
            warnings.simplefilter("ignore")
            rows = run_metric(spec, ctx, thresholds.get(spec.id))
        named = {"candidate": candidate, "replicate": replicate}
        results += [r.model_copy(update=named) for r in rows]
        took = seconds.get(spec.family, 0.0) + time.monotonic() - began
        seconds[spec.family] = round(took, 3)
    progress(1.0, "done")
    return results, seconds
