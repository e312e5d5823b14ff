"""`synthcraft reproduce`: the recorded run once more, compared artefact by artefact."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import BUG, DONE
from synthcraft.ui.commands.sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.graph.rerun import Recorded
    from synthcraft.tools.pack.compare import Compared
    from synthcraft.tools.report.reproduce import Reproduction


def reproduce(
    what: Annotated[
        str, typer.Argument(help="Session id, or the folder of a pack.", metavar="SESSION|PACK")
    ],
    data: Annotated[
        list[Path] | None,
        typer.Option(help="The real data; each file is checked.", metavar="FILE"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the run, where the pack withholds it.", min=0)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to keep what was made again.", metavar="DIR")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Run the plan again; each artefact is bit-identical, statistically equal or different.

    Exit code 0: everything is bit-identical or statistically equal. 1: something is not.
    """
    from synthcraft.graph.rerun import lend_engines
    from synthcraft.tools.artifacts import hash_file
    from synthcraft.tools.pack.read import check_data
    from synthcraft.ui.commands.request import check_out

    told, results, tables, known, notes = _recorded(what, home)
    if not told.files:
        raise InputError(
            f"{what} holds no synthetic table, so there is nothing to reproduce.",
            "Go on with the project first, or look into README.md of the pack.",
        )
    files = [options.existing(path, "data file") for path in data or known]
    if not files:
        raise InputError(
            "The real data are not in a pack, and are no longer where the project read them.",
            "Give them with --data FILE.",
        )
    check_data(told, {path: hash_file(path) for path in files})
    check_out(out)
    with tempfile.TemporaryDirectory(prefix="synthcraft-") as work:
        folder = out or Path(work) / "out"
        run = _seed(told, seed)
        place = Path(work) / "home"
        lend_engines(told, options.read_settings(home).home, place)
        table = asyncio.run(_again(told, files, run, place, folder))
        notes += _fingerprint(told, table, home)
        found = _compared(told, results, tables, folder)
    notes += _reasons(told, seed, found)
    _tell(what, found, notes, as_json)
    raise typer.Exit(DONE if all(each.holds for each in found) else BUG)


def _recorded(
    what: str, home: Path | None
) -> tuple[Reproduction, dict[str, Any], dict[str, Path], list[Path], list[str]]:
    """Facts, numbers, tables, the data where they are known, and what is wrong with a pack."""
    from synthcraft.tools.pack.compare import read_results
    from synthcraft.tools.pack.read import damaged, read_reproduction

    folder = Path(what)
    if folder.is_dir():
        told = read_reproduction(folder)
        tables = {name: folder / name for name in told.files}
        return told, read_results(folder), tables, [], list(damaged(folder))

    async def look(runner: Any) -> Recorded:
        from synthcraft.graph.rerun import recorded

        return await recorded(runner, what)

    kept = with_runner(home, look)
    return kept.told, kept.results, kept.tables, kept.data, []


def _seed(told: Reproduction, given: int | None) -> int:
    """The recorded seed; where it is withheld the one that was given, or any."""
    return (given or 0) if told.seed == "withheld" else told.seed


async def _again(told: Reproduction, data: list[Path], seed: int, home: Path, out: Path) -> str:
    from synthcraft.graph.rerun import rerun
    from synthcraft.ui.commands.screen import Screen

    with Screen() as screen:
        return await rerun(told, data, seed, home, out, screen)


def _fingerprint(told: Reproduction, table: str, home: Path | None) -> list[str]:
    """Whether the data are those of the run, where no hash of a file could say so.

    Raises:
        InputError: they are not.
    """
    from synthcraft.tools.pack.levels import keyed
    from synthcraft.tools.signing import Keys

    if told.table.startswith("hmac:"):
        keys = Keys(options.read_settings(home).home)
        if keys.public is None or keyed(keys)(table) != told.table:
            return [
                "The fingerprint of the data is keyed: only the custodian's workspace can tell "
                "whether these are the data of the run."
            ]
    elif told.table != table:
        raise InputError(
            "The data are not the table of the recorded run: its SHA-256 differs.",
            "Give the files that the run was given.",
        )
    return []


def _compared(
    told: Reproduction, results: dict[str, Any], tables: dict[str, Path], out: Path
) -> list[Compared]:
    from synthcraft.tools.pack.compare import (
        Compared,
        compare_results,
        compare_tables,
        read_results,
    )
    from synthcraft.tools.report.same_bytes import SAME, compare_files, compare_fits

    found = [
        Compared(name=name, state=SAME)
        if state == SAME
        else compare_tables(name, tables.get(name), out / name)
        for name, state in compare_files(told.files, out).items()
    ]
    fits = compare_fits(told.fits, out).items()
    found += [Compared.model_validate({"name": name, "state": state}) for name, state in fits]
    return [*found, compare_results(results, read_results(out))]


def _reasons(told: Reproduction, seed: int | None, found: list[Compared]) -> list[str]:
    """What may lie behind a difference; nothing where there is none."""
    from synthcraft.tools.pack.compare import differences
    from synthcraft.tools.provenance import environment

    if all(each.state == "bit-identical" for each in found):
        return []
    notes = [f"{line}." for line in differences(told.environment, environment())]
    if told.seed == "withheld":
        given = "another was used" if seed is None else f"{seed} was given with --seed"
        notes.append(f"The pack withholds the seed of the run; {given}.")
    return notes or [
        "Versions and machine are those of the recorded run: an engine draws or rounds "
        "differently from run to run."
    ]


def _tell(what: str, found: list[Compared], notes: list[str], as_json: bool) -> None:
    from synthcraft.ui.commands.output import print_json, printable

    if as_json:
        artefacts = [each.model_dump() for each in found]
        holds = all(each.holds for each in found)
        print_json({"of": what, "reproduced": holds, "artefacts": artefacts, "notes": notes})
        return
    for each in found:
        typer.echo(printable(f"{each.state}: {each.name}{f'. {each.why}' if each.why else ''}"))
    for note in notes:
        typer.echo(printable(f"  {note}"))
