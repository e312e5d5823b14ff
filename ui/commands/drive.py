"""Carry a project from gate to gate until it ends, waits for a person or is interrupted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synthcraft.graph.errors import ClusterError, QueueFullError, StoreError
from synthcraft.ui.commands.errors import BAD_INPUT, DONE, WAITING
from synthcraft.ui.commands.output import print_json, print_results
from synthcraft.ui.commands.screen import Screen

if TYPE_CHECKING:
    from synthcraft.graph.deps import Settings
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView

_ENDED = ("finished", "stopped", "failed")
Begin = Callable[["Runner", Screen], Awaitable["SessionView"]]


class Gatekeeper(Protocol):
    """Decides at gates: a person at the terminal, or a named auto-approver."""

    async def __call__(
        self, runner: Runner, view: SessionView, screen: Screen
    ) -> SessionView | None:
        """The project after the answer; None leaves the gate open for later."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Where a project stands when the command returns."""

    view: SessionView
    results: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)


def carry_out(
    settings: Settings, begin: Begin, keeper: Gatekeeper, out: Path | None, as_json: bool
) -> int:
    """Run a project as far as it goes, print what came out, and return the exit code."""
    with Screen() as screen:
        outcome = asyncio.run(_drive(settings, begin, keeper, screen, out, as_json))
    if as_json:
        print_json(outcome.results)
    elif outcome.view.status in _ENDED:
        print_results(outcome.view, outcome.files)
    _say_how_it_ended(outcome.view, screen)
    return exit_code(outcome.view)


async def _drive(
    settings: Settings,
    begin: Begin,
    keeper: Gatekeeper,
    screen: Screen,
    out: Path | None,
    as_json: bool,
) -> Outcome:
    from synthcraft.graph.runner import open_runner

    async with open_runner(settings) as runner:
        if runner.deps.language.sends:
            screen.say(
                f"Your sentences may be sent to a language model ({runner.deps.language.name}); "
                "what was sent: synthcraft ledger. Off with --llm none."
            )
        known = {info.session for info in await runner.sessions()}
        try:
            view = await begin(runner, screen)
            screen.session = view.session
            while view.status == "waiting":
                screen.pause()
                next_view = await keeper(runner, view, screen)
                if next_view is None:
                    break
                view = next_view
        except (ClusterError, QueueFullError, StoreError) as error:
            # No fault of the project, which stays where it stands.
            if screen.session and error.code != "E_ARTIFACT_CHANGED":
                error.hint = f"{error.hint} Go on with: {_resume(screen.session)}".strip()
            raise
        except asyncio.CancelledError:
            screen.pause()
            view = await _interrupted(runner, screen.session, known)
        if view.status in _ENDED or out is not None:
            folder = out or Path("out") / view.session
            files = await runner.export(view.session, folder)
            return Outcome(view, json.loads((folder / "results.json").read_bytes()), files)
        return Outcome(view, await runner.results(view.session) if as_json else {})


async def _interrupted(runner: Runner, session: str, known: set[str]) -> SessionView:
    """The project that Ctrl-C stopped; one that had not read its table yet is taken back."""
    new = [info.session for info in await runner.sessions() if info.session not in known]
    view = await runner.view(session or new[0]) if session or new else None
    if view is None or not view.name:
        for begun in new[:1]:
            await runner.delete(begun)
        raise KeyboardInterrupt
    return view


def exit_code(view: SessionView) -> int:
    """The exit code of the design for a project's status."""
    if view.status == "failed":
        return BAD_INPUT
    return DONE if view.status in _ENDED else WAITING


def _resume(session: str) -> str:
    return f"synthcraft sessions resume {session}"


def _say_how_it_ended(view: SessionView, screen: Screen) -> None:
    resume = _resume(view.session)
    if view.status == "waiting":
        screen.say(f"The project waits at the gate {view.waiting_for}. Go on with: {resume}")
    elif view.status == "failed":
        screen.say(view.message or "The project failed; its report says where.", "red")
    elif view.status not in _ENDED:
        screen.say(f"Interrupted; what is done is kept. Go on with: {resume}", "red")
