"""Logs written through the audit log itself, read back as what they can teach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.bandit import policy_named
from synthcraft.graph.contracts import Approval, Changes, Feedback
from synthcraft.graph.episodes import ATTEMPT_LIMIT, EPISODES, SELF_CHECK, STOP, action_named
from synthcraft.graph.learning import after_action, after_check, after_stop
from synthcraft.graph.logged import LoggedProject
from synthcraft.graph.past import AUTOMATIC, OTHER_VERSION, UNFINISHED, CannotTeach, project_of
from synthcraft.graph.records import Flags
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.audit import ROOT, AuditLog

FLAGS = Flags(ambiguous=False, privacy="strict")


class Journal:
    """Goes through episodes as the router does and writes what it would write."""

    def __init__(self, path: Path, policy: str = "fixed", actor: str = "Dr Test") -> None:
        self.log, self.head, self.policy, self.actor = AuditLog(path), ROOT, policy, actor
        self.progress = Progress()

    def note(self, kind: str, body: dict[str, Any]) -> None:
        self.head = self.log.append({"kind": kind, "at": "2026-01-01", **body}, self.head)

    def answer(self, gate: str, verdict: str, **more: Any) -> None:
        given = Approval.model_validate(
            {"gate": gate, "verdict": verdict, "actor": self.actor, "at": "", **more}
            | {"proposal_digest": ""}
        )
        self.note("approval", given.model_dump(mode="json"))
        told = Feedback(source="user", outcome="answered", cost=1)
        self.note("feedback", {"gate": gate, **told.model_dump(mode="json")})

    def decide(self, episode: Any) -> str:
        situation = Situation(episode=episode, progress=self.progress, flags=FLAGS, root_seed=7)
        decision = policy_named(self.policy).choose(situation, Statistics())
        grounds = {"situation": situation.model_dump(mode="json"), "pinned": "p", "counts": "c"}
        self.note("decision", decision.model_dump(mode="json") | grounds)
        return decision.action

    def work(self, episode: Any, action: str, ok: bool = True) -> None:
        """What comes of an action that asks nobody."""
        source, outcome = ("reflection", "pass" if ok else "gap") if action == SELF_CHECK else (
            "tool", "ok" if ok else "fail")  # fmt: skip
        self.note("feedback", {"action": action, "source": source, "outcome": outcome})
        if action == SELF_CHECK:
            self.progress = after_check(self.progress, not ok)
        else:
            self.progress = after_action(self.progress, action_named(episode, action), ok)

    def episode(self, name: Any, verdicts: Sequence[str] = ("approve",)) -> None:
        """One course through an episode with these answers to its results."""
        self.progress = Progress()
        for verdict in verdicts:
            while (action := self.decide(name)) != STOP:
                self.work(name, action)
            reasons = () if verdict == "approve" else (EPISODES[name].aspects[-1],)
            self.answer(name, verdict, reasons=reasons)
            if verdict != "question":
                self.progress = after_stop(self.progress, verdict == "approve", reasons)

    def project(self) -> LoggedProject:
        """What is read back."""
        assert self.log.verify(self.head) == []
        return project_of(self.log.lineage(self.head), lambda digest: Statistics(gamma=0.25))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "log.jsonl")


def test_a_project_is_read_back_with_its_verdicts_and_its_net_reward(journal: Journal) -> None:
    journal.note("start", {})
    journal.episode("intake", ["question", "revise", "approve"])
    for name in list(EPISODES)[1:]:
        journal.episode(name)
    project = journal.project()
    assert [episode.start.episode for episode in project.episodes] == list(EPISODES)
    assert project.known.gamma == 0.25
    assert project.net == 6 - 1
    intake = project.episodes[0]
    stops = [step for step in intake.steps if step.action == STOP]
    assert [step.ok for step in stops] == [None, False, True]  # a question leaves the gate open
    assert stops[1].reasons == ("duplicates",)
    assert {step.policy for step in project.steps} == {"fixed"}
    assert all(step.ok for step in project.steps if step.action not in (STOP,))
    checks = [step for step in project.steps if step.action == SELF_CHECK]
    assert checks and all(step.ok for step in checks)


def test_an_episode_that_was_opened_again_is_another_course(journal: Journal) -> None:
    for name in EPISODES:
        journal.episode(name)
    journal.episode("documentation")
    project = journal.project()
    assert [e.start.episode for e in project.episodes][-2:] == ["documentation"] * 2
    assert project.net == 7


def test_only_the_branch_of_the_head_counts(journal: Journal) -> None:
    journal.episode("intake", ["approve"])
    before = journal.head
    journal.episode("intent", ["revise", "approve"])
    journal.head = before
    for name in list(EPISODES)[1:]:
        journal.episode(name)
    assert journal.project().net == 6


def test_questions_and_parameters_that_are_sent_back_cost_one_each(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log.jsonl", policy="veto")
    start = Situation(episode="intent", flags=Flags(), root_seed=1)
    asked = {"action": "ask_intent", "policy": "veto", "propensity": 1.0, "pinned": "p"}
    for comment, reasons in (("For teaching.", ("use_case",)), ("", ())):
        journal.note("decision", asked | {"situation": start.model_dump(mode="json")})
        journal.answer("intent", "approve", comment=comment, reasons=reasons)
    shortlisted = Progress(steps=1, done=("shortlist",))
    place = Situation(episode="generation", progress=shortlisted, flags=FLAGS, root_seed=1)
    fit = {"action": "gen_dp", "policy": "veto", "propensity": 0.5, "pinned": "p"}
    for verdict in ("revise", "approve"):
        journal.note("decision", fit | {"situation": place.model_dump(mode="json")})
        journal.answer("parameters", verdict, changes=Changes(rows=50 if verdict else None))
    journal.work("generation", "gen_dp", ok=False)
    journal.episode("documentation")
    told, silent, revised, fitted, *_ = journal.project().steps
    assert (told.ok, told.reward, silent.ok, silent.reward) == (True, -1.0, False, -1.0)
    assert (revised.ok, revised.reward, revised.propensity) == (None, -1.0, 0.5)
    assert (fitted.ok, fitted.reward) == (False, 0.0)


def test_a_project_that_was_handed_over_is_closed_too(journal: Journal) -> None:
    journal.episode("intake", ["revise"] * ATTEMPT_LIMIT)
    project = journal.project()
    assert project.net == -ATTEMPT_LIMIT


def refused(journal: Journal) -> str:
    with pytest.raises(CannotTeach) as error:
        journal.project()
    return error.value.message


def test_what_cannot_teach_says_why(tmp_path: Path) -> None:
    empty = Journal(tmp_path / "empty.jsonl")
    assert refused(empty) == UNFINISHED
    begun = Journal(tmp_path / "begun.jsonl")
    begun.episode("intake")
    assert refused(begun) == UNFINISHED
    begun.decide("intent")
    assert refused(begun) == UNFINISHED
    machine = Journal(tmp_path / "machine.jsonl", actor="auto:command line")
    for name in EPISODES:
        machine.episode(name)
    assert refused(machine) == AUTOMATIC


@pytest.mark.parametrize(
    "change",
    [
        {"situation": None},
        {"situation": {"episode": "intake", "root_seed": 1, "mood": "good"}},
        {"action": "look_into_the_stars"},
        {"policy": "oracle"},
        {"propensity": None},
        {"pinned": None},
    ],
)
def test_a_log_of_another_version_is_no_ground_for_judging(
    journal: Journal, change: dict[str, Any]
) -> None:
    place = Situation(episode="documentation", flags=FLAGS, root_seed=1)
    body = {
        "situation": place.model_dump(mode="json"),
        "action": "draft_report",
        "policy": "fixed",
        "propensity": 1.0,
        "pinned": "p",
    } | change
    journal.note("decision", {name: value for name, value in body.items() if value is not None})
    journal.episode("documentation")
    assert refused(journal) == OTHER_VERSION
