"""The conversation of a project after the server was started anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError
from synthcraft.graph.runner import open_runner
from synthcraft.graph.team import Person
from synthcraft.graph.views import Answer
from synthcraft.ui import conversation
from synthcraft.ui.project import Message, Project
from synthcraft.ui.projects import Projects
from synthcraft.ui.screen import screen

CANARY = "Krzysztof-Wimbledon-4711"
RECORD = f"{CANARY}, born 1949-03-12, MRN 88123456, sbp: 181, hdl: 0.9"
ROWS = f"id\tage\tsbp\n{CANARY}\t71\t181\nQ2\t64\t133"
ANNA = Person(name="anna", role="analyst")


@asynccontextmanager
async def page(home: Path) -> AsyncIterator[Projects]:
    """The registry of a page that was just started on a workspace."""
    settings = Settings.from_env(home=home, environ={}, actor="Dr Test")
    projects = Projects(settings)
    async with open_runner(settings) as runner:
        await projects.connect(runner)
        yield projects
        await projects.close()


async def done(project: Project) -> None:
    if project.task is not None:
        await project.task


async def talk(projects: Projects, project: Project, *texts: str) -> None:
    for text in texts:
        await conversation.say(projects, project, text)
        await done(project)


async def begun(projects: Projects, table: Path) -> Project:
    project = projects.draft()
    project.files = [table]
    await talk(projects, project, "predict stroke, for a course")
    projects.begin(project, seed=1, join_on=None)
    await done(project)
    return project


def shown(project: Project) -> list[tuple[str, str, str]]:
    """What was said, and the cards; which steps were put away together may differ."""
    return [
        (m.role, m.text, m.title) for m in project.messages if not m.title.startswith("What I did")
    ]


def said(project: Project) -> list[Message]:
    return [m for m in project.messages if m.role == "user"]


async def test_what_was_said_comes_back_in_order_after_a_restart(
    tmp_path: Path, clinic_csv: Path
) -> None:
    async with page(tmp_path / "home") as projects:
        project = await begun(projects, clinic_csv)
        card = project.view.proposal if project.view else None
        await talk(
            projects,
            project,
            "what does tstr mean?",
            "drop the colour of the eyes",
            "yes",
        )
        projects.answer(project, project.gate, Answer(verdict="approve"), "Approved.")
        await done(project)
        before = project.history.lines[2].checkpoint
        project.confirm = conversation.ask_revert(project, before)
        await talk(projects, project, "yes", "hello")
        left = shown(project)
        key = project.key
    async with page(tmp_path / "home") as projects:
        again = await projects.find(key)
        fresh = shown(again)
    start = next(i for i, one in enumerate(left) if one[1].startswith("Start with"))
    assert card is not None and f"Card: {card.title}" in {title for _, _, title in fresh}
    # Before the start nothing is a project yet; the words that were given for it come first.
    assert fresh[:2] == [("user", "predict stroke, for a course", ""), left[start]]
    stands = fresh.pop()
    assert "paused" in stands[1]  # where it stands now is said last
    assert fresh[2:] == [one for one in left[start + 1 :] if one != stands]
    times = [message.at for message in again.messages]
    assert times == sorted(times) and all(times)
    assert "UTC" in screen(again, [])["chat"]["chat"]["value"][0]["content"]


async def test_what_was_held_back_is_nowhere_and_nothing_else_is_lost(
    tmp_path: Path, clinic_csv: Path
) -> None:
    home = tmp_path / "home"
    async with page(home) as projects:
        project = await begun(projects, clinic_csv)
        with pytest.raises(InputError, match="held back"):
            await talk(projects, project, RECORD)
        await talk(projects, project, ROWS, "is bmi used?")
        key = project.key
    held = [p for p in home.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]
    assert held == []
    async with page(home) as projects:
        again = await projects.find(key)
        assert [m.text for m in said(again)][-1] == "is bmi used?"
        assert CANARY not in repr(again)


async def test_a_team_sees_who_spoke_and_who_went_back(tmp_path: Path, clinic_csv: Path) -> None:
    async with page(tmp_path / "home") as projects:
        projects.team = lambda name: ANNA
        project = await begun(projects, clinic_csv)
        await talk(projects, project, "is bmi used?", "yes")
        await projects.revert(project, project.history.lines[2].checkpoint)
        assert {m.who for m in said(project)} == {"anna"}
        assert [line.who for line in project.history.lines if line.node == "revert"] == ["anna"]
        key = project.key
    async with page(tmp_path / "home") as projects:
        projects.team = lambda name: ANNA
        again = await projects.find(key)
        assert {m.who for m in said(again)} == {"anna"}
        assert any("anna went back" in m.text for m in again.messages)
        assert [line.who for line in again.history.lines if line.node == "revert"] == ["anna"]
        assert "anna" in screen(again, [])["history"]["history"]["value"]


async def test_a_change_that_failed_is_told_again_with_its_reason(
    tmp_path: Path, clinic_csv: Path
) -> None:
    async with page(tmp_path / "home") as projects:
        project = await begun(projects, clinic_csv)
        await talk(projects, project, "approve", "set rows to 9000000")
        assert "did not work" in project.messages[-1].text
        key = project.key
    async with page(tmp_path / "home") as projects:
        again = await projects.find(key)
        assert "set rows to 9000000" in [m.text for m in said(again)]
        assert any("did not work" in m.text for m in again.messages)


async def test_a_question_at_a_card_is_answered_with_the_click_and_work_is_not_waited_for(
    tmp_path: Path, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with page(tmp_path / "home") as projects:
        project = await begun(projects, clinic_csv)
        monkeypatch.setattr("synthcraft.ui.projects.A_MOMENT_S", 60)
        await conversation.say(projects, project, "what is TSTR?")
        assert not project.busy
        assert "TSTR" in project.messages[-1].text
        monkeypatch.setattr("synthcraft.ui.projects.A_MOMENT_S", 0)
        await conversation.say(projects, project, "what is a holdout?")
        assert project.busy
        await done(project)
        assert "holdout" in project.messages[-1].text.lower()
