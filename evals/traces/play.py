"""Carries a scripted person through a real project; what is kept is the project's own log."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from synthcraft.evals.traces.scenarios import ACTOR, YES, Scenario
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import GuardError
from synthcraft.ui.commands.demo_data import source_file, write_table

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView

ROWS = 1200
SEED = 1
CARDS = 40
"""More cards than any trace needs: a person who never ends would be a mistake in the script."""


class Played(BaseModel):
    """A project that a scripted person took part in.

    Attributes:
        log: entries of the audit log on the project's branch, oldest first.
        status: how it ended.
        message: the last sentence of the project.
        rows: rows of the table.
        columns: columns of the table.
    """

    model_config = ConfigDict(frozen=True)

    log: tuple[dict[str, Any], ...]
    status: str
    message: str
    rows: int
    columns: int


async def play(scenario: Scenario) -> Played:
    """Run a project in a workspace of its own, from the table to the person's last word."""
    from synthcraft.graph.runner import open_runner
    from synthcraft.tools.audit import audit_log

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        table = _some_rows(write_table(source_file(), home / "all"), home)
        settings = Settings(home=home / "home", actor=ACTOR, memory_mb=scenario.memory_mb)
        async with open_runner(settings) as runner:
            view = await runner.start(
                [table],
                scenario.request,
                seed=SEED,
                prompt=scenario.prompt,
                columns=scenario.columns,
            )
            view = await _to_the_end(runner, view, scenario)
            log = audit_log(settings.home, view.session)
            (listed,) = await runner.sessions()
        return Played(
            log=tuple(entry.body for entry in log.lineage(view.audit_head)),
            status=view.status,
            message=view.message,
            rows=listed.rows,
            columns=listed.columns,
        )


async def _to_the_end(runner: Runner, view: SessionView, scenario: Scenario) -> SessionView:
    visits: dict[str, int] = {}
    while view.status == "waiting":
        gate = place(view)
        visits[gate] = visits.get(gate, 0) + 1
        if sum(visits.values()) > CARDS:
            raise GuardError(f"The person of {scenario.name} never comes to an end.")
        answers = scenario.answers.get(gate, (YES,))
        answer = answers[min(visits[gate], len(answers)) - 1]
        view = await runner.answer(view.session, view.interrupt_id or "", answer)
    return view


def place(view: SessionView) -> str:
    """The gate that is open; with a question mark where the router asks something."""
    asked = view.proposal is not None and view.proposal.question
    return f"{view.waiting_for}{'?' if asked else ''}"


def _some_rows(table: Path, folder: Path) -> Path:
    """A random part of the table, small enough that a trace takes a minute."""
    head, *rows = table.read_text(encoding="utf-8").splitlines()
    chosen = np.sort(np.random.default_rng(SEED).choice(len(rows), ROWS, replace=False))
    part = folder / table.name
    part.write_text("\n".join([head, *(rows[i] for i in chosen)]) + "\n", encoding="utf-8")
    return part
