"""`synthcraft evaluate` at the publication tier: a stand-in is trained for files from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.ui.cli import app

PLAN = "use_case: sharing\nunit: number\ntier: publication\nfamilies: [privacy_metrics]\n"


def people(rows: int, seed: int) -> pd.DataFrame:
    """Two rows a person, fine enough that no two people coincide."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, rows)
    return pd.DataFrame(
        {
            "number": [f"N{seed}{n // 2:05d}" for n in range(rows)],
            "age": age,
            "bmi": rng.normal(27, 5, rows).round(2),
            "glucose": (80 + 0.5 * age + rng.normal(0, 12, rows)).round(2),
            "sex": rng.choice(["female", "male"], rows),
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A real file, a holdout, a fresh table, a copy, and a plan."""
    real = people(300, 1)
    tables = {"real": real, "holdout": people(200, 2), "fresh": people(300, 3), "copy": real}
    for name, table in tables.items():
        kept = table if name in ("real", "holdout") else table.drop(columns="number")
        kept.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


def evaluate(files: Path, *words: str) -> dict[str, list[dict[str, Any]]]:
    """File -> its rows of the attack."""
    named = [str(files / f"{name}.csv") for name in ("real", "fresh", "copy")]
    home, out = ["--home", str(files / "home")], ["--out", str(files / "out")]
    plan = ["--plan", str(files / "plan.yaml"), "--json"]
    done = CliRunner().invoke(app, ["evaluate", *named, *words, *plan, *home, *out])
    assert "Traceback" not in done.output, done.output
    results = json.loads((files / "out" / "results.json").read_text())
    return {
        f["id"]: [r for r in f["results"] if r["metric_id"] == "privacy.shadow_models"]
        for f in results["files"]
    }


def test_a_stand_in_is_trained_and_a_copy_is_found(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthcraft.tools.compare.shadows.SHADOWS", 4)
    found = evaluate(files, "--holdout", str(files / "holdout.csv"))
    (copy,), (fresh,) = found["copy"], found["fresh"]
    assert copy["status"] == "fail" and copy["value"] > 0.9
    assert fresh["status"] != "fail" and abs(fresh["value"] - 0.5) < 0.2
    assert "stand-in" in fresh["message"] and "from elsewhere" in fresh["message"]


def test_without_a_holdout_nothing_is_trained(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("synthcraft.tools.compare.shadows._fit")  # whoever trains, fails
    for (row,) in evaluate(files).values():
        assert row["status"] == "not_assessed" and "No holdout" in row["message"]


def test_without_time_it_is_not_assessed(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthcraft.tools.compare.shadows.SHADOWS", 400_000)
    found = evaluate(files, "--holdout", str(files / "holdout.csv"))
    for (row,) in found.values():
        assert row["status"] == "not_assessed" and "of the time limit are left" in row["message"]
