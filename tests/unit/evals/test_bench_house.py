"""The size of the house is that of its files."""

from __future__ import annotations

from pathlib import Path

from synthcraft.evals.bench_house import ROOMS, ROOT, counted


def test_lines_are_counted_by_folder_and_tests_are_no_part_of_the_program(tmp_path: Path) -> None:
    for name, lines in (
        ("graph/a.py", 10),
        ("graph/b/c.py", 30),
        ("ui/d.py", 20),
        ("tests/e.py", 9),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n" * lines)
    (tmp_path / "ui" / "page.js").write_text("\n" * 500)
    found = {line.name: (line.values[0], line.note) for line in counted(tmp_path)}
    assert found == {
        "Python in graph": (0.04, "2 files"),
        "Python in ui": (0.02, "1 files"),
        "Python in tests": (0.009, "1 files"),
        "Median file": (20.0, "3 files, without tests"),
        "Longest file": (30.0, "3 files, without tests"),
    }


def test_our_files_stay_small() -> None:
    lines = list(counted(ROOT))
    assert len(lines) == len(ROOMS) + 2
    assert all(line.met is not False for line in lines), [line.cells() for line in lines]
