"""Pilots: on the card of costly generators, in what is recorded, and from the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, Event, SessionView
from synthcraft.ui.cli import app

Approve = Callable[[Runner, SessionView, str | None], Awaitable[SessionView]]


async def test_a_costly_generator_runs_a_pilot_before_anybody_is_asked(
    runner: Runner, clinic_csv: Path, approve: Approve
) -> None:
    asked = Changes(
        target="stroke",
        include=("nflow", "cart"),
        parameters={"nflow": {"n_iter": 50_000}},
        budget_minutes=2,
    )
    view = await runner.start([clinic_csv], asked, seed=1, unattended=True)
    view = await approve(runner, view, "intent")
    events: list[Event] = []
    yes = Answer(verdict="approve", actor="Dr Test")
    view = await runner.answer(view.session, view.interrupt_id or "", yes, on_event=events.append)
    view = await approve(runner, view, "parameters")
    told = [event for event in events if event.subject == "nflow-1" and "1 of 1" in event.text]
    assert told[0].text.startswith("Tries nflow")
    shares = [event.fraction for event in told if event.fraction is not None]
    assert shares[0] == 0 and shares[-1] == 1 and any(0 < share < 1 for share in shares)
    assert view.proposal is not None
    lines = [line for line in view.proposal.lines if "a pilot (" in line]
    assert len(lines) == 1 and lines[0].startswith("nflow")  # cart costs less than its pilot would
    assert "passes on 215 rows" in lines[0] and "passes (n_iter) would fit" in lines[0]
    assert any("nflow will not be started" in line for line in view.proposal.lines)
    view = await approve(runner, view, "generation")
    nflow, cart = sorted(view.candidates, key=lambda c: c.status, reverse=True)
    assert (nflow.generator, nflow.status) == ("nflow", "refused")
    assert (cart.generator, cart.status) == ("cart", "ok")
    assert nflow.predicted_seconds and nflow.predicted_seconds > 120
    assert cart.predicted_seconds is not None
    assert view.proposal is not None
    made = next(row for row in view.proposal.table if row["status"] == "ok")
    assert made["rows accepted"] == "100 %"


def test_the_command_prints_what_was_predicted_and_what_it_took(
    clinic_csv: Path, tmp_path: Path
) -> None:
    words = ["generators", "pilot", str(clinic_csv), "--home", str(tmp_path / "home")]
    said = CliRunner().invoke(app, [*words, "--engine", "cart", "--run"])
    assert said.exit_code == 0, said.output
    assert "predicted" in said.output and "actual" in said.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "no such"], "no generator called"),
        (["--engine", "cart", "--passes", "5"], "has no parameter"),
        (["--engine", "nflow", "--passes", "0"], "--passes"),
        (["--engine", ","], "Name a generator"),
    ],
)
def test_what_cannot_be_piloted_is_said(
    clinic_csv: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    place = ["generators", "pilot", str(clinic_csv), "--home", str(tmp_path / "home")]
    result = CliRunner().invoke(app, [*place, *words])
    assert result.exit_code != 0
    assert said in result.output + str(result.exception)
