"""The labelled messages with a real model behind the rules: a tiny one, and one that is named."""

from __future__ import annotations

import os

import pytest

from synthcraft.evals.language_bench import DEFAULT, with_model
from tests.small_model import served


def test_a_model_that_understands_nothing_makes_nothing_worse() -> None:
    with served() as door:
        outcomes = with_model(("earlier",), "SmolLM2-135M", door.url, limit=9).parts["earlier"]
        assert door.received
    alone, helped = (outcomes[name].groups["all"] for name in (DEFAULT, "with SmolLM2-135M"))
    assert helped.all == alone.all and helped.false_approvals == 0
    assert helped.wrong <= alone.wrong + 0.02 * alone.all


@pytest.mark.model
def test_a_named_model_reads_nine_of_ten() -> None:
    url, name = (os.environ.get(f"SYNTHCRAFT_TEST_MODEL_{part}", "") for part in ("URL", "NAME"))
    if not url or not name:
        pytest.skip("no model: set SYNTHCRAFT_TEST_MODEL_URL and SYNTHCRAFT_TEST_MODEL_NAME")
    outcomes = with_model(("earlier",), name, url, limit=60).parts["earlier"]
    alone, helped = (outcomes[key].groups["all"] for key in (DEFAULT, f"with {name}"))
    assert helped.false_approvals == 0
    assert helped.right >= max(0.92 * helped.all, alone.right)
    assert helped.wrong <= 0.02 * helped.all
