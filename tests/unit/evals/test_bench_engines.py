"""The comparison of engines: cross-fitted on a real survey, and honest about what failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_diabetes

from synthcraft.evals.bench import Line, Results, cases
from synthcraft.evals.bench_engines import _line
from synthcraft.evals.bench_large import _line as _large_line
from synthcraft.evals.engine_trials import Question, trial


def test_trees_keep_what_single_columns_lose(nhanes: Path) -> None:
    question = Question(table=nhanes, target="heart_attack")
    trees = trial(question, "cart", "standard")
    columns = trial(question, "marginal_distributions", "standard")
    assert trees.real == columns.real > 0.78
    assert trees.low < trees.utility < trees.high and trees.utility > 0.74
    assert columns.utility < 0.62 < trees.low
    assert max(columns.told_apart) > max(trees.told_apart)
    assert len(trees.fit_s) == len(trees.copies_p) == 2


def test_a_number_as_target_is_judged_by_its_explained_variance(tmp_path: Path) -> None:
    path = tmp_path / "diabetes.csv"
    load_diabetes(as_frame=True).frame.to_csv(path, index=False)
    found = trial(Question(table=path, target="target", numeric=True), "cart", "standard")
    assert 0.4 < found.real < 0.55
    assert 0.35 < found.low < found.utility < found.high < 0.6


def test_an_engine_that_fails_keeps_its_line_with_the_reason(nhanes: Path) -> None:
    line = _line(Question(table=nhanes, target="heart_attack"), "survey", "cartt", "standard")
    assert line.values == () and "cartt" in line.note
    assert line.cells()[2:4] == ("none", "")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"error": "The table is too wide."}, "too wide"),
        ({"refused": "It would take long.", "actual": None}, "refused after its pilot"),
        ({"refused": "", "actual": {"status": "failed", "message": "Out of memory."}}, "memory"),
    ],
)
def test_large_table_says_why_an_engine_did_not_finish(found: dict[str, Any], words: str) -> None:
    predicted = {"predicted": {"seconds": 99.0, "memory_mb": 500.0}}
    line = _large_line("cart", predicted | found, "the catalogue says 16 s and 380 MB")
    assert line.values == () and words in line.note


def test_long_cases_run_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from synthcraft.evals import bench

    known = cases()
    asked: list[str] = []

    def measured(name: str) -> Any:
        def lines(_: object) -> list[Line]:
            asked.append(name)
            return [Line(name=name, unit="s", values=(1.0,))]

        return lines

    monkeypatch.setattr(bench, "_CASES", {name: measured(name) for name in known})
    found = list(bench.run(tell=lambda _: None))
    assert "cart" in asked and not any(name.startswith("engines") for name in asked)
    assert Results.model_validate(json.loads(found[0].model_dump_json())) == found[0]
    assert [line.case for results in found for line in results.lines] == asked
    list(bench.run("engines_clinic", lambda _: None))
    assert asked[-1].startswith("engines_clinic:")
    page = bench.page(bench.Kept(runs=tuple(bench.run("engines", lambda _: None))))
    assert page.count("## engines") == 1 and "engines:cart:standard" in page
