"""What is damaged in a workspace, and what can be done about it; nothing is thrown away.

What could be missed is moved into the folder `aside`. Deleted is only what means nothing without
the process that was writing it: half-written files, the work folders of dead jobs, free locks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from synthcraft.graph import repair_database, repair_files, repair_projects
from synthcraft.graph.damage import Damage, Ward
from synthcraft.graph.database import Database
from synthcraft.graph.errors import SynthCraftError

State = Literal["found", "mended", "left"]
Look = Callable[[Ward], Iterator[Damage]]
LOOKS: tuple[Look, ...] = (
    repair_database.log_without_database,
    repair_database.damaged,
    repair_database.left_over_log,
    repair_files.half_written,
    repair_files.work_folders,
    repair_files.records,
    repair_files.stored,
    repair_files.cut_lines,
    repair_files.policy,
    repair_projects.unlisted,
    repair_projects.never_begun,
    repair_projects.missing_files,
    repair_files.locks,
)
"""Everything that is looked at, in this order: each look sees what was mended before it."""


@dataclass(frozen=True)
class Mended:
    """What became of a damage; without `--repair` it was only found."""

    kind: str
    what: str
    message: str
    state: State
    hint: str
    grave: bool


def examine(home: Path, repair: bool, server: Database | None = None) -> Iterator[Mended]:
    """Look at a workspace, and with `repair` do what can be done.

    One that does not exist has no damage. What lies damaged inside of a database server is for
    its own tools; here its projects are held against the list, their steps and their files.

    Args:
        home: its folder.
        repair: do what can be done.
        server: what keeps its projects, if not a file in the folder.
    """
    ward = Ward(home, server)
    for look in LOOKS if home.is_dir() else ():
        for damage in look(ward):
            yield _treated(damage, repair)


def _treated(damage: Damage, repair: bool) -> Mended:
    if damage.mend is None:
        return _told(damage, "left")
    if not repair:
        return _told(damage, "found")
    try:
        return _told(damage, "mended", damage.mend())
    except SynthCraftError as error:
        return _told(damage, "left", error.message)
    except OSError as error:
        return _told(damage, "left", f"It could not be mended ({error.strerror}).")


def _told(damage: Damage, state: State, then: str = "") -> Mended:
    message = f"{damage.message} {then}".strip()
    grave = damage.grave and state != "mended"
    return Mended(damage.kind, damage.what, message, state, damage.hint, grave)
