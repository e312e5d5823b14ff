"""What happens on a click: find the project, do one thing, show what changed."""

from __future__ import annotations

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from synthcraft.graph.errors import InputError, SynthCraftError
from synthcraft.graph.views import Answer
from synthcraft.ui import conversation
from synthcraft.ui.figures import Album
from synthcraft.ui.layout import Page
from synthcraft.ui.project import Project
from synthcraft.ui.projects import Projects
from synthcraft.ui.screen import changed, screen
from synthcraft.ui.text import md
from synthcraft.ui.uploads import accept, discard

Updates = dict[Any, Any]
Deed = Callable[..., Awaitable[Project | None]]
"""Does one thing to the project of a tab; returns another project to change over to it."""


class Handlers:
    """The page's events on the registry of projects."""

    def __init__(self, page: Page, projects: Projects) -> None:
        self.page = page
        self.projects = projects
        # A restarted server knows nothing of what a tab shows: the tab gets everything again.
        self.boot = secrets.token_hex(4)

    async def show(self, key: str, seen: str) -> Updates:
        """Bring a tab up to date; an unknown key shows a fresh page."""
        try:
            project = await self.projects.find(key)
            await self.projects.glance(project)
        except InputError:
            project = Project(key="")
        return self._updates(project, seen)

    def deed(self, act: Deed, needs: str = "") -> Callable[..., Awaitable[Updates]]:
        """An event handler around one deed; refusals come back as a sentence."""

        async def handler(key: str, seen: str, *inputs: Any) -> Updates:
            try:
                project = await self._project(key, create=needs == "draft")
                project = await act(project, *inputs) or project
            except SynthCraftError as error:
                raise gr.Error(
                    html.escape(str(error)), title="Not done", print_exception=False
                ) from None
            return self._updates(project, seen)

        return handler

    async def _project(self, key: str, create: bool) -> Project:
        try:
            return await self.projects.find(key)
        except InputError:
            if not create:
                raise
            return self.projects.draft()

    def _updates(self, project: Project, seen: str) -> Updates:
        fresh, note = changed(screen(project, self.projects.infos), seen, self.boot)
        updates: Updates = {
            getattr(self.page, name): gr.update(**props) for name, props in fresh.items()
        }
        if "session" in fresh:
            updates[self.page.session] = project.key
        return {**updates, self.page.seen: note}

    async def draw(self, key: str, name: object, file: object, theme: str) -> Updates:
        """Show one figure; a tab without figures is shown none."""
        try:
            album = (await self.projects.find(key)).album
        except InputError:
            album = Album()
        home, dark = self.projects.settings.home, theme == "dark"
        shown = await asyncio.to_thread(album.show, name, file, home, dark=dark)
        return {getattr(self.page, part): gr.update(**props) for part, props in shown.items()}

    async def upload(self, project: Project, uploads: list[str] | None) -> None:
        """Take files into the workspace."""
        if project.view is not None or project.busy:
            raise InputError("This project has its data already.", "Open a new project instead.")
        home = self.projects.settings.home
        for upload in uploads or []:
            project.files.append(await asyncio.to_thread(accept, Path(upload), home))
        project.demo = False

    async def demo(self, project: Project) -> None:
        """Start a project on the real demo table."""
        from synthcraft.ui.cli_demo_data import source_file, write_table

        home = self.projects.settings.home
        discard(project.files, home)
        project.files = [await asyncio.to_thread(write_table, source_file(), home / "demo")]
        project.demo = True
        self.projects.begin(project, seed=1, join_on=None)

    async def begin(self, project: Project, seed: float | None, join_on: str | None) -> None:
        """Start a project on the uploaded files."""
        self.projects.begin(project, seed=int(seed or 0), join_on=(join_on or "").strip() or None)

    async def say(self, project: Project, text: str) -> None:
        """Act on a typed sentence."""
        await conversation.say(self.projects, project, text)

    async def approve(self, project: Project, gate: str, reasons: list[str], wish: str) -> None:
        """Approve the card that this tab shows, or answer its question."""
        proposal = project.view.proposal if project.view else None
        if proposal is None or not proposal.question:
            self.projects.answer(project, gate, Answer(verdict="approve"), "Approved.")
            return
        answer = await self._worded(project, "approve", reasons, wish)
        self.projects.answer(project, gate, answer, _said(proposal.aspects, reasons, wish))

    async def change(self, project: Project, gate: str, reasons: list[str], wish: str) -> None:
        """Reject the card with reasons and words."""
        aspects = project.view.proposal.aspects if project.view and project.view.proposal else ()
        if project.gate and not (wish.strip() or reasons):
            raise InputError("What should be different?", "Tick a reason or write a sentence.")
        answer = await self._worded(project, "revise", reasons, wish)
        self.projects.answer(project, gate, answer, _said(aspects, reasons, wish))

    async def ask(self, project: Project, gate: str, text: str) -> None:
        """Put the text of the message box as a question to the open card."""
        if not text.strip():
            raise InputError(
                "What is your question?", "Type it in the message box, then press Ask."
            )
        self.projects.answer(project, gate, Answer(verdict="question", comment=text), text)

    async def stop(self, project: Project, gate: str) -> None:
        """Ask whether to close the project at this card."""
        if not gate or gate != project.gate:
            raise InputError(
                "This card is not open any more.", "Nothing was changed by this click."
            )
        project.confirm = conversation.ask_stop(project)

    async def halt(self, project: Project) -> None:
        """Ask whether to stop the running work."""
        if not project.busy:
            raise InputError("Nothing is running.")
        project.confirm = conversation.ask_back(project)

    async def revert(self, project: Project, checkpoint: str | None) -> None:
        """Ask whether to go back."""
        if not checkpoint:
            raise InputError("Choose a point first.", "The list is above the button.")
        project.confirm = conversation.ask_revert(project, str(checkpoint))

    async def yes(self, project: Project) -> None:
        """Confirm."""
        await conversation.decide(self.projects, project, True)

    async def no(self, project: Project) -> None:
        """Do not confirm."""
        await conversation.decide(self.projects, project, False)

    async def go_on(self, project: Project) -> None:
        """Continue a paused project."""
        self.projects.resume(project)

    async def prepare(self, project: Project) -> None:
        """Write the files for download."""
        await self.projects.prepare(project)

    async def change_over(self, project: Project, key: str | None) -> Project:
        """Open another project in this tab."""
        return await self.projects.find(str(key or project.key))

    async def fresh(self, project: Project) -> Project:
        """Open a new project in this tab."""
        return self.projects.draft()

    async def _worded(
        self, project: Project, verdict: Literal["approve", "revise"], reasons: list[str], wish: str
    ) -> Answer:
        changes, comment = None, wish.strip()
        if wish.strip() and project.view is not None:
            turn = await self.projects.runner.understand(project.view.session, wish)
            changes = turn.changes()
            if turn.note:
                project.say(md(turn.note))
            comment = "" if turn.held else comment
        answer = Answer(verdict=verdict, reasons=tuple(reasons or ()), comment=comment)
        return answer.model_copy(update={"changes": changes}) if changes else answer


def _said(aspects: tuple[str, ...], reasons: list[str], wish: str) -> str:
    from synthcraft.ui.present import aspect

    ticked = ", ".join(aspect(name) for name in reasons or () if name in aspects)
    return ". ".join(part for part in (ticked, wish.strip()) if part) or "No preference."
