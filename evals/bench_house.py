"""How large the program is, by folder: a house that grows is seen to grow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from synthcraft.evals.bench import Line, Workbench, case

ROOMS = ("graph", "agents", "tools", "ui", "evals", "tests")
ROOT = Path(__file__).parents[1]


@case("house")
def house(bench: Workbench) -> Iterator[Line]:
    """Lines of Python in every folder, and of the files of the program."""
    return counted(ROOT)


def counted(root: Path) -> Iterator[Line]:
    """The same of another folder; an installed program has no tests."""
    rooms = {room: lines for room in ROOMS if (lines := _lines(root / room))}
    for room, lines in rooms.items():
        yield Line(
            name=f"Python in {room}",
            unit="thousand lines",
            values=(sum(lines) / 1000,),
            note=f"{len(lines)} files",
        )
    program = [float(n) for room, lines in rooms.items() if room != "tests" for n in lines]
    note = f"{len(program)} files, without tests"
    middle, longest = (median(program), max(program)) if program else (0.0, 0.0)
    yield Line(name="Median file", unit="lines", values=(middle,), below=130.0, note=note)
    yield Line(name="Longest file", unit="lines", values=(longest,), below=401.0, note=note)


def _lines(folder: Path) -> list[int]:
    """Of every file of a folder."""
    return [path.read_bytes().count(b"\n") for path in sorted(folder.rglob("*.py"))]
