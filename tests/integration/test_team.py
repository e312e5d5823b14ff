"""A team's project through the real state machine: who is recorded, who may release."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import (
    RoleError,
    SessionBusyError,
    StaleApprovalError,
    SynthCraftError,
)
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.team import RELEASE, Person, may_open
from synthcraft.graph.views import Answer, SessionView
from synthcraft.ui.projects import Projects

ANNA = Person(name="anna", role="analyst")
STEWARD = Person(name="ben", role="steward")
OTHER = Person(name="cleo", role="steward")
YES = Answer(verdict="approve", actor="somebody else")


async def to_the_release(
    runner: Runner, table: Path, owner: str, people: dict[str, Person]
) -> SessionView:
    """A project up to its last card; everything is approved by its owner, or by who is named."""
    asked = Changes(target="stroke", include=("marginal_distributions",))
    view = await runner.start([table], asked, unattended=True, owner=owner)
    while view.waiting_for != RELEASE:
        assert view.status == "waiting"
        person = people.get(str(view.waiting_for), people["owner"])
        view = await runner.answer(view.session, view.interrupt_id or "", YES, person=person)
        if view.waiting_for == "evaluation":
            view = await runner.skip(view.session, "evaluation", "not needed here", person.name)
    return view


async def refused(runner: Runner, view: SessionView, person: Person | None) -> str:
    """The sentence of the refusal; it leaves no checkpoint and no entry in the audit log."""
    log = runner.deps.settings.home / "audit" / f"{view.session}.jsonl"
    before = (await runner.history(view.session), log.read_bytes())
    with pytest.raises(RoleError) as caught:
        await runner.answer(view.session, view.interrupt_id or "", YES, person=person)
    assert (await runner.history(view.session), log.read_bytes()) == before
    return str(caught.value)


async def test_a_steward_other_than_the_analyst_releases(runner: Runner, clinic_csv: Path) -> None:
    view = await to_the_release(runner, clinic_csv, "anna", {"owner": ANNA, "generation": OTHER})
    assert "Only a steward" in await refused(runner, view, ANNA)
    assert "second person" in await refused(runner, view, OTHER)
    assert "team" in await refused(runner, view, None)
    view = await runner.answer(view.session, view.interrupt_id or "", YES, person=STEWARD)
    assert view.status == "finished"
    approvals = (await runner.results(view.session))["approvals"]
    assert {a["actor"] for a in approvals} == {"anna", "ben", "cleo"}
    assert (approvals[-1]["gate"], approvals[-1]["actor"]) == (RELEASE, "ben")


async def test_stewards_see_a_project_from_its_release_card_on(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], unattended=True, owner="ben")
    assert [may_open(p, runner.info(view.session)) for p in (ANNA, STEWARD, OTHER, None)] == [
        *(False, True, False, True)
    ]
    view = await to_the_release(runner, clinic_csv, "ben", {"owner": STEWARD})
    assert [may_open(p, runner.info(view.session)) for p in (ANNA, STEWARD, OTHER)] == [
        *(False, True, True)
    ]
    assert "second person" in await refused(runner, view, STEWARD)
    first = (await runner.history(view.session))[2].checkpoint
    await runner.revert(view.session, first)
    assert not may_open(OTHER, runner.info(view.session))


async def approved_by(runner: Runner, view: SessionView) -> list[str]:
    """Who is on record for the release."""
    approvals = (await runner.results(view.session))["approvals"]
    return [a["actor"] for a in approvals if a["gate"] == RELEASE and a["verdict"] == "approve"]


async def test_of_two_stewards_who_release_at_once_one_does_and_the_other_is_told(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await to_the_release(runner, clinic_csv, "anna", {"owner": ANNA})
    projects, here = Projects(runner.deps.settings), [STEWARD]
    projects.team = lambda name: here[0]
    await projects.connect(runner)
    try:
        project = await projects.find(view.session)
        gate = project.gate
        projects.answer(project, gate, YES)
        here[0] = OTHER
        assert await projects.find(view.session) is project
        with pytest.raises(StaleApprovalError, match="answered already"):
            projects.answer(project, gate, YES)
        assert project.task
        await project.task
    finally:
        await projects.close()
    assert project.view and project.view.status == "finished"
    assert await approved_by(runner, view) == ["ben"]
    view = await runner.revert(view.session, view.checkpoint)
    async with open_runner(runner.deps.settings) as second:  # another server
        answers = [
            server.answer(view.session, view.interrupt_id or "", YES, person=person)
            for server, person in ((runner, STEWARD), (second, OTHER))
        ]
        ended = await asyncio.gather(*answers, return_exceptions=True)
    (won,) = [end for end in ended if isinstance(end, SessionView)]
    (lost,) = [end for end in ended if isinstance(end, SynthCraftError)]
    assert won.status == "finished"
    assert isinstance(lost, (SessionBusyError, StaleApprovalError))
    assert await approved_by(runner, view) == [("ben", "cleo")[ended.index(won)]]
