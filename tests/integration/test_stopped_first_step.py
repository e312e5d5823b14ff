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


async def begun(projects: Projects, table: Path, until_saved: bool) -> Project:
    """A project whose first step runs: it was only just begun, or its beginning was saved."""
    draft = projects.draft()
    draft.files = [accept(table, projects.settings.home)]
    projects.begin(draft, seed=1, join_on=None)
    for _ in range(1000):
        if draft.session and (not until_saved or await saved(projects, draft)):
            break
        await asyncio.sleep(0.005)
    assert draft.busy and draft.view is None
    return draft


async def saved(projects: Projects, draft: Project) -> bool:
    return bool((await projects.runner.view(draft.session)).checkpoint)


async def test_a_first_step_that_was_stopped_can_be_gone_on_with(
    projects: Projects, tmp_path: Path
) -> None:
    draft = await begun(projects, large(tmp_path), until_saved=True)
    (upload,) = draft.files
    await ProjectDeeds(projects).rename(draft, "Strokes in the north")
    await projects.halt(draft)
    shown = screen(draft, projects.listed())
    assert shown["progress"]["go_on"]["visible"] and not shown["start"]["start_box"]["visible"]
    assert [(one.name, one.status) for one in projects.listed()] == [("large.csv", "interrupted")]
    assert draft.key == draft.session and await projects.find(draft.session) is draft
    assert upload.exists()
    projects.resume(draft)
    assert draft.task is not None
    await draft.task
    assert draft.card is not None and draft.card.title == "Did I understand your table?"
    (listed,) = projects.listed()
    assert (listed.session, listed.title) == (draft.session, "Strokes in the north")
    assert not upload.exists()


async def test_a_stop_before_anything_was_saved_leaves_a_draft_that_can_begin(
    projects: Projects, clinic_csv: Path
) -> None:
    draft = await begun(projects, clinic_csv, until_saved=False)
    await projects.halt(draft)
    shown = screen(draft, projects.listed())
    if draft.session:  # the machine was quicker than the stop
        assert shown["progress"]["go_on"]["visible"]
        return
    assert projects.listed() == [] and shown["start"]["begin"]["interactive"]
    assert "press **Start**" in draft.messages[-1].text
    projects.begin(draft, seed=1, join_on=None)
    assert draft.task is not None
    await draft.task
    assert draft.card is not None and len(projects.listed()) == 1


async def test_data_that_cannot_be_used_leave_a_draft(projects: Projects, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("a,b\n")
    draft = projects.draft()
    draft.files = [accept(tmp_path / "empty.csv", projects.settings.home)]
    projects.begin(draft, seed=1, join_on=None)
    assert draft.task is not None
    await draft.task
    assert (draft.session, draft.view, projects.listed()) == ("", None, [])
    await ProjectDeeds(projects).rename(draft, "Named in vain")
    with pytest.raises(InputError, match="nothing to delete"):
        await ProjectDeeds(projects).delete(draft)
