"""What a person does with projects and their codebooks: name, delete, describe."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError, SessionBusyError
from synthcraft.graph.intake_tables import held_against
from synthcraft.graph.naming import checked_name
from synthcraft.tools.codebook import LIMITS, SUFFIXES
from synthcraft.ui.project import Confirm, Project
from synthcraft.ui.text import md
from synthcraft.ui.uploads import accept, discard, forget_temp

if TYPE_CHECKING:
    from synthcraft.ui.projects import Projects


class ProjectDeeds:
    """Events of the tab Project and of the start box on the registry of projects."""

    def __init__(self, projects: Projects) -> None:
        self.projects = projects

    async def rename(self, project: Project, title: object) -> None:
        """Give the project of this tab a name, before or after it has begun."""
        self.projects.check_owner(project)
        project.title = checked_name(title if isinstance(title, str) else "")
        if project.session:
            await self.projects.runner.rename(project.session, project.title)
            await self.projects.relist()

    async def delete(self, project: Project) -> None:
        """Ask whether to delete the project of this tab."""
        self.projects.check_owner(project)
        if project.busy:
            raise SessionBusyError("Something is running.", "Stop it first, then delete.")
        if project.view is None:
            raise InputError("This project has not begun, so there is nothing to delete.")
        name = self.projects.runner.info(project.key).called
        project.confirm = Confirm(
            what="delete",
            text=f"Delete {name} ({project.key}) for good? Its data, its synthetic files, its "
            "report and every checkpoint are deleted, and nobody can bring them back. What other "
            "projects use stays with them, and so do files that you have downloaded. The audit "
            "keeps one entry: that it was deleted, when and by whom.",
        )

    async def codebook(self, project: Project, upload: str | None, join_on: str | None) -> None:
        """Read a codebook and show what was read; nothing of it is used yet."""
        if upload is None:
            return
        if self.projects.files is not None:
            self.projects.files.check(upload)
        begun = project.view is not None or project.busy
        if begun or not project.files:
            forget_temp(Path(upload), self.projects.settings.home)
        if begun:
            raise InputError("This project has its data already.", "Open a new project instead.")
        if not project.files:
            raise InputError("There is no table yet.", "Add the table, then its codebook.")
        home, key = self.projects.settings.home, (join_on or "").strip() or None
        taken = await asyncio.to_thread(
            accept, Path(upload), home, max_bytes=LIMITS.max_bytes, suffixes=SUFFIXES
        )
        try:
            found = await asyncio.to_thread(held_against, taken, project.files, (), key)
        finally:
            discard([taken], home)
        project.codebook, project.agreed = found, None

    async def use_codebook(self, project: Project, without: object) -> None:
        """Confirm what was read, but for some columns."""
        found = project.codebook
        if found is None or project.view is not None or project.busy:
            raise InputError("There is no codebook to confirm.", "Add one before the start.")
        left = without if isinstance(without, list) else []
        names = [m.entry.name for m in found.matched if m.entry.name not in left]
        if not names:
            raise InputError("Nothing of the codebook is left.", "Leave out fewer columns.")
        by = {"confirmed_by": self.projects.actor()}
        project.agreed = found.codebook.only(names).model_copy(update=by)
        columns = "column" if len(names) == 1 else "columns"
        project.say(f"I use the codebook for {len(names)} {columns}, as you have confirmed it.")

    async def drop_codebook(self, project: Project) -> None:
        """Use no codebook."""
        if project.codebook is None or project.view is not None or project.busy:
            raise InputError("There is no codebook to leave out.")
        project.codebook = project.agreed = None


async def delete(projects: Projects, project: Project) -> Project:
    """Delete a project for good, once it was confirmed; the tab gets a new one."""
    projects.check_owner(project)
    if project.busy:
        raise SessionBusyError("Something is running.", "Stop it first, then delete.")
    name = projects.runner.info(project.key).called
    deleted = await projects.runner.delete(project.key, projects.who())
    projects.drop(project.key)
    await projects.relist()
    fresh = projects.draft()
    size = f"with {deleted.files:,} files that it alone used ({deleted.bytes / 2**20:,.1f} MB)"
    fresh.say(f"**{md(name)}** was deleted, {size}. The audit keeps the entry that it was.")
    return fresh
