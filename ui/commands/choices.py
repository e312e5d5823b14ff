"""The router's choices as a table: what each was worth, how sure, and what came next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import typer

COLUMNS = ("step", "action", "net reward", "approval", "seen", "next best")


def print_choices(choices: Iterable[Mapping[str, Any] | None]) -> None:
    """A line for each choice, as dumped from a decision; those that are None are left out."""
    from synthcraft.ui.commands.output import print_table

    rows = [row(choice) for choice in choices if choice is not None]
    if rows:
        typer.echo(
            "Choices: expected net reward and probability of approval with 90 % intervals, "
            "observations behind them, and the two best alternatives."
        )
        print_table(rows, COLUMNS)


def row(choice: Mapping[str, Any]) -> dict[str, object]:
    """One choice in words and numbers."""
    others = (f"{x['action']} {x['score']:.2f}" for x in choice["alternatives"][:2])
    return {
        "step": choice["step"],
        "action": f"{choice['episode']}.{choice['action']}",
        "net reward": _with(choice["score"], choice["score_interval"]),
        "approval": _with(choice["confidence"], choice["interval"]),
        "seen": choice["evidence"],
        "next best": ", ".join(others) or "nothing else allowed",
    }


def _with(value: float, interval: tuple[float, float] | None) -> str:
    between = " ({:.2f} to {:.2f})".format(*interval) if interval else ""
    return f"{value:.2f}{between}"
