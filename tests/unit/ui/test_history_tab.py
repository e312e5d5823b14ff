"""The history: newest first, who did it, what it took, and the branches that were left."""

from __future__ import annotations

import re

from synthcraft.graph.compare import Difference
from synthcraft.graph.views import HistoryLine
from synthcraft.ui import history_tab, present

EVIL = "<img src=x onerror=alert(1)>"


def line(checkpoint: str, parent: str | None, on_head: bool = True, **more: object) -> HistoryLine:
    base = {
        "checkpoint": checkpoint, "parent": parent, "step": 3, "node": "work",
        "episode": "intake", "what": f"did {checkpoint}", "at": "2026-01-02T03:04:05.6",
        "on_head": on_head,
    }  # fmt: skip
    return HistoryLine.model_validate({**base, **more})


FORKED = [
    line("a", None),
    line("b", "a", on_head=False),
    line("c", "b", on_head=False),
    line("d", "a", on_head=False),
    line("e", "b", on_head=False),
    line("f", "a"),
]


def test_every_branch_that_was_left_has_a_number() -> None:
    assert history_tab.branches(FORKED) == {
        "a": "current", "b": "left 1", "c": "left 1", "d": "left 2", "e": "left 3", "f": "current",
    }  # fmt: skip


def test_the_newest_line_stands_first_and_branches_are_a_column_where_there_are_some() -> None:
    shown = history_tab.table(FORKED)
    assert re.findall(r"did (\w)", shown) == list("fedcba")
    assert "○ left 1" in shown
    straight = history_tab.table(FORKED[:1])
    assert "Branch" not in straight
    assert present.checkpoint_label(FORKED[0]) == "Step 3 · Intake · did a"
    assert present.checkpoint_label(FORKED[1]).endswith("(on a branch that was left)")


def test_a_line_says_who_did_it_and_what_it_took() -> None:
    shown = history_tab.table([line("a", None, who=EVIL, cost=1, seconds=70)])
    assert "<img" not in shown
    assert "1 answer, 70 s" in shown
    assert history_tab.cost(line("a", None)) == "–"


def test_what_differs_is_shown_as_text() -> None:
    shown = history_tab.compared([Difference(what="Target", before="–", after=EVIL)])
    assert "<img" not in shown
    assert "Target" in shown
    assert "Nothing differs" in history_tab.compared([])
