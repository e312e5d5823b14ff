"""The letters of the protocol name metrics that exist, and a use has its endpoints."""

from __future__ import annotations

from typing import get_args

import pytest

from synthcraft.graph.records import UseCase
from synthcraft.tools.endpoints import CODES, PILLARS, default_primary, metric_ids
from synthcraft.tools.evaluation_plan import FAMILIES, default_families
from synthcraft.tools.metrics.registry import metrics_of


def test_every_letter_names_a_metric_of_its_own() -> None:
    known = {spec.id for spec in metrics_of(FAMILIES, "publication")}
    assert set(CODES.values()) <= known
    assert len(set(CODES.values())) == len(CODES)


@pytest.mark.parametrize("use_case", get_args(UseCase))
def test_default_endpoints_are_measured_for_their_use(use_case: UseCase) -> None:
    measured = {spec.id for spec in metrics_of(default_families(use_case))}
    assert set(metric_ids(default_primary(use_case)).values()) <= measured


def test_endpoints_come_in_the_order_of_testing() -> None:
    named = metric_ids({"fidelity": "F1", "utility": "utility.brier", "privacy": "V1"})
    assert list(named) == [p for p in PILLARS if p in named]
    assert named["utility"] == "utility.brier" and named["privacy"] == "privacy.copies"
