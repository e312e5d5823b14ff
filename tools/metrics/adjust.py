"""Many results at once: what is adjusted, what may confirm, and what is only a hint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthcraft.tools.metrics.base import Result
from synthcraft.tools.stats.multiplicity import confirmed, false_discovery, holm
from synthcraft.tools.stats.normal import normal_p

ALPHA = 0.05
_UNADJUSTED = frozenset({"sanity", "privacy_metrics", "shadow", "subgroup"})
"""A gross error or a leak is never adjusted away; attacks and groups have corrections of their own.
"""
_LOSSES = frozenset({"subgroup.worst_gap", "fairness.worst_delta"})
"""Metrics by group whose limit is a margin of loss on the scale of the value."""


def adjusted(results: Sequence[Result], primary: Mapping[str, str]) -> list[Result]:
    """The results of each candidate with adjusted p values and the standing of its endpoints.

    Groups: Holm over all groups of a metric; a loss that does not survive it is referred, not
    failed. Endpoints named beforehand: fixed sequence. All other tests: false discovery rate,
    shown beside the raw p and judging nothing. Source: evaluation 4.8.

    Args:
        results: in any order; what comes back is in the same order.
        primary: pillar -> metric id, in the order of testing.
    """
    done = list(results)
    for candidate in dict.fromkeys(r.candidate for r in results):
        places = [i for i, r in enumerate(done) if r.candidate == candidate]
        own = [done[i] for i in places]
        for step in (_groups, _endpoints, _exploratory):
            own = step(own, primary)
        for i, row in zip(places, own, strict=True):
            done[i] = row
    return done


def _is_own(row: Result) -> bool:
    return row.column is None and row.group is None


def _groups(rows: list[Result], primary: Mapping[str, str]) -> list[Result]:
    done = list(rows)
    for name in sorted(_LOSSES & {r.metric_id for r in rows}):
        tested = {
            i: p
            for i, r in enumerate(rows)
            if r.metric_id == name and r.group is not None and (p := beyond_limit(r)) is not None
        }
        how = f"Holm, {len(tested)} groups"
        for (i, raw), p in zip(tested.items(), holm(list(tested.values())), strict=True):
            told = {"p_value": raw, "p_adjusted": p, "adjustment": how}
            done[i] = _softened(rows[i].model_copy(update=told), p, len(tested))
        failing = any(done[i].status == "fail" for i in tested)
        for i, row in enumerate(rows):
            if row.metric_id == name and _is_own(row) and tested and not failing:
                done[i] = _softened(row, 1.0, len(tested))
    return done


def _softened(row: Result, p: float, groups: int) -> Result:
    """A failure that is no failure once all groups are counted becomes a person's question."""
    if row.status != "fail" or p < ALPHA:
        return row
    words = f"With {groups} groups looked at, a loss beyond the limit is not shown."
    return row.model_copy(update={"status": "refer", "message": f"{row.message} {words}".strip()})


def beyond_limit(row: Result) -> float | None:
    """One-sided normal p against a value on the limit; None where there is no such test."""
    value, low, high, limit = row.value, row.ci_low, row.ci_high, row.threshold
    if value is None or low is None or high is None or limit is None:
        return None
    worse_by = limit - value if row.direction == "higher" else value - limit
    return normal_p(worse_by, (high - low) / 3.92, one_sided=True)


def _endpoints(rows: list[Result], primary: Mapping[str, str]) -> list[Result]:
    found = {r.metric_id: i for i, r in enumerate(rows) if _is_own(r)}
    clean = all(r.status != "fail" for r in rows if r.family == "sanity")
    passed = [name in found and rows[found[name]].status == "pass" for name in primary.values()]
    done = list(rows)
    may_confirm = confirmed([clean, *passed])[1:]
    for (pillar, name), confirms in zip(primary.items(), may_confirm, strict=True):
        if name in found:
            why = "" if confirms else ": exploratory, an endpoint before it did not pass"
            row = done[found[name]]
            done[found[name]] = row.model_copy(update={"endpoint": f"primary, {pillar}{why}"})
    return done


def _exploratory(rows: list[Result], primary: Mapping[str, str]) -> list[Result]:
    tested = {
        i: r.p_value
        for i, r in enumerate(rows)
        if _is_own(r)
        and r.p_value is not None
        and r.family not in _UNADJUSTED
        and r.metric_id not in primary.values()
    }
    done = list(rows)
    how = f"false discovery rate, {len(tested)} exploratory results"
    for i, q in zip(tested, false_discovery(list(tested.values())), strict=True):
        done[i] = rows[i].model_copy(update={"p_adjusted": q, "adjustment": how})
    return done
