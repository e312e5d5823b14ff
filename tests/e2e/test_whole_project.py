"""A whole project on real rows of NHANES: two generators, a way back, another one, the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import picture
from tests.e2e.steps import (
    begin,
    download_report,
    finish,
    go_back_to_training,
    open_tab,
    say,
    to_training,
)

pytestmark = pytest.mark.e2e


def test_two_generators_then_back_and_another_one(
    tab: Page, survey: Path, tmp_path: Path, server: Any
) -> None:
    begin(tab, survey, "heart_attack", "cart and marginal_distributions")
    to_training(tab, "cart", "marginal_distributions")
    picture(tab, "card_of_two_generators")
    finish(tab)
    made = tab.locator("#sc-results")
    open_tab(tab, "Results")
    expect(made).to_contain_text("cart-1")
    expect(made).to_contain_text("marginal_distributions-1")
    picture(tab, "results_of_two_generators")
    go_back_to_training(tab)
    say(tab, "use only bayesian_network")
    to_training(tab, "bayesian_network")
    finish(tab)
    open_tab(tab, "Results")
    expect(made).to_contain_text("bayesian_network-1")
    expect(made).not_to_contain_text("cart-1")
    open_tab(tab, "History")
    expect(tab.locator("#sc-history")).to_contain_text("Went back")
    picture(tab, "history_with_a_branch")
    report = download_report(tab, tmp_path)
    assert "bayesian_network-1" in report
    # What lies on the branch that was left is named there as such, and nowhere else.
    left = "<li>marginal_distributions-1 (marginal_distributions, file "
    assert report.count("marginal_distributions-1") == report.count(left) == 1
    assert server.left_for() == []
