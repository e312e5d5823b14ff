"""What happens on a click: find the project, do one thing, show what changed."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import InputError, SynthCraftError
from synthcraft.graph.views import Answer
from synthcraft.tools.pasted import check_words
from synthcraft.ui import conversation, fields, model_deeds
from synthcraft.ui.auth.person import badge
from synthcraft.ui.layout import Page
from synthcraft.ui.project import Project
from synthcraft.ui.projects import Projects
from synthcraft.ui.screen import screen
from synthcraft.ui.tab_memory import TabMemory, tab_here
from synthcraft.ui.text import md
from synthcraft.ui.uploads import accept, discard, forget_temp

Updates = dict[Any, Any]
Deed = Callable[..., Awaitable[Project | None]]
"""Does one thing to the project of a tab; returns another project to change over to it."""


class Handlers:
    """The page's events on the registry of projects."""

    def __init__(self, page: Page, projects: Projects) -> None:
        self.page = page
        self.projects = projects
        self.tabs = TabMemory()

    async def show(self, key: str, seen: str) -> Updates:
        """Bring a tab up to date; an unknown key shows a fresh page.

        An answer that comes late must not take a tab away from the project that it has opened
        since: the key stays, unless the same project has another one now and is still open here.
        """
        try:
            project = await self.projects.find(key)
            await self.projects.glance(project)
        except InputError:
            project = Project(key=key)
        updates = self._updates(project, key, seen)
        if self.tabs.has_left(tab_here(), key):
            updates.pop(self.page.session, None)
        return updates

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
            self.tabs.opened(tab_here(), project.key)
            return self._updates(project, key, seen)

        return handler

    async def _project(self, key: str, create: bool) -> Project:
        try:
            return await self.projects.find(key)
        except InputError:
            if not create:
                raise
            return self.projects.draft()

    def _updates(self, project: Project, key: str, seen: str) -> Updates:
        parts = screen(project, self.projects.listed())
        parts["person"] = {"person": badge(self.projects.person())}
        parts["model"] = model_deeds.part(project, self.projects)
        parts["model_note"] = model_deeds.note(project)
        fresh, note = self.tabs.fresh(tab_here(), seen, parts)
        updates: Updates = {
            getattr(self.page, name): gr.update(**props) for name, props in fresh.items()
        }
        if project.key != key:
            updates[self.page.session] = project.key
        return {**updates, self.page.seen: note}

    async def draw(self, key: str, name: object, file: object, theme: str) -> Updates:
        """Show one figure; a tab without figures is shown none."""
        try:
            project = await self.projects.find(key)
        except InputError:
            project = Project(key="")
        home, dark = self.projects.settings.home, theme == "dark"
        shown = await asyncio.to_thread(project.album.show, name, file, home, dark=dark)
        if table := shown["numbers"]["value"]:
            project.drawn.add(Path(table))
        return {getattr(self.page, part): gr.update(**props) for part, props in shown.items()}

    async def upload(self, project: Project, uploads: list[str] | None) -> None:
        """Take files into the workspace."""
        home, begun = self.projects.settings.home, project.view is not None or project.busy
        for upload in uploads or []:
            if self.projects.files is not None:
                self.projects.files.check(upload)
            if begun:
                forget_temp(Path(upload), home)
        if begun:
            raise InputError("This project has its data already.", "Open a new project instead.")
        for upload in uploads or []:
            project.files.append(await asyncio.to_thread(accept, Path(upload), home))
        project.demo = False
        project.codebook = project.agreed = None

    async def demo(self, project: Project) -> None:
        """Start a project on the real demo table."""
        from synthcraft.ui.commands.demo_data import source_file, write_table

        home = self.projects.settings.home
        discard(project.files, home)
        project.files = [await asyncio.to_thread(write_table, source_file(), home / "demo")]
        project.demo, project.codebook, project.agreed = True, None, None
        self.projects.begin(project, seed=1, join_on=None)

    async def begin(self, project: Project, seed: float | None, join_on: str | None) -> None:
        """Start a project on the uploaded files."""
        self.projects.begin(project, seed=int(seed or 0), join_on=(join_on or "").strip() or None)

    async def say(self, project: Project, text: str) -> Project | None:
        """Act on a typed sentence."""
        return await conversation.say(self.projects, project, text)

    async def approve(self, project: Project, gate: str, reasons: list[str], wish: str) -> None:
        """Approve the card that this tab shows, or answer its question."""
        proposal = project.view.proposal if project.view else None
        if proposal is None or not proposal.question:
            self.projects.answer(project, gate, Answer(verdict="approve"), "Approved.")
            return
        answer = await self._worded(project, "approve", reasons, wish)
        said = _said(proposal.aspects, reasons, wish) or "No preference."
        self.projects.answer(project, gate, answer, said)

    async def change(
        self, project: Project, gate: str, ticked: object, words: object, *values: Any
    ) -> None:
        """Send the card back: with other values in its fields, reasons and words."""
        aspects = project.view.proposal.aspects if project.view and project.view.proposal else ()
        reasons = [name for name in aspects if isinstance(ticked, list) and name in ticked]
        wish = words if isinstance(words, str) else ""
        altered, told = fields.asked(project, values)
        if project.gate and not (wish.strip() or reasons or altered):
            raise InputError(
                "What should be different?", "Change a field, tick a reason or write a sentence."
            )
        answer = await self._worded(project, "revise", reasons, wish)
        if altered:
            said = Changes.model_validate({**answer.changes.named(), **altered})
            comment = "; ".join(part for part in (answer.comment, told) if part)
            answer = answer.model_copy(update={"changes": said, "comment": comment})
        shown = "; ".join(part for part in (_said(aspects, reasons, wish), told) if part)
        self.projects.answer(project, gate, answer, shown)

    async def ask(self, project: Project, gate: str, text: str) -> None:
        """Put the text of the message box as a question to the open card."""
        if not text.strip():
            raise InputError(
                "What is your question?", "Type it in the message box, then press Ask."
            )
        check_words(text)
        self.projects.answer(project, gate, Answer(verdict="question", comment=text), text)
        await self.projects.soon(project)

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

    async def yes(self, project: Project) -> Project | None:
        """Confirm."""
        return await conversation.decide(self.projects, project, True)

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
        check_words(wish)
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
    return ". ".join(part for part in (ticked, wish.strip()) if part)
