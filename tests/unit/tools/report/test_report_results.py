"""The schema of results.json is what scripts depend on."""

from __future__ import annotations

import json

import pytest

from synthcraft.graph.records import Verdict
from synthcraft.tools.metrics.base import Result as MetricResult
from synthcraft.tools.report.record import ReportRecord, TraceLine
from synthcraft.tools.report.results import Result, Results, decision_part
from synthcraft.tools.report.sections import section_of
from synthcraft.tools.report.words import duration, interval, is_auto, number, percent


def test_the_names_of_the_schema_stay() -> None:
    empty = Results(session="s", status="finished").payload()
    assert list(empty) == [
        *("schema", "session", "status", "waiting_for", "seed", "data", "plan"),
        *("evaluation_plan", "candidates"),
        *("results", "replicates", "decision", "approvals", "choice"),
        *("steps", "questions_asked", "files"),
    ]
    assert empty["schema"] == 1
    sizes = ["train", "validation", "holdout", "rounded_to"]
    assert list(empty["data"]) == ["rows", "columns", "sha256", *sizes]
    assert set(empty["plan"]) == {
        *("use_case", "target", "task", "sensitive", "generators", "digest")
    }


def test_candidates_and_approvals_carry_their_fields(record: ReportRecord) -> None:
    payload = record.results.payload()
    assert {
        *("id", "generator", "params", "claim_level", "seed", "rows", "file", "sha256"),
        *("seconds", "peak_mb", "status", "message"),
    } <= set(payload["candidates"][0])
    assert set(payload["approvals"][0]) == {"gate", "actor", "verdict", "digest", "at"}
    assert payload["plan"]["generators"] == ["bayesian_network", "ctgan", "privbayes"]


def test_results_survive_json(record: ReportRecord) -> None:
    text = json.dumps(record.results.payload(), allow_nan=False)
    assert Results.model_validate_json(text) == record.results


def test_every_field_of_a_metric_reaches_the_file() -> None:
    assert set(MetricResult.model_fields) <= set(Result.model_fields)
    made = MetricResult(metric_id="fidelity.x", family="fidelity", value=0.1, candidate="a")
    printed = Result.model_validate(made.model_dump()).model_dump()
    assert {k: printed[k] for k in made.model_dump()} == made.model_dump()


def test_numbers_that_json_lacks_become_null() -> None:
    made = Result(metric_id="x", value=float("nan"), anchors={"A0": float("inf")})
    assert (made.value, made.anchors["A0"]) == (None, None)


def test_a_row_that_is_reported_twice_stands_once() -> None:
    row = {"candidate": "a", "metric_id": "sanity.rows", "value": 0.0}
    other = {**row, "column": "age"}
    made = Results.model_validate(
        {
            "session": "s",
            "status": "finished",
            "results": [row | {"runtime_s": 1.0}, other, row | {"runtime_s": 2.0}],
        }
    )
    assert [r.column for r in made.results] == [None, "age"]


def test_a_newer_field_is_kept() -> None:
    old = Results.model_validate({"session": "s", "status": "finished", "later": 1})
    assert old.payload()["later"] == 1


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["CRITERIA MET", "BLOCKED", "REFER"], "BLOCKED"),
        (["CRITERIA MET", "REFER"], "REFER"),
        (["CRITERIA MET"], "CRITERIA MET"),
        ([], None),
    ],
)
def test_the_strictest_state_stands_for_the_folder(states: list[str], expected: str | None) -> None:
    verdicts = [
        Verdict.model_validate({"candidate": f"c{i}", "state": s, "reasons": ("why",)})
        for i, s in enumerate(states)
    ]
    part = decision_part(verdicts)
    assert part.state == expected
    assert len(part.candidates) == len(part.reasons) == len(states)


def test_a_trace_line_takes_feedback_nested_or_flat() -> None:
    nested = {"step": 3, "action": "a", "feedback": {"outcome": "ok", "cost": 1}}
    flat = {"step": 3, "action": "a", "outcome": "ok", "cost": 1}
    assert TraceLine.model_validate(nested) == TraceLine.model_validate(flat)
    assert TraceLine.model_validate(flat).cost == 1


@pytest.mark.parametrize(
    ("metric", "family", "section"),
    [
        ("privacy.copies", "privacy_metrics", "privacy"),
        ("fidelity.c2st", "", "detectability"),
        ("V3", "", "privacy"),
        ("E4", "", "subgroup"),
        ("fairness.gap", "", "subgroup"),
        ("new.kind", "", "other"),
    ],
)
def test_every_result_finds_a_section(metric: str, family: str, section: str) -> None:
    assert section_of(Result(metric_id=metric, family=family)) == section


def test_words_for_numbers() -> None:
    assert [number(v) for v in (None, 0.0, 2924, 0.12345, 0.00001, 12345.6)] == [
        *("–", "0", "2,924", "0.123", "1.0e-05", "12,346")
    ]
    assert [percent(v) for v in (None, 0.0, 0.001, 0.5, 0.999, 1.0)] == [
        *("–", "0 %", "< 1 %", "50 %", "> 99 %", "100 %")
    ]
    assert [duration(v) for v in (None, 6.4, 148.2, 7300.0)] == [
        *("–", "6.4 s", "2 min 28 s", "2 h 01 min")
    ]
    assert interval(None, 1.0) == ""


def test_only_named_automatisms_are_automatic() -> None:
    assert is_auto("auto:demo")
    assert is_auto("nightly", auto_approver="nightly")
    assert not is_auto("Autumn Smith")
    assert not is_auto("user")
