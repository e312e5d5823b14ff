"""Where the gates of a project stand, looked at again whenever somebody has said something."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from synthcraft.graph import releasing
from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.provenance import utc_now

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.ui.project import Project

log = logging.getLogger(__name__)


async def judge(project: Project, runner: Runner) -> None:
    """Take in the gates if a log has grown, here or on the command line, or a day has passed."""
    if project.view is None or project.busy:
        return
    session = project.view.session
    seen = f"{releasing.written(runner.deps.settings.home, session)} {utc_now()[:10]}"
    if seen == project.gates_seen:
        return
    project.gates_seen = seen
    try:
        project.gates = await releasing.gate_sheet(runner, session)
    except SynthCraftError:
        project.gates = None  # a table that was not read yet, or a log that was changed
    except Exception as error:
        project.gates = None
        # The text of an unexpected error may quote data: only its kind is logged.
        log.error("unexpected %s while gates were read", type(error).__name__)
