"""A model's second opinion on finished work: noted, counted apart, and without a history idle."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.language.budget import CALLS
from synthcraft.agents.language.second import Opinion, taken
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.policy_file import load_policy
from synthcraft.graph.runner import open_runner
from synthcraft.graph.statistics import SECOND, names
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.audit import audit_log
from synthcraft.tools.disclosure.standing import standing
from tests.model_double import served


def _open(asked: dict[str, Any]) -> list[str]:
    told = asked["messages"][-1]["content"]
    found = re.search(r"Not covered: (.*)\.", told)
    return found[1].split(", ") if found and found[1] != "nothing" else []


def _honest(asked: dict[str, Any]) -> str:
    lacking = _open(asked)[:1]
    return json.dumps({"verdict": "gap" if lacking else "pass", "aspects": lacking})


def _lying(asked: dict[str, Any]) -> str:
    return json.dumps({"verdict": "pass", "aspects": ["approve", "show_rows"]})


async def _checked(settings: Settings, table: Path) -> tuple[SessionView, list[dict[str, Any]]]:
    """A project up to its end, and the entries that tell of its checks."""
    async with open_runner(settings) as runner:
        view = await runner.start(
            [table], Changes(target="stroke", include=("cart",), tier="quick"), unattended=True
        )
        while view.status == "waiting":
            view = await runner.answer(
                view.session, view.interrupt_id or "", Answer(verdict="approve", actor="Jane")
            )
    log = audit_log(settings.home, view.session).all()
    return view, [e.body for e in log if e.body.get("source") == "reflection" or "check" in e.body]


def _reflections(noted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [body for body in noted if body["source"] == "reflection"]


@pytest.mark.parametrize("answer", [_honest, _lying])
async def test_opinion_is_noted_with_the_outcome_and_changes_nothing(
    answer: Any, tmp_path: Path, clinic_csv: Path
) -> None:
    plain = Settings.from_env(home=tmp_path / "plain", environ={})
    without, rules = await _checked(plain, clinic_csv)
    with served() as double:
        double.answer = answer
        more = {"llm": "local", "llm_base_url": double.url, "llm_model": "double"}
        model = Settings.from_env(home=tmp_path / "model", environ={}, **more)
        view, noted = await _checked(model, clinic_csv)
    judged = [n for n in noted if n["source"] == "user"]
    assert all(n["outcome"] == "approved" and n["check"] in ("pass", "gap") for n in judged)
    learnt = load_policy(model.policy_file)
    counted = sum(learnt.observations(k) for k in names() if k.startswith(SECOND))
    assert counted == sum("second" in n for n in judged)
    assert (counted > 0) is (answer is _honest)
    noted, rules = _reflections(noted), _reflections(rules)
    assert rules and [n["outcome"] for n in noted] == [n["outcome"] for n in rules]
    assert {n: p.status for n, p in view.progress.items()} == {
        n: p.status for n, p in without.progress.items()
    }
    assert 0 < len(double.received) <= CALLS // 2
    seconds = [n["second"] for n in noted if "second" in n]
    if answer is _lying:
        assert seconds == []
        return
    assert len(seconds) == len(double.received)
    for said, body in zip(seconds, double.received, strict=True):
        assert said == json.loads(_honest(json.loads(body)))
    assert any("would also look at" in n["message"] for n in noted)
    assert "stroke" not in double.texts and "glucose" not in double.texts


@pytest.mark.parametrize(
    ("verdict", "aspects", "counts"),
    [
        ("gap", ["utility"], True),
        ("pass", [], True),
        ("gap", [], False),
        ("pass", ["utility"], False),
        ("gap", ["privacy"], False),
        ("gap", ["<script>"], False),
    ],
)
def test_an_opinion_counts_only_where_it_fits_itself_and_what_is_open(
    verdict: Any, aspects: list[str], counts: bool
) -> None:
    told = standing("evaluation", "sharing", ["x"], ["utility", "privacy"], ["privacy"]).value
    opinion = Opinion(verdict=verdict, aspects=aspects)
    assert (taken(opinion, told) is opinion) is counts


def test_only_names_of_ours_leave() -> None:
    told = standing("Mrs Smith", "row 17", ["done_one", "a b"], ["fidelity", "Smith"], []).value
    assert "Smith" not in told.text() and "17" not in told.text() and "a b" not in told.text()
    assert "done_one" in told.text() and "fidelity" in told.text()
