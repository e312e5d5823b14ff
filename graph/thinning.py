"""Take checkpoints out of the database without breaking the lineage; all at once or not at all.

A thread of its own does it, as for the list of projects: nobody waits for the event loop while the
database is locked.
"""

from __future__ import annotations

from collections.abc import Mapping

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.database import Database, marks

_HERE = "thread_id = ? AND checkpoint_ns = ''"
_FOLLOWED = f"checkpoint_id IN (SELECT parent_checkpoint_id FROM checkpoints WHERE {_HERE})"
"""Checkpoints that another follows: that one holds all that tasks wrote."""
_JOIN = (
    f"UPDATE checkpoints SET parent_checkpoint_id = ? WHERE {_HERE} AND parent_checkpoint_id = ?"
)


class Thinned(Frozen):
    """What was taken out of a project."""

    checkpoints: int = 0
    writes: int = 0
    """What tasks wrote at a step, held by the checkpoint after it."""
    bytes: int = 0


def thin(
    database: Database, session: str, gone: Mapping[str, str | None], dry_run: bool = False
) -> Thinned:
    """Delete checkpoints of a project whose lock is held, and writes that the next one holds.

    Args:
        database: of the workspace.
        session: the project.
        gone: checkpoint -> the one before; those after are joined to what stays.
        dry_run: undo it at the end.
    """
    names = sorted(gone)
    there = f"checkpoint_id IN ({marks(names)})"
    with database.together(keep=not dry_run) as run:
        for name in names:
            run(_JOIN, (_before(name, gone), session, name))
        writes = run(
            f"DELETE FROM writes WHERE {_HERE} AND ({there} OR {_FOLLOWED})"
            " RETURNING length(value)",
            (session, *names, session),
        )
        checkpoints = run(
            f"DELETE FROM checkpoints WHERE {_HERE} AND {there} RETURNING length(checkpoint)",
            (session, *names),
        )
    size = sum(row[0] or 0 for row in (*writes, *checkpoints))
    return Thinned(checkpoints=len(checkpoints), writes=len(writes), bytes=size)


def threads(database: Database) -> set[str]:
    """Everything that has checkpoints, whether the list of projects knows it or not."""
    return {str(row[0]) for row in database.run("SELECT DISTINCT thread_id FROM checkpoints")}


def _before(name: str, gone: Mapping[str, str | None]) -> str | None:
    """The last checkpoint before one that goes that stays."""
    before = gone[name]
    while before in gone:
        before = gone[str(before)]
    return before
