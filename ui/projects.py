"""Projects on the page: runs are tasks of the server, so closing a tab stops nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import (
    InputError,
    SessionBusyError,
    StaleApprovalError,
    SynthCraftError,
)
from synthcraft.graph.views import Answer, Event, SessionInfo, SessionView
from synthcraft.ui import present, tables
from synthcraft.ui.figures import Album
from synthcraft.ui.project import Project
from synthcraft.ui.text import md
from synthcraft.ui.uploads import discard, page_folder

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner

OnEvent = Callable[[Event], None]
log = logging.getLogger(__name__)
Work = Callable[[OnEvent], Awaitable[SessionView]]


class Projects:
    """The registry of open projects and their running tasks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.infos: list[SessionInfo] = []
        self._runner: Runner | None = None
        self._open: dict[str, Project] = {}

    @property
    def runner(self) -> Runner:
        """The only door to the state machine."""
        if self._runner is None:
            raise InputError("The server is still starting.", "Try again in a moment.")
        return self._runner

    async def connect(self, runner: Runner) -> None:
        """Use this runner from now on."""
        self._runner = runner
        self.infos = await runner.sessions()

    async def close(self) -> None:
        """Stop what runs; every project can be resumed later."""
        tasks = [p.task for p in self._open.values() if p.task and not p.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._runner = None

    def draft(self) -> Project:
        """A new project that has no data yet."""
        project = Project(key=f"new-{secrets.token_hex(8)}")
        self._open[project.key] = project
        return project

    async def find(self, key: str) -> Project:
        """An open project, or one reopened from its checkpoints.

        Raises:
            InputError: no project has this key.
        """
        if key in self._open:
            return self._open[key]
        if not key or key.startswith("new-"):
            raise InputError("There is no open project.", "Add a file and press Start.")
        view = await self.runner.view(key)
        if view.session != key:  # the runner takes the beginning of an id as well
            raise InputError("There is no such project.", "Choose one from the list.")
        project = Project(key=key, view=view, messages=[])
        project.lines = await self.runner.history(key)
        done = [line.what for line in project.lines if line.on_head and line.what]
        if done:
            project.say(present.steps(done), title="What happened so far")
        await self._draw(project)
        self._announce(project)
        return self._open.setdefault(view.session, project)

    async def glance(self, project: Project) -> None:
        """Look at a project again if something was sent, or happened while it runs."""
        if project.sheets and project.view and self._ledger(project) != project.sheets.told.size:
            await self._read(project, project.view.session)
        task, view = project.task, project.view
        if not (project.busy and project.moved and view):
            return
        project.moved = False
        fresh = await self.runner.view(view.session)
        if project.task is task and project.busy:
            project.view = fresh
            await self._read(project, view.session)

    def begin(self, project: Project, *, seed: int, join_on: str | None) -> None:
        """Start the run of a draft.

        Raises:
            InputError: there is no file, or the project has begun.
        """
        if not project.files:
            raise InputError("There is no table yet.", "Add a file, then press Start.")
        if project.view is not None:
            raise InputError("This project has begun already.", "Open a new project instead.")
        request = _demo_request() if project.demo else Changes()
        runner, files, prompt = self.runner, list(project.files), project.prompt

        async def work(hear: OnEvent) -> SessionView:
            view = await runner.start(
                files, request, seed=seed, prompt=prompt, join_on=join_on, on_event=hear
            )
            self._open[view.session] = project
            project.key = view.session
            discard(files, self.settings.home)
            return view

        self._launch(project, work)
        project.heard(f"Start with {' + '.join(file.name for file in files)}.")

    def answer(self, project: Project, gate: str, answer: Answer, words: str = "") -> None:
        """Answer the open card and go on.

        Raises:
            StaleApprovalError: the card has been answered, or another one is open.
        """
        view = project.view
        if not gate or view is None or gate != project.gate:
            raise StaleApprovalError(
                "This card has been answered already, or another one is open now.",
                "Nothing was changed by this click.",
            )
        runner, session = self.runner, view.session
        answer = answer.model_copy(update={"actor": self.settings.actor})

        async def work(hear: OnEvent) -> SessionView:
            return await runner.answer(session, gate, answer, on_event=hear)

        self._launch(project, work)
        if view.proposal is not None and answer.verdict != "question":
            record = f"{present.card(view.proposal)}\n\n" + tables.markdown_table(
                view.proposal.table
            )
            project.say(record, title=f"Card: {view.proposal.title}")
        if words:
            project.heard(words)

    def resume(self, project: Project) -> None:
        """Go on after a stop, a restart or a revert."""
        if project.view is None:
            raise InputError("There is nothing to go on with.", "Add a file and press Start.")
        runner, session = self.runner, project.view.session

        async def work(hear: OnEvent) -> SessionView:
            return await runner.resume(session, on_event=hear)

        self._launch(project, work)

    async def revert(self, project: Project, checkpoint: str) -> None:
        """Go back to an earlier checkpoint; what was done since stays as a branch."""
        if project.busy or project.view is None:
            raise SessionBusyError("Something is running.", "Stop it first, then go back.")
        project.confirm = None
        project.view = await self.runner.revert(project.view.session, checkpoint)
        project.downloads = []
        project.say("We are back at the earlier point. Nothing was lost: what we left is a branch.")
        self._announce(project)
        await self._refresh(project)

    async def halt(self, project: Project) -> None:
        """Stop the running work within moments; finished work is kept."""
        project.confirm = None
        if project.task is not None and not project.task.done():
            project.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([project.task], timeout=10)

    async def prepare(self, project: Project) -> None:
        """Write the files of a project to where the page can serve them."""
        if project.view is None:
            raise InputError("There is nothing to download yet.", "Add a file and press Start.")
        folder = page_folder(self.settings.home) / "downloads" / secrets.token_hex(16)
        folder.mkdir(parents=True, mode=0o700)
        await self.runner.export(project.view.session, folder)
        old, project.downloads = project.downloads, _files(folder)
        for parent in {_export_folder(path) for path in old}:
            shutil.rmtree(parent, ignore_errors=True)

    def _launch(self, project: Project, work: Work) -> None:
        if project.busy:
            raise SessionBusyError("I am still working on the last step.", "Wait, or stop it.")
        project.confirm = None
        project.activity, project.jobs = [], {}
        project.task = asyncio.create_task(self._carry(project, work))

    async def _carry(self, project: Project, work: Work) -> None:
        try:
            project.view = await work(project.hear)
            self._fold(project)
            self._announce(project)
            if project.view.status == "finished":
                await self.prepare(project)
        except SynthCraftError as error:
            self._fold(project)
            project.say(f"**That did not work.** {md(error.message)} {md(error.hint)}")
        except asyncio.CancelledError:
            self._fold(project)
            project.say(
                "Stopped. Finished work is kept. Press **Go on** when you want to continue."
            )
        except Exception as error:
            # The text of an unexpected error may quote data: only its kind is logged or shown.
            log.error("unexpected %s while a project ran", type(error).__name__)
            self._fold(project)
            project.say(
                f"**Something went wrong on our side** ({type(error).__name__}). "
                "Finished work is kept; press **Go on** to try again."
            )
        await self._refresh(project)

    async def _refresh(self, project: Project) -> None:
        with contextlib.suppress(SynthCraftError):
            if project.view is not None:
                project.view = await self.runner.view(project.view.session)
                project.lines = await self.runner.history(project.view.session)
            self.infos = await self.runner.sessions()
        await self._draw(project)

    async def _draw(self, project: Project) -> None:
        """Take in tables and figures; a project can be worked with when there are none."""
        if project.view is None:
            return
        await self._read(project, project.view.session)
        try:
            project.album = Album(await self.runner.figures(project.view.session))
        except SynthCraftError as error:
            project.album = Album(trouble=f"No figure can be shown. {error}")
        except Exception as error:
            # The text of an unexpected error may quote data: only its kind is logged or shown.
            name = type(error).__name__
            log.error("unexpected %s while figures were read", name)
            project.album = Album(
                trouble=f"No figure can be shown: a mistake on our side ({name})."
            )

    def _ledger(self, project: Project) -> int:
        """Bytes of the record of what was sent for a project."""
        path = self.settings.home / "ledger" / f"{project.key}.jsonl"
        return path.stat().st_size if path.exists() else 0

    async def _read(self, project: Project, session: str) -> None:
        try:
            project.sheets = await self.runner.sheets(session)
        except SynthCraftError as error:
            project.sheets = None
            project.say(f"The tabs cannot be filled. {md(error)}")
        except Exception as error:
            project.sheets = None
            # The text of an unexpected error may quote data: only its kind is logged.
            log.error("unexpected %s while a project was read", type(error).__name__)

    def _fold(self, project: Project) -> None:
        if project.activity:
            count = len(project.activity)
            title = f"What I did ({count} step{'s' if count > 1 else ''})"
            project.say(present.steps(project.activity), title=title)
        project.activity, project.jobs = [], {}

    def _announce(self, project: Project) -> None:
        view = project.view
        if view is None:
            return
        if view.status == "waiting" and view.proposal is not None:
            asked = view.proposal.question
            if view.proposal.reply:
                project.say(md(view.proposal.reply))
            elif asked:
                project.say(f"I have a question: **{md(asked)}**")
            else:
                project.say(f"For you to decide, on the card below: **{md(view.proposal.title)}**")
        elif view.status == "finished":
            project.say(f"**Finished.** {md(view.message)} The files are under *Report*.")
        elif view.status == "stopped":
            project.say("The project is closed. Its history and its files stay available.")
        elif view.status == "interrupted":
            project.say("This project is paused. Press **Go on** to continue it.")


def _demo_request() -> Changes:
    from synthcraft.ui.cli_demo_data import TARGET

    return Changes(target=TARGET, use_case="sharing")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _export_folder(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.parent.name == "downloads")
