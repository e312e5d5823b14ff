"""A draft whose first step was begun is a project, also where that step was stopped or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError
from synthcraft.ui.uploads import discard

if TYPE_CHECKING:
    from synthcraft.ui.project import Project
    from synthcraft.ui.projects import Projects


async def adopt(projects: Projects, project: Project) -> None:
    """Take in what was begun; once the table was read, the uploaded files go.

    Where the first step left nothing behind, the draft stays one.
    """
    if project.key != project.session and not await _has_begun(projects, project):
        project.session = ""
    elif project.view is not None and project.view.name:
        discard(project.files, projects.settings.home)
        project.files = []


async def _has_begun(projects: Projects, project: Project) -> bool:
    """Whether there is something to go on with; if so, it has the name that was given meanwhile."""
    runner, session = projects.runner, project.session
    try:
        known = runner.info(session)
    except InputError:  # its data could not be used: it was taken off the list
        return False
    view = project.view or await runner.view(session)
    if not view.checkpoint:
        await runner.delete(session, projects.who())
        project.say("Nothing had been saved yet: press **Start** to begin again.")
        return False
    if project.title != known.title:
        await runner.rename(session, project.title)
    project.view = view
    projects.keep_open(project, session)
    return True
