"""What happens on a click in the tabs beside the conversation."""

from __future__ import annotations

from typing import Any

import gradio as gr

from synthcraft.graph.errors import InputError, StaleApprovalError, SynthCraftError
from synthcraft.graph.views import Answer
from synthcraft.ui.data_tab import asked_roles, can_edit
from synthcraft.ui.history_tab import compared, refused
from synthcraft.ui.layout import Page
from synthcraft.ui.privacy_tab import entries
from synthcraft.ui.project import Project
from synthcraft.ui.projects import Projects
from synthcraft.ui.terms import meaning


class TabEvents:
    """Events of the tabs on the registry of projects."""

    def __init__(self, page: Page, projects: Projects) -> None:
        self.page = page
        self.projects = projects

    async def set_roles(self, project: Project, gate: str, columns: object, role: object) -> None:
        """Send the intake card back with other roles, as a sentence would."""
        if not can_edit(project) or gate != project.gate:
            raise StaleApprovalError(
                "Roles can be changed while the intake card is open.",
                "Go back to the intake first; nothing was changed by this click.",
            )
        changes, words = asked_roles(project, columns, role)
        answer = Answer(verdict="revise", changes=changes, comment=words)
        self.projects.answer(project, gate, answer, words)

    async def search(self, key: str, words: object) -> dict[Any, Any]:
        """Show what was sent with these words in it; a tab without a project is shown nothing."""
        try:
            sheets = (await self.projects.find(key)).sheets
        except InputError:
            sheets = None
        wanted = words.strip() if isinstance(words, str) else ""
        shown = entries(sheets.told.sent, wanted) if sheets else ""
        return {self.page.sent: gr.update(value=shown)}

    async def explain(self, key: str, term: object) -> dict[Any, Any]:
        """Say what a term means; a tab without a project is told nothing."""
        try:
            told = meaning(await self.projects.find(key), term)
        except InputError:
            told = ""
        return {self.page.meaning: gr.update(value=told)}

    async def compare(self, key: str, one: object, other: object) -> dict[Any, Any]:
        """Say what differs between two points of a project; a tab without one is told nothing."""
        try:
            project = await self.projects.find(key)
            if not (isinstance(one, str) and isinstance(other, str)) or project.view is None:
                raise InputError("Choose two points.", "The lists are above the button.")
            found = await self.projects.runner.compare(project.view.session, one, other)
            told = compared(found)
        except SynthCraftError as error:
            told = refused(str(error))
        return {self.page.compared: gr.update(value=told)}
