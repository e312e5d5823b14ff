"""The plan's limits belong to real metrics, name their source, and can be changed."""

from __future__ import annotations

from typing import get_args

import pytest

from synthcraft.graph.records import Flags, Plan, UseCase
from synthcraft.tools.evaluation_plan import (
    FAMILIES,
    PUBLICATION,
    default_families,
    default_thresholds,
    family_seconds,
    must_pass,
    predicted_seconds,
    proposal_rows,
    thresholds_from,
)
from synthcraft.tools.metrics.base import TIERS, Value
from synthcraft.tools.metrics.registry import metrics_of


@pytest.mark.parametrize("use_case", get_args(UseCase))
def test_limits_belong_to_metrics_and_judge_all_that_must_pass(use_case: UseCase) -> None:
    limits = default_thresholds(use_case)
    ids = {spec.id for spec in metrics_of((*FAMILIES, "crossfit", "shadow"), "publication")}
    assert set(limits) <= ids
    assert all(rule.text and rule.source for rule in limits.values())
    described = ids - set(limits)
    assert not described & set(must_pass(use_case))
    assert not [name for name in described if name.startswith("sanity.")]


@pytest.mark.parametrize("use_case", get_args(UseCase))
def test_required_items_exist_and_their_families_are_proposed(use_case: UseCase) -> None:
    specs = metrics_of(default_families(use_case))
    for item in must_pass(use_case):
        known = [s for s in specs if s.id == item or s.id.startswith(f"{item}.")]
        assert known, item
        assert item not in PUBLICATION


def test_flags_widen_the_plan() -> None:
    assert "subgroup" not in default_families("privacy", Flags())
    assert "subgroup" in default_families("privacy", Flags(imbalanced=True))
    assert "detectability" in default_families("privacy", Flags(expert=True))


def test_a_person_can_change_a_limit() -> None:
    strict = thresholds_from("sharing", {"fidelity.association": 0.01, "unknown": 1.0})
    assert strict["fidelity.association"].judge(Value(0.03)) != "pass"
    assert "person" in strict["fidelity.association"].source
    assert "unknown" not in strict
    margin = thresholds_from("sharing", {"utility.delta_linear": -0.1})["utility.delta_linear"]
    assert margin.judge(Value(0.0, ci=(-0.09, 0.1))) == "pass"


def test_predictions_grow_with_the_work() -> None:
    small = predicted_seconds(3000, 7, ("fidelity",), 1)
    assert small < predicted_seconds(3000, 7, ("fidelity", "utility"), 1)
    assert small < predicted_seconds(50_000, 30, ("fidelity",), 1)
    two, three = (predicted_seconds(3000, 7, ("fidelity",), n) for n in (2, 3))
    assert three - two == pytest.approx(two - small, abs=0.11)


def test_a_quick_look_costs_less() -> None:
    families = default_families("sharing")
    quick, standard, full = (predicted_seconds(3000, 8, families, 2, tier) for tier in TIERS)
    assert quick < 0.6 * standard and standard < full
    shadows = (t for t in TIERS if "privacy.shadow_models" in must_pass("sharing", t))
    assert [*shadows] == ["publication"]


@pytest.mark.parametrize(
    ("rows", "columns", "measured"),
    [
        (3_000, 8, {"fidelity": 1.10, "utility": 1.12, "privacy_metrics": 1.26,
                    "subgroup": 0.80, "detectability": 1.93}),
        (10_000, 8, {"fidelity": 3.20, "utility": 3.37, "privacy_metrics": 4.1,
                     "subgroup": 2.26, "detectability": 3.42}),
        (30_000, 8, {"fidelity": 9.58, "utility": 9.10, "privacy_metrics": 16.3,
                     "subgroup": 7.07, "detectability": 3.76}),
        (10_000, 24, {"fidelity": 7.14, "utility": 6.43, "privacy_metrics": 6.4,
                      "subgroup": 3.05, "detectability": 6.18}),
        (30_000, 24, {"fidelity": 23.4, "utility": 13.7, "privacy_metrics": 29.3,
                      "subgroup": 8.98, "detectability": 7.10}),
    ],
)  # fmt: skip
def test_predictions_are_near_what_was_measured(
    rows: int, columns: int, measured: dict[str, float]
) -> None:
    for family, seconds in measured.items():
        predicted = family_seconds(family, rows, columns)
        assert 0.45 < predicted / seconds < 2.2, family


def test_the_card_has_a_row_per_family_and_says_what_must_pass() -> None:
    plan = Plan(use_case="sharing", metrics=("fidelity", "plots"))
    rows = proposal_rows(plan)
    assert len(rows) == 3
    assert rows[0]["Must pass"] == rows[1]["Must pass"] == "yes" and rows[2]["Must pass"] == "no"
    assert len(proposal_rows(Plan())) == 1 + len(default_families("sharing"))
