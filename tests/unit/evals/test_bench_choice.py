"""The bench of the choice: judged on rows that chose nothing, timed against all engines."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from synthcraft.evals import bench_choice
from synthcraft.evals.bench import cases


def test_the_choice_is_compared_with_running_all(
    nhanes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_choice, "DRAWS", 3)
    engines = ("cart", "marginal_distributions")
    found = asyncio.run(bench_choice.compared(nhanes, tmp_path / "home", 0, engines))
    assert found.chosen == {"cart": 3} and found.lost == 0
    assert 0.2 < found.share < 1


def test_the_interval_is_around_the_mean() -> None:
    assert bench_choice.interval([0.1, 0.2, 0.3]) == "95 % interval -0.048 to 0.448 over splits"
    assert "generator_choice" in cases()
