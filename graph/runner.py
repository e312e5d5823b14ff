"""The runner: start, answer, resume, revert, stop. The only door for the page and the harness."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from langgraph.types import Command

from synthcraft.agents.language.stream import Tell, untold
from synthcraft.graph import lookups, talk
from synthcraft.graph.build import compile_graph
from synthcraft.graph.compare import Difference, compare
from synthcraft.graph.contracts import Changes
from synthcraft.graph.database import Database, database_of
from synthcraft.graph.deletion import Deleted, Place, delete_project, forget
from synthcraft.graph.deps import Deps, Settings, make_deps
from synthcraft.graph.detours import reopening, skipping
from synthcraft.graph.drift import over
from synthcraft.graph.errors import InputError, StaleApprovalError, StoreError, SynthCraftError
from synthcraft.graph.heard import Heard
from synthcraft.graph.history import Read, config_of, fork, is_finished, lineage
from synthcraft.graph.home import bound
from synthcraft.graph.intake_tables import kept_codebook
from synthcraft.graph.memory import keep
from synthcraft.graph.naming import checked_name
from synthcraft.graph.persistence import Checkpointer
from synthcraft.graph.project_index import ProjectIndex
from synthcraft.graph.project_locks import ProjectLocks
from synthcraft.graph.receive import new_session
from synthcraft.graph.records import Inbox, Plan
from synthcraft.graph.snapshots import events_of, state_of, view_of
from synthcraft.graph.state import Delta, RunState
from synthcraft.graph.team import Person, check_release, handed_over, makers_of
from synthcraft.graph.views import Answer, Event, HistoryLine, SessionInfo, SessionView
from synthcraft.tools.disclosure.project import listed_source

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import StateSnapshot

    from synthcraft.agents.language.base import UserTurn
    from synthcraft.agents.sheets import Sheets
    from synthcraft.graph.replay import Replay
    from synthcraft.graph.views import Turn
    from synthcraft.tools.codebook import Codebook
    from synthcraft.tools.pack.levels import Level
    from synthcraft.tools.report.forms import Form
    from synthcraft.tools.report.interactive import PageFigure

T = TypeVar("T")
OnEvent = Callable[[Event], None]


def _silent(event: Event) -> None:
    """Nobody listens."""


@asynccontextmanager
async def open_runner(settings: Settings) -> AsyncIterator[Runner]:
    """A runner on a workspace; closes database and workers at the end."""
    deps, database = make_deps(settings), database_of(settings)
    async with database.opened() as saver:
        index = await asyncio.to_thread(bound, database, settings.home)
        locks = database.locks(settings.home / "locks")
        runner = Runner(deps, compile_graph(saver), database, index, locks)
        try:
            yield runner
        finally:
            await deps.jobs.close()


@dataclass
class Runner:
    """Runs projects; every call that moves one holds its lock."""

    deps: Deps
    graph: CompiledStateGraph[Any, Any, Any, Any]
    database: Database
    index: ProjectIndex
    locks: ProjectLocks[Any]
    heard: Heard = field(default_factory=Heard)
    read: defaultdict[str, Read] = field(default_factory=lambda: defaultdict(Read))

    async def start(
        self,
        paths: Sequence[Path],
        request: Changes | None = None,
        *,
        seed: int = 0,
        prompt: str = "",
        columns: tuple[str, ...] = (),
        join_on: str | None = None,
        plan: Plan | None = None,
        unattended: bool = False,
        owner: str = "",
        title: str = "",
        codebook: Codebook | None = None,
        on_event: OnEvent = _silent,
    ) -> SessionView:
        """Begin a project and run to its first gate; without an owner it is the operator's.

        Raises:
            InputError: the files or the request cannot be used; no project is left behind.
        """
        session, title = new_session(), checked_name(title) if title else ""
        name = " + ".join(path.name for path in paths)
        state: RunState = {
            "session": session,
            "seed": seed,
            "prompt": prompt,
            "unattended": unattended,
            "request": request or Changes(),
            "inbox": Inbox(
                paths=tuple(str(Path(p).resolve()) for p in paths),
                columns=columns,
                join_on=join_on,
                codebook=kept_codebook(codebook, self.deps),
            ),
        }
        if plan is not None:
            state["plan"] = plan
        await asyncio.to_thread(self.index.add, session, name, owner, title)
        on_event(Event(kind="message", text=f"Reading {name}.", data={"session": session}))
        async with self.locks.hold(session):
            try:
                await self._run(session, state, on_event)
            except InputError:
                snapshot = await self._snapshot(session)
                if "source" not in snapshot.values:
                    await forget(self._saver, self.index, session)
                raise
            return await self._settle_view(session, on_event)

    async def answer(
        self,
        session: str,
        interrupt_id: str,
        answer: Answer,
        *,
        person: Person | None = None,
        on_event: OnEvent = _silent,
    ) -> SessionView:
        """Answer the open gate and run to the next one; the name of a person goes on record.

        Raises:
            StaleApprovalError: that gate is not the open one (any more).
            RoleError: the release of a team's project takes somebody else.
            InputError: the changes cannot be made; the gate stays open.
        """
        session = self.index.find(session)
        async with self.locks.hold(session):
            snapshot = await self._snapshot(session)
            if interrupt_id not in {i.id for i in snapshot.interrupts}:
                raise StaleApprovalError(
                    "This question has been answered already, or the project has moved on.",
                    "Look at the question that is open now.",
                )
            if person is not None:
                answer = answer.model_copy(update={"actor": person.name})
            state, owner = state_of(snapshot), self.index.one(session).owner
            check_release(state.get("proposal"), answer, owner, person, makers_of(state))
            checked = await lookups.checked(self.deps, state, answer)
            command: Command[str] = Command(resume={interrupt_id: checked.model_dump(mode="json")})
            await self._run(session, command, on_event)
            return await self._settle_view(session, on_event)

    async def resume(self, session: str, *, on_event: OnEvent = _silent) -> SessionView:
        """Go on after a crash, a stop or a revert; at an open gate this only looks."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            snapshot = await self._snapshot(session)
            if not snapshot.interrupts and not is_finished(snapshot):
                await self._run(session, None, on_event)
            return await self._settle_view(session, on_event)

    async def revert(self, session: str, checkpoint: str, actor: str = "") -> SessionView:
        """Make an earlier checkpoint the head; nothing runs and nothing is lost.

        On record is the actor; where none is named, that of the settings.
        """
        session = self.index.find(session)
        async with self.locks.hold(session):
            with self.database.told_plainly():
                head = await fork(self.graph, session, checkpoint, self.read[session])
            snapshot = await self._snapshot(session)
            lookups.note_revert(self.deps, state_of(snapshot), head, actor)
            if snapshot.next and snapshot.next[0] == "approval":
                await self._run(session, None, _silent)  # asks the same question under a new id
            return await self._settle_view(session, _silent)

    async def skip(
        self, session: str, episode: str, reason: str, actor: str, *, on_event: OnEvent = _silent
    ) -> SessionView:
        """Leave the current episode out for a reason, and run to the next gate.

        Raises:
            InputError: the episode is mandatory or not at its turn, or there is no reason.
        """
        left = partial(skipping, deps=self.deps, episode=episode, reason=reason, actor=actor)
        return await self._redirect(session, left, on_event)

    async def reopen(
        self, session: str, episode: str, actor: str, *, on_event: OnEvent = _silent
    ) -> SessionView:
        """Open a closed episode again, with what rests on it, and run to the next gate.

        Raises:
            InputError: the episode is not closed.
        """
        reopened = partial(reopening, deps=self.deps, episode=episode, actor=actor)
        return await self._redirect(session, reopened, on_event)

    async def replay(self, session: str) -> Replay:
        """Repeat every choice of the router on the current branch; changes nothing."""
        session = self.index.find(session)
        state = state_of(await self._snapshot(session))
        config = cast("RunnableConfig", config_of(session))
        with self.database.told_plainly():
            past = [s.values.get("counts", {}) async for s in self.graph.aget_state_history(config)]
        return await asyncio.to_thread(lookups.replay, self.deps, state, past)

    async def view(self, session: str) -> SessionView:
        """Where a project stands."""
        return view_of(await self._snapshot(self.index.find(session)))

    async def history(self, session: str) -> list[HistoryLine]:
        """Every checkpoint in words, oldest first."""
        session = self.index.find(session)
        lines = await lineage(self.graph, session, self.read[session])
        return await asyncio.to_thread(talk.named, lines, lookups.log_of(self.deps, session))

    async def conversation(self, session: str) -> list[Turn]:
        """What was said and done on every branch, the oldest first."""
        session = self.index.find(session)
        lines, log = await self.history(session), lookups.log_of(self.deps, session)
        return await asyncio.to_thread(talk.conversation, lines, self.read[session].turns, log)

    async def keep_words(self, session: str, actor: str, said: str, *told: str) -> None:
        """Write down an exchange that moved nothing, so that it can be told again."""
        head = (await self.view(session)).audit_head
        log = lookups.log_of(self.deps, self.index.find(session))
        await asyncio.to_thread(talk.keep_words, log, head, actor, said, told)

    async def compare(self, session: str, one: str, other: str) -> tuple[Difference, ...]:
        """What differs between two checkpoints; changes nothing.

        Raises:
            NotFoundError: the project has no such checkpoint.
        """
        with self.database.told_plainly():
            session = self.index.find(session)
            return await compare(self.graph, session, one, other, self.read[session])

    async def sessions(self) -> list[SessionInfo]:
        """Every project, the newest first."""
        return await asyncio.to_thread(self.index.all)

    def info(self, session: str) -> SessionInfo:
        """The line of one project in the list, by its full id."""
        return self.index.one(session)

    async def rename(self, session: str, title: str) -> None:
        """Give a project another name, if it is neither empty nor too long."""
        await asyncio.to_thread(self.index.rename, self.index.find(session), checked_name(title))

    async def delete(self, session: str, actor: str = "") -> Deleted:
        """Delete a project and every file that no other uses; that it was stays in a log."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            state = state_of(await self._snapshot(session))
            place = Place(self.deps, self.database, self._saver, self.index, self.locks, self.heard)
            deleted = await delete_project(place, session, state, actor)
        self.locks.forget(session)
        self.read.pop(session, None)
        return deleted

    async def export(self, session: str, out: Path, level: Level | None = None) -> dict[str, str]:
        """Write a project's files into a folder, or its evidence pack of a level."""
        return await self.look(session, lookups.export, out, level)

    async def report_html(self, session: str) -> str:
        """The report as it stands now."""
        return (await self.report(session, "html")).decode()

    async def report(self, session: str, form: Form) -> bytes:
        """The report as it stands now, in a form."""
        return await self.look(session, lookups.report, form)

    async def figures(self, session: str) -> tuple[PageFigure, ...]:
        """The figures as they stand now; an interactive page draws them."""
        return await self.look(session, lookups.figures)

    async def sheets(self, session: str) -> Sheets | None:
        """What the table is and what can be done with it, as it stands now."""
        state = state_of(await self._snapshot(self.index.find(session)))
        return await lookups.sheets(self.deps, state)

    async def results(self, session: str) -> dict[str, Any]:
        """The machine-readable results as they stand now."""
        return await self.look(session, lookups.results)

    async def ask(self, session: str, question: str, tell: Tell = untold) -> str:
        """Answer a question from typed facts, told sentence by sentence; changes nothing."""
        snapshot = await self._snapshot(self.index.find(session))
        return await lookups.answer(self.deps, state_of(snapshot), question, tell)

    async def understand(self, session: str, utterance: str) -> UserTurn:
        """What a sentence means at the open gate of a project."""
        session = self.index.find(session)
        snapshot = await self._snapshot(session)
        lines = await self.history(session)
        view, state = view_of(snapshot), state_of(snapshot)
        return await lookups.understand(self.deps, view, state, lines, utterance, self.heard)

    async def _redirect(
        self, session: str, decide: Callable[[RunState], Delta], on_event: OnEvent
    ) -> SessionView:
        """A decision outside the open gate: the gate closes unanswered, the router goes on."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            snapshot = await self._snapshot(session)
            if not snapshot.interrupts and not is_finished(snapshot):
                raise InputError(
                    f"The project {session} stopped in the middle of a step.",
                    f"Go on with it first: synthcraft sessions resume {session}",
                )
            delta = decide(state_of(snapshot))
            config = cast("RunnableConfig", config_of(session))
            with self.database.told_plainly():
                # No answer stands after it, so the edge of `settle` leads to the router.
                await self.graph.aupdate_state(config, delta.updates(), as_node="settle")
            await self._run(session, None, on_event)
            return await self._settle_view(session, on_event)

    async def look(self, session: str, look: Callable[..., Awaitable[T]], *about: Any) -> T:
        """What somebody makes of a project as it stands now: of its view and its state."""
        snapshot = await self._snapshot(self.index.find(session))
        return await look(self.deps, view_of(snapshot), state_of(snapshot), *about)

    async def _snapshot(self, session: str) -> StateSnapshot:
        with self.database.told_plainly():
            return await self.graph.aget_state(config_of(session))  # type: ignore[arg-type]

    async def _run(self, session: str, graph_input: Any, on_event: OnEvent) -> None:
        config = config_of(session) | {"recursion_limit": self.deps.settings.recursion_limit}
        stream = self.graph.astream(
            graph_input,
            cast("RunnableConfig", config),
            context=replace(self.deps, user=self.index.one(session).owner),
            stream_mode=["custom", "updates"],
            durability="sync",
        )
        try:
            with self.database.told_plainly():
                async for mode, chunk in stream:
                    for event in events_of(mode, chunk):
                        on_event(event)
        except BaseException as error:
            if isinstance(error, SynthCraftError):
                on_event(Event(kind="error", text=str(error), data=dict(error.payload())))
            with suppress(StoreError):  # the list can wait, what happened is told first
                await asyncio.shield(self._note_interrupted(session))
            raise

    async def _settle_view(self, session: str, on_event: OnEvent) -> SessionView:
        snapshot = await self._snapshot(session)
        view = view_of(snapshot)
        state = state_of(snapshot)
        stands = (view.status, listed_source(state), view.waiting_for or "")
        await asyncio.to_thread(self.index.update, session, *stands)
        if (stewards := handed_over(view)) is not None:
            await asyncio.to_thread(self.index.hand_over, session, stewards)
        if over(state) and await asyncio.to_thread(self.index.claim_learning, session):
            await asyncio.to_thread(keep, self.deps.settings, state)
        if view.proposal is not None:
            on_event(Event(kind="gate", text=view.proposal.title))
        elif view.status in ("finished", "stopped", "failed"):
            on_event(Event(kind="done", text=view.message))
        return view

    async def _note_interrupted(self, session: str) -> None:
        source = listed_source(state_of(await self._snapshot(session)))
        await asyncio.to_thread(self.index.update, session, "interrupted", source)

    @property
    def _saver(self) -> Checkpointer:
        return cast("Checkpointer", self.graph.checkpointer)
