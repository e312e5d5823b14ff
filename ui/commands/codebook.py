"""A codebook on the command line: what was read of it is shown, and used only after a yes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError

if TYPE_CHECKING:
    from synthcraft.tools.codebook import Codebook
    from synthcraft.ui.commands.options import Approve
    from synthcraft.ui.commands.screen import Screen


async def ask_codebook(
    path: Path,
    data: Sequence[Path],
    columns: tuple[str, ...],
    join_on: str | None,
    approve: Approve,
    actor: str,
    screen: Screen,
) -> Codebook | None:
    """The codebook that somebody confirmed; None where they said no.

    Args:
        path: the codebook.
        data: the tables that it describes.
        columns: the columns that are kept; empty: all.
        join_on: key by which tables are joined.
        approve: whether a person is asked, or a named approver takes it.
        actor: who is asked.
        screen: where it is shown.

    Raises:
        InputError: a file cannot be read, or nobody is there to be asked.
    """
    from synthcraft.graph.approvers import auto_answer
    from synthcraft.graph.intake_tables import held_against
    from synthcraft.ui.codebook_view import HEADERS, rows
    from synthcraft.ui.commands.keepers import somebody_is_there
    from synthcraft.ui.commands.output import print_table
    from synthcraft.ui.terminal_gate import confirmed

    found = await asyncio.to_thread(held_against, path, data, columns, join_on)
    print_table(
        (dict(zip(HEADERS, row, strict=True)) for row in rows(found)),
        HEADERS,
        screen.console.file,
    )
    for note in found.notes:
        screen.say(note)
    if approve == "auto":
        by = auto_answer("command line").actor
        screen.say(f"The codebook was confirmed by {by}, not by a person.")
        return found.codebook.model_copy(update={"confirmed_by": by})
    if not somebody_is_there():
        raise InputError(
            "Nobody was there to confirm what was read of the codebook.",
            "Run it in a terminal, or with --approve auto.",
            code="E_CODEBOOK",
        )
    if not confirmed(screen, "Is this right, and should it be used?"):
        screen.say("The codebook is not used.")
        return None
    return found.codebook.model_copy(update={"confirmed_by": actor})
