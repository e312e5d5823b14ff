"""Results of one file read together with those of other independent fits of its generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from synthcraft.tools.metrics.base import Result, Status, Value, placed
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.metrics.thresholds import Threshold

_PRIVACY = frozenset({"privacy_metrics"})
"""Families of which every metric is measured on every fit, and the worst counts."""
_COPIES = "sanity.exact_match"
_SEVERITY: tuple[Status, ...] = (
    "fail", "error", "refer", "not_assessed", "suppressed", "uninformative", "pass", "described",
)  # fmt: skip
ON_EVERY_FIT = ("fidelity", "utility", "privacy_metrics", "detectability")
"""Families that are measured on every fit."""


class Row(Protocol):
    """What is read of a result, as measured or as printed."""

    @property
    def candidate(self) -> str: ...
    @property
    def metric_id(self) -> str: ...
    @property
    def replicate(self) -> int: ...
    @property
    def column(self) -> str | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def value(self) -> float | None: ...
    @property
    def ci_low(self) -> float | None: ...
    @property
    def ci_high(self) -> float | None: ...


R = TypeVar("R", bound=Row)


def metrics_on_every_fit(family: str) -> tuple[str, ...]:
    """Metric ids that are measured on every fit; empty: all of the family."""
    if family in _PRIVACY:
        return ()
    return (*headline_titles(), "utility.prevalence_ratio", _COPIES)


@dataclass(frozen=True)
class Spread:
    """One metric over m independent fits, the released one among them.

    Attributes:
        values: of each fit, the released one first.
        rows: mean sampling variance of one value over the test rows; 0 where it is not known.
    """

    values: tuple[float, ...]
    rows: float

    @property
    def mean(self) -> float:
        """Mean over the fits."""
        return float(np.mean(self.values))

    @property
    def sd(self) -> float:
        """Standard deviation between fits."""
        return float(np.std(self.values, ddof=1))

    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean: rows + sd²/m, t with (m-1)(1 + rows·m/sd²)² degrees.

        The fits share their test rows, whose variance does not shrink. Source: evaluation P2.
        """
        from scipy.stats import t

        m, between = len(self.values), self.sd**2 / len(self.values)
        if not between:
            half = 1.96 * self.rows**0.5
        else:
            freedom = (m - 1) * (1 + self.rows / between) ** 2
            half = float(t.ppf(0.975, freedom)) * (self.rows + between) ** 0.5
        return self.mean - half, self.mean + half


def spread(fits: Sequence[Row]) -> Spread | None:
    """One metric over the fits that have a number; None where fewer than two have."""
    known = [r for r in fits if r.value is not None]
    if len(known) < 2:
        return None
    widths = [r.ci_high - r.ci_low for r in known if r.ci_low is not None and r.ci_high is not None]
    rows = float(np.mean([(w / 3.92) ** 2 for w in widths])) if widths else 0.0
    return Spread(tuple(float(r.value) for r in known if r.value is not None), rows)


def by_metric(results: Sequence[R], further: Sequence[R]) -> dict[tuple[str, str], list[R]]:
    """(candidate, metric) -> the row of every fit, the released one first; only where several."""
    found: dict[tuple[str, str], dict[int, R]] = {}
    for row in (*results, *further):
        if row.column is None and row.group is None:
            # a job may report a row again, which makes no further fit
            found.setdefault((row.candidate, row.metric_id), {}).setdefault(row.replicate, row)
    return {
        key: [rows[number] for number in sorted(rows)]
        for key, rows in found.items()
        if len(rows) > 1
    }


def over_fits(
    results: Sequence[Result], further: Sequence[Result], limits: Mapping[str, Threshold]
) -> list[Result]:
    """The rows that the decision aid reads: those of the file, taken over all independent fits.

    Privacy and copied rows: the worst fit counts, since any of them might have been released.
    Fidelity, utility and detectability: the mean counts, with an interval that has the variance
    between fits in it; a file that does worse than its generator's mean is referred, never
    passed by it. A metric that was measured on one fit alone stays as it is.
    Source: evaluation 0.4, P1, P2.

    Args:
        results: rows of the file, as measured.
        further: rows of the other fits, with their `replicate`.
        limits: metric id -> its rule.
    """
    several = by_metric(results, further)
    done = []
    for row in results:
        fits = several.get((row.candidate, row.metric_id), [])
        if row.column is not None or row.group is not None or not fits:
            done.append(row)
        elif row.family in _PRIVACY or row.metric_id == _COPIES:
            done.append(_worst(fits))
        else:
            done.append(_mean(row, fits, limits.get(row.metric_id)))
    return done


def _worst(fits: Sequence[Result]) -> Result:
    worst = min(fits, key=lambda r: (_SEVERITY.index(r.status), -_badness(r)))
    told = f"Worst of {len(fits)} fits: fit {worst.replicate + 1}."
    message = f"{worst.message} {told}".strip()
    return worst.model_copy(update={"replicate": 0, "message": message})


def _badness(row: Result) -> float:
    """How bad a value is, by its direction; a row without a value is the least of its status."""
    if row.value is None:
        return -np.inf
    if row.direction == "target":
        return abs(row.value - (row.ideal_value or 0.0))
    return row.value if row.direction == "lower" else -row.value


def _mean(row: Result, fits: Sequence[Result], limit: Threshold | None) -> Result:
    seen = spread(fits)
    if seen is None or row.value is None:
        return row
    ci = seen.interval() if seen.rows else None
    status = _judged(row, seen.mean, ci, limit)
    if _SEVERITY.index(row.status) < _SEVERITY.index(status):
        status = "refer" if row.status == "fail" else row.status
    told = (
        f"Mean of {len(seen.values)} fits, standard deviation {seen.sd:.3f}; the file itself: "
        f"{row.value:.3f}."
    )
    return row.model_copy(
        update={
            "value": seen.mean,
            "ci_low": ci[0] if ci else None,
            "ci_high": ci[1] if ci else None,
            "ci_method": "rows and fits, t" if ci else "",
            "p_value": None,
            "status": status,
            "message": f"{row.message} {told}".strip(),
        }
    )


def _judged(
    row: Result, mean: float, ci: tuple[float, float] | None, limit: Threshold | None
) -> Status:
    """Status of the mean; where it cannot be judged like a value, that of the file."""
    judged = limit is not None and limit.on != "score" and row.status in ("pass", "refer", "fail")
    if limit is None or not judged:
        return row.status
    floor, fresh = row.anchors.get("A0"), row.anchors.get("A1")
    normalised = None
    if row.normalised is not None and floor is not None and fresh is not None:
        normalised = placed(mean, floor, fresh)
    value = Value(value=mean, ci=ci, noise=row.noise, mde=row.mde)
    return limit.judge(value, fresh, normalised)
