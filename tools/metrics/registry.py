"""Metrics by decorator: one function each, found by family."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable

from synthcraft.graph.records import Tier
from synthcraft.tools.found import import_all
from synthcraft.tools.metrics.base import TIERS, Direction
from synthcraft.tools.metrics.measure import run_metric
from synthcraft.tools.metrics.needs import NEEDS
from synthcraft.tools.metrics.spec import Compute, MetricSpec

__all__ = ["Compute", "MetricSpec", "every_metric", "metric", "metrics_of", "run_metric"]

_METRICS: dict[str, MetricSpec] = {}
_HOMES = (
    "synthcraft.tools.metrics.sanity",
    "synthcraft.tools.metrics.exact_match",
    "synthcraft.tools.metrics.clinical_rules",
    "synthcraft.tools.metrics.canaries",
    "synthcraft.tools.metrics.marginal",
    "synthcraft.tools.metrics.standardised",
    "synthcraft.tools.metrics.wasserstein",
    "synthcraft.tools.metrics.divergence",
    "synthcraft.tools.metrics.missing",
    "synthcraft.tools.metrics.association",
    "synthcraft.tools.metrics.pairs",
    "synthcraft.tools.metrics.conditional",
    "synthcraft.tools.metrics.kernel",
    "synthcraft.tools.metrics.sliced",
    "synthcraft.tools.metrics.support",
    "synthcraft.tools.metrics.coverage",
    "synthcraft.tools.metrics.repetition",
    "synthcraft.tools.metrics.tails",
    "synthcraft.tools.metrics.utility",
    "synthcraft.tools.metrics.risk",
    "synthcraft.tools.metrics.ranking",
    "synthcraft.tools.metrics.survival",
    "synthcraft.tools.metrics.crossfit_metrics",
    "synthcraft.tools.metrics.inference",
    "synthcraft.tools.metrics.sensitivity",
    "synthcraft.tools.metrics.subgroup",
    "synthcraft.tools.metrics.subgroup_pooled",
    "synthcraft.tools.metrics.fairness",
    "synthcraft.tools.metrics.fairness_risk",
    "synthcraft.tools.metrics.fairness_attack",
    "synthcraft.tools.metrics.detectability",
    "synthcraft.tools.metrics.propensity",
    "synthcraft.tools.privacy.copies",
    "synthcraft.tools.privacy.membership",
    "synthcraft.tools.privacy.shadow",
    "synthcraft.tools.privacy.attribute",
    "synthcraft.tools.privacy.uniques",
    "synthcraft.tools.privacy.singling_out",
    "synthcraft.tools.privacy.linkage",
    "synthcraft.tools.privacy.dp_audit",
    "synthcraft.tools.privacy.granularity",
    "synthcraft.tools.privacy.population",
    "synthcraft.tools.privacy.nearness",
)


def metric(
    id: str,
    *,
    family: str,
    title: str,
    explanation: str = "",
    direction: Direction = "lower",
    ideal: float | None = 0.0,
    floor: str = "",
    fresh: str = "A1",
    needs: tuple[str, ...] = (),
    tier: Tier = "standard",
    resamples: int = 0,
    null: float | None = None,
    version: int = 1,
) -> Callable[[Compute], Compute]:
    """Register a function that turns a context into values, its own row first.

    The arguments are the attributes of `MetricSpec`.

    Raises:
        ValueError: the id is taken, or a need is unknown.
    """

    def register(compute: Compute) -> Compute:
        if id in _METRICS:
            raise ValueError(f"metric {id!r} is registered twice")
        unknown = set(needs) - set(NEEDS)
        if unknown:
            raise ValueError(f"metric {id!r} has unknown needs: {sorted(unknown)}")
        _METRICS[id] = MetricSpec(
            id=id, family=family, title=title, explanation=explanation, direction=direction,
            ideal=ideal, compute=compute, floor=floor, fresh=fresh, needs=needs,
            tier=tier, resamples=resamples, null=null, version=version,
        )  # fmt: skip
        return compute

    return register


def metrics_of(families: Iterable[str], tier: Tier = "standard") -> tuple[MetricSpec, ...]:
    """The metrics of these families, up to this tier, in order of registration.

    Sanity comes with fidelity, and is what remains when nothing else is asked for; `decide` refers
    a file whose sanity rows are missing, so leaving it out is never good news.
    """
    known = every_metric()
    wanted = set(families) or {"sanity"}
    if "fidelity" in wanted:
        wanted.add("sanity")
    reach = TIERS[: TIERS.index(tier) + 1]
    return tuple(s for s in known if s.family in wanted and s.tier in reach)


def every_metric() -> tuple[MetricSpec, ...]:
    """All metrics there are, in order of registration."""
    for home in _HOMES:
        importlib.import_module(home)
    import_all("synthcraft.tools.metrics.added")
    return tuple(_METRICS.values())
