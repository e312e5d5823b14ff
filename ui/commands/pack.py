"""The evidence pack on the command line, for `synthcraft report --pack`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from synthcraft.ui.commands.options import Level
from synthcraft.ui.commands.sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner


def write_pack(
    session: str, level: Level, out: Path | None, home: Path | None, as_json: bool
) -> None:
    """Write the pack of a project into a folder of its own."""
    from synthcraft.ui.commands.output import print_json, printable

    folder = out or Path(f"pack-{session}-{level}")

    async def write(runner: Runner) -> dict[str, str]:
        return await runner.export(session, folder, level)

    files = with_runner(home, write)
    if as_json:
        print_json({"session": session, "pack": level, "folder": str(folder), "files": files})
    else:
        said = (
            f"Evidence pack ({level}), {len(files)} files: {folder}. README.md says what is in it."
        )
        typer.echo(printable(said))
