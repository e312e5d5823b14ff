"""Carry a project from gate to gate until it ends, waits for a person or is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synthcraft.graph.errors import InputError, SynthCraftError
from synthcraft.ui.cli_errors import BAD_INPUT, BUG, DONE, WAITING, print_error
from synthcraft.ui.cli_output import print_json, print_results
from synthcraft.ui.cli_screen import Screen

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
        outcome = asyncio.run(_drive(settings, begin, keeper, screen, out))
    if as_json:
        print_json(outcome.results)
    elif outcome.view.status in _ENDED:
        print_results(outcome.view, outcome.files)
    _say_how_it_ended(outcome.view, screen, as_json)
    return exit_code(outcome.view)


async def _drive(
    settings: Settings, begin: Begin, keeper: Gatekeeper, screen: Screen, out: Path | None
) -> Outcome:
    from synthcraft.graph.runner import open_runner

    async with open_runner(settings) as runner:
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
        except asyncio.CancelledError:
            screen.pause()
            view = await _interrupted(runner, screen.session, known)
        files: dict[str, str] = {}
        if view.status in _ENDED or out is not None:
            files = await runner.export(view.session, out or Path("out") / view.session)
        results = {**await runner.results(view.session), "status": view.status}
        return Outcome(view, {**results, "error": view.error} if view.error else results, files)


async def _interrupted(runner: Runner, session: str, known: set[str]) -> SessionView:
    """The project that Ctrl-C stopped: what its checkpoints hold is kept."""
    new = [info.session for info in await runner.sessions() if info.session not in known]
    session = session or next(iter(new), "")
    view = await runner.view(session) if session else None
    if view is None or not view.checkpoint:
        raise KeyboardInterrupt
    if view.status in (*_ENDED, "waiting"):
        return view
    return view.model_copy(update={"session": session, "status": "interrupted"})


def exit_code(view: SessionView) -> int:
    """The exit code of the design for a project's status."""
    if view.status == "failed":
        return BAD_INPUT if _from_input((view.error or {}).get("code", "")) else BUG
    return DONE if view.status in _ENDED else WAITING


def _from_input(code: str) -> bool:
    """Whether an error of this code comes from the person's input."""
    kinds: list[type[SynthCraftError]] = [InputError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return code in {kind.code for kind in kinds}


def _say_how_it_ended(view: SessionView, screen: Screen, as_json: bool) -> None:
    resume = f"synthcraft sessions resume {view.session}"
    if view.status == "waiting":
        screen.say(f"The project waits at the gate {view.waiting_for}. Go on with: {resume}")
    elif view.status == "failed" and not as_json:
        error = view.error or {"message": view.message or "The project failed."}
        print_error(SynthCraftError(error.get("message", ""), error.get("hint", "")), False)
    elif view.status not in _ENDED:
        screen.say(f"Interrupted; what is done is kept. Go on with: {resume}")
