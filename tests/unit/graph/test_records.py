"""Digests of plans: what was approved once stays recognisable."""

from __future__ import annotations

from typing import Any

import pytest

from synthcraft.graph.records import Plan

RECORDED = {
    "2eda4e5a6301e68685200b083d0e557b6ec54e96f31d5838a39f9c4d1305a6b4": {},
    "ed7a8d7f23ce74feb5b5c67f1da64a543a71c43d2c44e9bf182e49dc659ec781": {
        "use_case": "privacy", "target": "died", "rows": 100,
    },
}  # fmt: skip
"""Of plans from before survival, bands, canaries and several fits."""


@pytest.mark.parametrize("digest", RECORDED)
def test_a_plan_from_before_newer_fields_keeps_its_digest(digest: str) -> None:
    assert Plan.model_validate(RECORDED[digest]).digest == digest


@pytest.mark.parametrize(
    "more",
    [
        {"time_column": "days"},
        {"risk_threshold": 0.2},
        {"bands": {"age": (40.0, 60.0)}},
        {"canaries": ("planted",)},
        {"replicates": 2},
        {"rows": 5},
    ],
)
def test_whatever_is_said_changes_the_digest(more: dict[str, Any]) -> None:
    assert Plan.model_validate(more).digest != Plan().digest
