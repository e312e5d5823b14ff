"""Several fits read together: the worst for privacy, the mean for everything else."""

from __future__ import annotations

from typing import Any

import pytest

from synthcraft.graph.records import Plan, digest_of
from synthcraft.tools.metrics.base import Result
from synthcraft.tools.metrics.over_fits import over_fits
from synthcraft.tools.metrics.thresholds import at_most

LIMITS = {"fidelity.association": at_most(0.05, 0.10, "test")}


def row(value: float, status: str, fit: int = 0, **more: Any) -> Result:
    return Result.model_validate(
        {"metric_id": "fidelity.association", "family": "fidelity", "candidate": "c",
         "value": value, "status": status, "replicate": fit, **more}
    )  # fmt: skip


def private(value: float, status: str, fit: int = 0) -> Result:
    return row(value, status, fit, metric_id="privacy.membership", family="privacy_metrics")


def test_one_fit_that_leaks_counts() -> None:
    (done,) = over_fits([private(0.5, "pass")], [private(0.7, "fail", 1)], {})
    assert (done.status, done.value, done.replicate) == ("fail", 0.7, 0)
    assert "fit 2" in done.message


def test_the_mean_is_judged_and_a_worse_file_is_never_passed_by_it() -> None:
    further = [row(0.02, "pass", 1), row(0.02, "pass", 2)]
    (done,) = over_fits([row(0.11, "fail")], further, LIMITS)
    assert done.value == pytest.approx(0.05) and done.status == "refer"
    (bad,) = over_fits([row(0.02, "pass")], [row(0.3, "fail", 1)], LIMITS)
    assert bad.status == "fail"


def test_fits_widen_the_interval_of_the_mean() -> None:
    ends = {"ci_low": 0.0, "ci_high": 0.04}
    rows = [row(v, "pass", i, **ends) for i, v in enumerate((0.01, 0.03, 0.02))]
    (done,) = over_fits(rows[:1], rows[1:], LIMITS)
    assert done.ci_low is not None and done.ci_high is not None
    assert done.ci_high - done.ci_low > 0.04


def test_a_single_fit_changes_nothing() -> None:
    rows = [row(0.02, "pass"), private(0.5, "pass")]
    assert over_fits(rows, [], LIMITS) == rows


def test_a_single_fit_leaves_the_digest_of_a_plan() -> None:
    before = Plan().model_dump(mode="json")
    del before["replicates"], before["choose"], before["min_cell"]
    assert Plan().digest == digest_of(before) != Plan(replicates=2).digest
    assert Plan(min_cell=20).digest != Plan().digest
