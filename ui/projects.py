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

from synthcraft.agents.language import classifier
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import (
    InputError,
    RoleError,
    SessionBusyError,
    StaleApprovalError,
    SynthCraftError,
)
from synthcraft.graph.team import Person, check_release, may_open
from synthcraft.graph.views import Answer, Event, SessionInfo, SessionView
from synthcraft.ui import model_deeds, telling
from synthcraft.ui.adopting import adopt
from synthcraft.ui.auth.person import name_here
from synthcraft.ui.commands import demo_data
from synthcraft.ui.figures import Album
from synthcraft.ui.history_tab import History
from synthcraft.ui.judging import judge
from synthcraft.ui.project import Project
from synthcraft.ui.text import md
from synthcraft.ui.uploads import page_folder, sweep

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.ui.auth.files import PageFiles

OnEvent = Callable[[Event], None]
log = logging.getLogger(__name__)
A_MOMENT_S = 2.0
"""So long a click waits for its answer; a tab that looks for news meanwhile sees the question."""
Work = Callable[[OnEvent], Awaitable[SessionView]]


class Projects:
    """The registry of open projects and their running tasks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.infos: list[SessionInfo] = []
        self._runner: Runner | None = None
        self._learning: asyncio.Task[None] | None = None
        self._open: dict[str, Project] = {}
        self.team: Callable[[str], Person | None] | None = None
        """Who has a name, on the page of a team; None: the local operator is alone."""
        self.files: PageFiles | None = None

    @property
    def runner(self) -> Runner:
        """The only door to the state machine."""
        if self._runner is None:
            raise InputError("The server is still starting.", "Try again in a moment.")
        return self._runner

    async def connect(self, runner: Runner) -> None:
        """Use this runner from now on."""
        self._runner = runner
        self._learning = asyncio.create_task(asyncio.to_thread(classifier.learn))
        await asyncio.to_thread(sweep, self.settings.home)
        await self.relist()

    async def relist(self) -> None:
        """Look at the list of projects again."""
        self.infos = await self.runner.sessions()

    def keep_open(self, project: Project, key: str) -> None:
        """Find a project by this key from now on; tabs that know an earlier one find it too."""
        self._open[key], project.key = project, key

    def drop(self, key: str) -> None:
        """Forget a project that was deleted; its tabs show a new one."""
        self._open.pop(key, None)

    async def close(self) -> None:
        """Stop what runs; every project can be resumed later."""
        tasks = [p.task for p in self._open.values() if p.task and not p.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._runner = None

    def person(self) -> Person | None:
        """Who acts now; None: the local operator.

        Raises:
            RoleError: nobody has logged in.
        """
        if self.team is None:
            return None
        person = self.team(name_here())
        if person is None:
            raise RoleError("You are not logged in any more.", "Log in again.")
        return person

    def who(self) -> str:
        """Name of who acts now; empty: the local operator."""
        person = self.person()
        return person.name if person else ""

    def actor(self) -> str:
        """Name of who acts now on records: the local operator has one there too."""
        return self.who() or self.settings.actor

    def hear(self, project: Project, text: str) -> None:
        """Show what who acts now has said."""
        project.heard(text, self.who())

    async def keep(self, project: Project, said: str, *told: str) -> None:
        """Write down an exchange that moved nothing, so that a restart does not lose it."""
        if project.view is not None and (said or told):
            await self.runner.keep_words(project.view.session, self.actor(), said, *told)

    def listed(self) -> list[SessionInfo]:
        """Projects that are open to who acts now."""
        person = self.person()
        return [info for info in self.infos if may_open(person, info)]

    def check_owner(self, project: Project) -> None:
        """Refuse a deed that is not for stewards who only look at a project.

        Raises:
            RoleError: the project is somebody else's.
        """
        person = self.person()
        if person is not None and person.name != project.owner:
            raise RoleError(
                f"Only {project.owner}, whose project it is, can do that.",
                "You can approve it, send it back with a reason, or ask.",
            )

    def serves(self, path: Path, person: Person) -> bool:
        """Whether a file on the page belongs to a project that is open to a person."""
        holders = [p for p in self._open.values() if path in p.downloads or path in p.drawn]
        return any(self._is_open_to(person, project) for project in holders)

    def _is_open_to(self, person: Person | None, project: Project) -> bool:
        if person is None or person.name == project.owner:
            return True
        with contextlib.suppress(InputError):  # a draft, or deleted by the operator
            return may_open(person, self.runner.info(project.key))
        return False

    def draft(self) -> Project:
        """A new project that has no data yet."""
        project = Project(key=f"new-{secrets.token_hex(8)}", owner=self.who())
        self._open[project.key] = project
        return project

    async def find(self, key: str) -> Project:
        """An open project, or one reopened from its checkpoints; every click comes through here.

        Raises:
            InputError: no project that is open to who acts now has this key.
        """
        project = await self._find(key)
        if not self._is_open_to(self.person(), project):
            raise InputError("There is no such project.", "Choose one from the list.")
        return project

    async def _find(self, key: str) -> Project:
        if key in self._open:
            return self._open[key]
        if not key or key.startswith("new-"):
            raise InputError("There is no open project.", "Add a file and press Start.")
        info = self.runner.info(key)
        view = await self.runner.view(key)
        project = Project(
            key=key, session=key, owner=info.owner, title=info.title, view=view, messages=[]
        )
        project.history = History(await self.runner.history(key))
        await self._draw(project)
        telling.retell(project, await self.runner.conversation(key), self.settings.actor)
        return self._open.setdefault(view.session, project)

    async def glance(self, project: Project) -> None:
        """Look at a project again if something was sent, said at a gate, or happened in a run."""
        await judge(project, self.runner)
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
        if project.view is not None:
            raise InputError("This project has begun already.", "Open a new project instead.")
        if not project.files:
            raise InputError("There is no table yet.", "Add a file, then press Start.")
        request = demo_data.wish() if project.demo else Changes()
        runner, files, prompt = self.runner, list(project.files), project.prompt
        owner = project.owner

        async def work(hear: OnEvent) -> SessionView:
            def heard(event: Event) -> None:
                if session := event.data.get("session"):
                    project.session = session
                    model_deeds.begun(project, self, session)
                hear(event)

            return await runner.start(
                files,
                request,
                seed=seed,
                prompt=prompt,
                join_on=join_on,
                owner=owner,
                title=project.title,
                codebook=project.agreed,
                on_event=heard,
            )

        self._launch(project, work)
        self.hear(project, f"Start with {' + '.join(file.name for file in files)}.")
        if project.codebook is not None and project.agreed is None:
            project.say("The codebook was not confirmed, so it is not used.")

    def answer(self, project: Project, gate: str, answer: Answer, words: str = "") -> None:
        """Answer the open card and go on.

        Raises:
            StaleApprovalError: the card has been answered, or another one is open.
            RoleError: the release of a team's project takes somebody else.
        """
        view = project.view
        if not gate or view is None or gate != project.gate:
            raise StaleApprovalError(
                "This card has been answered already, or another one is open now.",
                "Nothing was changed by this click.",
            )
        runner, session = self.runner, view.session
        answer = answer.model_copy(update={"actor": self.settings.actor})
        person = self.person()
        check_release(view.proposal, answer, project.owner, person)

        async def work(hear: OnEvent) -> SessionView:
            return await runner.answer(session, gate, answer, person=person, on_event=hear)

        self._launch(project, work, answer.comment)
        if view.proposal is not None and answer.verdict != "question":
            telling.record(project, view.proposal)
        if words:
            self.hear(project, words)

    async def soon(self, project: Project) -> None:
        """Wait a moment: what takes no longer is told with the click itself."""
        if project.task is not None:
            await asyncio.wait([project.task], timeout=A_MOMENT_S)

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
        self.check_owner(project)
        if project.busy or project.view is None:
            raise SessionBusyError("Something is running.", "Stop it first, then go back.")
        project.confirm = None
        who = self.who()
        project.view = await self.runner.revert(project.view.session, checkpoint, who)
        project.downloads = []
        telling.gone_back(project, who)
        telling.announce(project)
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
        place = page_folder(self.settings.home) / "downloads" / project.view.session
        folder = place / secrets.token_hex(16)
        folder.mkdir(parents=True, mode=0o700)
        await self.runner.export(project.view.session, folder)
        project.downloads = _files(folder)
        for old in place.iterdir():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)

    def _launch(self, project: Project, work: Work, said: str = "") -> None:
        if project.busy:
            raise SessionBusyError("I am still working on the last step.", "Wait, or stop it.")
        project.confirm = None
        project.activity, project.jobs = [], {}
        project.task = asyncio.create_task(self._carry(project, work, said))

    async def _carry(self, project: Project, work: Work, said: str) -> None:
        try:
            project.view = await work(project.hear)
            telling.fold(project)
            telling.announce(project)
            if project.view.status == "finished":
                await self.prepare(project)
        except SynthCraftError as error:
            telling.fold(project)
            project.say(f"**That did not work.** {md(error.message)} {md(error.hint)}")
            with contextlib.suppress(SynthCraftError):
                await self.keep(project, said, f"That did not work. {error.message} {error.hint}")
        except asyncio.CancelledError:
            telling.fold(project)
            project.say(
                "Stopped. Finished work is kept. Press **Go on** when you want to continue."
            )
        except Exception as error:
            # The text of an unexpected error may quote data: only its kind is logged or shown.
            log.error("unexpected %s while a project ran", type(error).__name__)
            telling.fold(project)
            project.say(
                f"**Something went wrong on our side** ({type(error).__name__}). "
                "Finished work is kept; press **Go on** to try again."
            )
        await self._refresh(project)

    async def _refresh(self, project: Project) -> None:
        with contextlib.suppress(SynthCraftError):
            if project.session and project.files:
                await adopt(self, project)
        with contextlib.suppress(SynthCraftError):
            if project.view is not None:
                project.view = await self.runner.view(project.view.session)
                project.history = History(await self.runner.history(project.view.session))
            await self.relist()
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
        from synthcraft.tools.audit import ledger_path

        path = ledger_path(self.settings.home, project.key)
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


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
