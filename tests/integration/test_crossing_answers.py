"""Answers of the page that cross on their way: a tab keeps the project that it opened last."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import open_runner
from synthcraft.ui.handlers import Handlers
from synthcraft.ui.layout import build
from synthcraft.ui.project_deeds import ProjectDeeds
from synthcraft.ui.projects import Projects


@pytest.mark.parametrize("pressed_new_project", [True, False])
async def test_news_of_a_draft_that_has_begun_moves_only_a_tab_that_is_still_there(
    tmp_path: Path, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch, pressed_new_project: bool
) -> None:
    monkeypatch.setattr("synthcraft.ui.handlers.tab_here", lambda: "tab")
    settings = Settings.from_env(home=tmp_path / "home", environ={}, actor="Dr Test")
    projects = Projects(settings)
    with gr.Blocks():
        page = build("secret", has_demo=False)
    handlers = Handlers(page, projects)
    async with open_runner(settings) as runner:
        await projects.connect(runner)
        key = (await handlers.deed(handlers.fresh, "draft")("", ""))[page.session]
        draft = await projects.find(key)
        draft.files = [clinic_csv]
        sent: dict[Any, Any] = await handlers.deed(handlers.begin)(key, "", 1, "")
        assert draft.task is not None
        await draft.task
        assert draft.key != key
        if pressed_new_project:
            sent = await handlers.deed(handlers.fresh, "draft")(key, "")
        late = await handlers.show(key, "")
        await projects.close()
    opened = (sent | late).get(page.session)
    assert (opened == draft.key) is not pressed_new_project


@pytest.mark.parametrize("listed_already", [True, False])
async def test_a_name_that_is_saved_while_the_first_step_runs_is_kept(
    tmp_path: Path, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch, listed_already: bool
) -> None:
    settings = Settings.from_env(home=tmp_path / "home", environ={}, actor="Dr Test")
    projects = Projects(settings)
    async with open_runner(settings) as runner:
        await projects.connect(runner)
        draft = projects.draft()
        draft.files = [clinic_csv]
        begun, hear = asyncio.Event(), draft.hear
        monkeypatch.setattr(draft, "hear", lambda event: (hear(event), begun.set()))
        projects.begin(draft, seed=1, join_on=None)
        await (begun.wait() if listed_already else asyncio.sleep(0))
        assert draft.view is None and bool(draft.session) is listed_already
        await ProjectDeeds(projects).rename(draft, "Strokes in the north")
        assert draft.task is not None
        await draft.task
        (listed,) = projects.listed()
        await projects.close()
    assert listed.title == draft.title == "Strokes in the north"
