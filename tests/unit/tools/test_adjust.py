"""A set of results after looking at all of it: groups, endpoints, exploratory tests."""

from __future__ import annotations

from typing import Any

import pytest

from synthcraft.tools.decision import decide
from synthcraft.tools.evaluation_plan import must_pass
from synthcraft.tools.metrics.adjust import ALPHA, adjusted, beyond_limit
from synthcraft.tools.metrics.base import Result
from synthcraft.tools.plan_file import EvaluationPlan

GAP = "subgroup.worst_gap"


def row(metric_id: str, status: str = "pass", **more: Any) -> Result:
    prefix = metric_id.split(".")[0]
    family = {"privacy": "privacy_metrics"}.get(prefix, prefix)
    fields = {"metric_id": metric_id, "family": family, "status": status, "candidate": "c"} | more
    return Result.model_validate(fields)


def gap(value: float, half: float = 0.03, **more: Any) -> Result:
    """A group's loss with its interval; judged as the metric judges it, one group at a time."""
    fails = value + half <= -0.05
    fields = {"value": value, "ci_low": value - half, "ci_high": value + half, "threshold": -0.05}
    fields |= {"direction": "higher", "column": "site", "group": f"g{value}"}
    return row(GAP, "fail" if fails else "refer", **(fields | more))


def test_a_loss_that_many_groups_explain_is_referred() -> None:
    lone, many = [gap(-0.082)], [gap(-0.082), *(gap(0.001 * i) for i in range(20))]
    own = gap(-0.082, column=None, group=None)
    assert beyond_limit(own) == pytest.approx(0.018, abs=0.002)
    alone = adjusted([own, *lone], {})
    assert [r.status for r in alone] == ["fail", "fail"]
    among = adjusted([own, *many], {})
    assert [r.status for r in among[:2]] == ["refer", "refer"]
    assert "21 groups" in among[1].message and "Holm, 21 groups" in among[1].adjustment
    assert among[1].p_adjusted is not None and among[1].p_adjusted > ALPHA


def test_a_large_loss_survives_many_groups() -> None:
    own = gap(-0.2, column=None, group=None)
    done = adjusted([own, gap(-0.2), *(gap(0.001 * i) for i in range(20))], {})
    assert [r.status for r in done[:2]] == ["fail", "fail"]


def test_groups_that_could_not_be_assessed_count_for_nothing() -> None:
    empty = row(GAP, "suppressed", column="site", group="x")
    (only, kept) = adjusted([gap(-0.2), empty], {})
    assert only.adjustment == "Holm, 1 groups" and kept == empty


def test_endpoints_confirm_in_their_order_only() -> None:
    primary = {"privacy": "privacy.copies", "utility": "utility.delta_linear"}
    rows = [row("sanity.rows"), row("utility.delta_linear"), row("privacy.copies", "refer")]
    told = {r.metric_id: r.endpoint for r in adjusted(rows, primary)}
    assert told["privacy.copies"] == "primary, privacy"
    assert "exploratory" in told["utility.delta_linear"] and not told["sanity.rows"]
    rows = [row("sanity.rows", "fail"), row("privacy.copies")]
    assert "exploratory" in adjusted(rows, primary)[1].endpoint
    assert adjusted([], primary) == []


def test_exploratory_tests_get_q_values_and_keep_their_status() -> None:
    p = {"utility.a": 0.01, "utility.b": 0.04, "privacy.copies": 0.02, "utility.delta": 0.03}
    rows = [row(name, "refer", p_value=value) for name, value in p.items()]
    rows.append(row("utility.a", p_value=0.5, column="age"))
    done = {(r.metric_id, r.column): r for r in adjusted(rows, {"utility": "utility.delta"})}
    assert done["utility.a", None].p_adjusted == pytest.approx(0.02)
    assert done["utility.b", None].p_adjusted == pytest.approx(0.04)
    assert done["utility.a", "age"].p_adjusted is None
    assert done["privacy.copies", None].p_adjusted is None
    assert done["utility.delta", None].p_adjusted is None
    assert all(r.status == "refer" for r in done.values() if r.column is None)


def test_candidates_are_adjusted_each_for_itself_and_keep_their_order() -> None:
    rows = [row("utility.a", p_value=0.01, candidate=c) for c in ("x", "y", "x2")]
    done = adjusted(rows, {})
    assert [r.candidate for r in done] == ["x", "y", "x2"]
    assert all(r.p_adjusted == pytest.approx(0.01) for r in done)


def passing(use_case: Any = "development") -> list[Result]:
    names = ["sanity.columns" if item == "sanity" else item for item in must_pass(use_case)]
    return [row(name) for name in dict.fromkeys(names)]


def test_what_keeps_a_file_from_meeting_the_criteria() -> None:
    rows, endpoints = passing(), EvaluationPlan(use_case="development").endpoints
    rows += [row(name) for name in endpoints.values()]
    assert decide(rows, "development", primary=endpoints.values()).state == "CRITERIA MET"
    quick = decide(rows, "development", tier="quick")
    assert quick.state == "REFER" and "first look" in quick.reasons[0]
    doubtful = decide(rows, "development", concerns=["The plan was changed."])
    assert doubtful.state == "REFER" and doubtful.reasons == ("The plan was changed.",)
    missing = decide(rows, "development", primary=["utility.delta_linear"])
    assert missing.state == "REFER" and "utility.delta_linear" in missing.reasons[0]
    killed = [r if r.family == "sanity" else r.model_copy(update={"status": "error"}) for r in rows]
    assert decide(killed, "development").state == "REFER"
