"""A first step that is stopped, or that could not be done: the tab has what was begun."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError
from synthcraft.graph.runner import open_runner
from synthcraft.ui.project import Project
from synthcraft.ui.project_deeds import ProjectDeeds
from synthcraft.ui.projects import Projects
from synthcraft.ui.screen import screen
from synthcraft.ui.uploads import accept

LARGE = 60_000
"""Rows that take a while to read, so that the stop comes in between."""


@pytest.fixture
async def projects(tmp_path: Path) -> AsyncIterator[Projects]:
    """The page's registry on a workspace of its own."""
    made = Projects(Settings.from_env(home=tmp_path / "home", environ={}, actor="Dr Test"))
    async with open_runner(made.settings) as runner:
        await made.connect(runner)
        yield made
        await made.close()


def large(folder: Path) -> Path:
    rng = np.random.default_rng(1)
    columns = {f"x{i}": rng.normal(size=LARGE) for i in range(15)}
    pd.DataFrame({**columns, "stroke": rng.integers(0, 2, LARGE)}).to_csv(
        folder / "large.csv", index=False
    )
    return folder / "large.csv"


def draft_with(projects: Projects, table: Path) -> Project:
    draft = projects.draft()
    draft.files = [accept(table, projects.settings.home)]
    return draft


async def begun(projects: Projects, draft: Project) -> None:
    """Start its first step, and wait until the beginning of it was saved."""
    projects.begin(draft, seed=1, join_on=None)
    for _ in range(1000):
        if draft.session and (await projects.runner.view(draft.session)).checkpoint:
            break
        await asyncio.sleep(0.005)
    assert draft.busy and draft.view is None


async def ended(draft: Project) -> None:
    """Wait for the step that runs."""
    assert draft.task is not None
    await draft.task


async def test_a_first_step_that_was_stopped_can_be_gone_on_with(
    projects: Projects, tmp_path: Path
) -> None:
    draft = draft_with(projects, large(tmp_path))
    (upload,) = draft.files
    await begun(projects, draft)
    await ProjectDeeds(projects).rename(draft, "Strokes in the north")
    await projects.halt(draft)
    shown = screen(draft, projects.listed())
    assert shown["progress"]["go_on"]["visible"] and not shown["start"]["start_box"]["visible"]
    assert [(one.name, one.status) for one in projects.listed()] == [("large.csv", "interrupted")]
    assert draft.key == draft.session and await projects.find(draft.session) is draft
    assert upload.exists()
    await ProjectDeeds(projects).delete(draft)
    assert draft.confirm is not None and "Delete Strokes in the north (" in draft.confirm.text
    projects.resume(draft)
    await ended(draft)
    assert draft.card is not None and draft.card.title == "Did I understand your table?"
    (listed,) = projects.listed()
    assert (listed.session, listed.title) == (draft.session, "Strokes in the north")
    assert not upload.exists()


async def test_a_stop_before_anything_was_saved_leaves_a_draft_that_can_begin(
    projects: Projects, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_with(projects, clinic_csv)
    with monkeypatch.context() as patch:  # stopped by the first thing that is heard of it
        patch.setattr(draft, "hear", lambda event: draft.task and draft.task.cancel())
        projects.begin(draft, seed=1, join_on=None)
        await ended(draft)
    shown = screen(draft, projects.listed())
    assert (
        draft.session == "" and projects.listed() == [] and shown["start"]["begin"]["interactive"]
    )
    assert "press **Start**" in draft.messages[-1].text
    projects.begin(draft, seed=1, join_on=None)
    await ended(draft)
    assert draft.card is not None and len(projects.listed()) == 1


async def test_data_that_cannot_be_used_leave_a_draft(projects: Projects, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("a,b\n")
    draft = draft_with(projects, tmp_path / "empty.csv")
    projects.begin(draft, seed=1, join_on=None)
    await ended(draft)
    assert (draft.session, draft.view, projects.listed()) == ("", None, [])
    await ProjectDeeds(projects).rename(draft, "Named in vain")
    with pytest.raises(InputError, match="nothing to delete"):
        await ProjectDeeds(projects).delete(draft)
