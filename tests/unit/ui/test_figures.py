"""Figures in a tab: what is chosen, what is shown, and the numbers as a private file."""

from __future__ import annotations

import csv
from pathlib import Path

from synthcraft.tools.report.charts.registry import charts
from synthcraft.tools.report.figure import Row
from synthcraft.tools.report.interactive import PageFigure
from synthcraft.ui.figures import Album
from synthcraft.ui.project import Project
from synthcraft.ui.screen import screen
from synthcraft.ui.uploads import page_folder

NAMES = ("cart-1", "ctgan-1")
ROC: tuple[Row, ...] = tuple(
    {"candidate": n, "among": "everybody", "attack": "distance", "auc": 0.6, "false_alarms": x,
     "hits": 2 * x} for n in NAMES for x in (0.05, 0.1)
)  # fmt: skip
PAIRS: tuple[Row, ...] = tuple(
    {"candidate": n, "first": "a", "second": "b", "real": 0.1, "synthetic": 0.2, "difference": 0.1}
    for n in NAMES
)
ALBUM = Album((
    PageFigure(charts()["attack_roc"], NAMES, ROC),
    PageFigure(charts()["associations"], NAMES, PAIRS),
    PageFigure(charts()["calibration"], NAMES, why="Too few people *here*."),
))  # fmt: skip


def test_a_tab_that_has_chosen_nothing_sees_the_first_figure_of_all_files(tmp_path: Path) -> None:
    shown = ALBUM.show(None, None, tmp_path, dark=False)
    assert shown["figure"]["value"] == "attack_roc"
    assert shown["file"]["choices"] == [("All files together", ""), *zip(NAMES, NAMES, strict=True)]
    assert shown["file"]["value"] == ""
    assert len(shown["plot"]["value"].data) == 3  # a line a file, and guessing


def test_a_figure_of_one_file_shows_the_chosen_one_or_the_first(tmp_path: Path) -> None:
    for wanted, chosen in (("ctgan-1", "ctgan-1"), ("", "cart-1"), ("nobody", "cart-1"),
                           ([], "cart-1")):  # fmt: skip
        shown = ALBUM.show("associations", wanted, tmp_path, dark=True)
        assert shown["file"]["value"] == chosen
        assert [value for _, value in shown["file"]["choices"]] == list(NAMES)


def test_the_numbers_are_a_private_file_of_the_page(tmp_path: Path) -> None:
    paths = [Path(ALBUM.show("attack_roc", "ctgan-1", tmp_path, dark=d)["numbers"]["value"])
             for d in (True, False)]  # fmt: skip
    assert paths[0] == paths[1]
    assert paths[0].is_relative_to(page_folder(tmp_path))
    assert paths[0].parent.stat().st_mode & 0o777 == 0o700
    assert paths[0].name == "attack_roc__ctgan-1.csv"
    with paths[0].open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["candidate"], r["hits"]) for r in rows] == [("ctgan-1", "0.1"), ("ctgan-1", "0.2")]


def test_what_cannot_be_drawn_says_why_as_plain_text(tmp_path: Path) -> None:
    shown = ALBUM.show("calibration", None, tmp_path, dark=False)
    assert "Too few people" in shown["reading"]["value"] and "*" not in shown["reading"]["value"]
    assert not shown["plot"]["visible"] and not shown["numbers"]["visible"]


def test_a_project_without_figures_shows_none(tmp_path: Path) -> None:
    part = screen(Project(key="s"), [])["figures"]
    assert (part["figures_box"]["visible"], part["version"]["value"]) == (False, "")
    assert Album().show("attack_roc", None, tmp_path, dark=False)["plot"]["value"] is None


def test_figures_that_cannot_be_read_leave_a_sentence(tmp_path: Path) -> None:
    album = Album(trouble="No figure can be shown.")
    part = screen(Project(key="s", album=album), [])["figures"]
    assert part["figures_box"]["visible"] and not part["figure"]["visible"]
    shown = album.show(None, None, tmp_path, dark=False)
    assert shown["reading"]["value"] == "No figure can be shown."
    assert not shown["plot"]["visible"]


def test_only_other_numbers_make_another_version() -> None:
    other = Album((PageFigure(charts()["attack_roc"], NAMES, ROC[:-1]), *ALBUM.figures[1:]))
    assert Album(ALBUM.figures).version == ALBUM.version != other.version
