"""What a tab is sent: only what it does not show yet, and always what it does not show."""

from __future__ import annotations

import pytest

from synthcraft.graph.contracts import Proposal
from synthcraft.graph.views import SessionInfo, SessionView
from synthcraft.ui.project import Project
from synthcraft.ui.screen import screen
from synthcraft.ui.tab_memory import MOST_TABS, Part, TabMemory

CARD = Proposal(gate="intake", title="Did I understand?", aspects=("schema",))


def waiting(interrupt: str = "i1") -> Project:
    """A project at its first card."""
    view = SessionView(
        session="s", status="waiting", waiting_for="intake", interrupt_id=interrupt, proposal=CARD
    )
    return Project(key="s", view=view)


def test_a_tab_that_is_up_to_date_is_sent_nothing() -> None:
    tabs, project = TabMemory(), waiting()
    first, note = tabs.fresh("t", "", screen(project, []))
    again, same = tabs.fresh("t", note, screen(project, []))
    assert first["gate"] == {"value": "i1"}
    assert again == {}
    assert same == note


def test_only_what_changed_is_sent() -> None:
    tabs, project = TabMemory(), waiting()
    _, note = tabs.fresh("t", "", screen(project, []))
    project.say("Hello")
    fresh, _ = tabs.fresh("t", note, screen(project, []))
    assert set(fresh) == {"chat"}


def test_news_of_another_project_leaves_what_is_typed_here() -> None:
    tabs, project = TabMemory(), Project(key="new-1")
    _, note = tabs.fresh("t", "", screen(project, []))
    other = SessionInfo(
        session="s2", name="b.csv", status="waiting", created="2026-01-01", updated="2026-01-01"
    )
    fresh, _ = tabs.fresh("t", note, screen(project, [other]))
    assert "all_projects" in fresh and "title" not in fresh


def test_a_new_card_always_comes_with_its_own_id() -> None:
    tabs = TabMemory()
    _, note = tabs.fresh("t", "", screen(waiting("i1"), []))
    fresh, _ = tabs.fresh("t", note, screen(waiting("i2"), []))
    assert fresh["gate"] == {"value": "i2"}
    assert "Did I understand?" in fresh["card"]["value"]


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", "3", '{"card": [1], "chat": {}}'])
def test_a_tab_without_a_valid_note_is_sent_everything(seen: str) -> None:
    parts = screen(waiting(), [])
    tabs = TabMemory()
    tabs.fresh("t", seen, parts)
    fresh, _ = tabs.fresh("t", seen, parts)
    assert set(fresh) == {name for part in parts.values() for name in part}


def test_a_restarted_server_sends_everything_again() -> None:
    parts = screen(waiting(), [])
    _, note = TabMemory().fresh("t", "", parts)
    fresh, _ = TabMemory().fresh("t", note, parts)
    assert "reasons" in fresh


def test_answers_that_cross_leave_the_tab_with_what_was_asked_for_last() -> None:
    tabs, begun, draft = TabMemory(), screen(waiting(), []), screen(Project(key="new-1"), [])
    shown: Part = {}

    def answer(note: str, parts: dict[str, Part]) -> str:
        fresh, told = tabs.fresh("t", note, parts)
        shown.update(fresh)
        return told

    start = answer("", begun)
    answer(start, draft)  # New project
    late = answer(start, begun)  # a look for news of the first one, asked for before that
    answer(late, draft)  # the next look
    answer(late, begun)  # the first one is opened again, asked for in the same moment
    assert shown == {name: value for part in begun.values() for name, value in part.items()}


def test_only_so_many_tabs_are_remembered() -> None:
    tabs, parts = TabMemory(), screen(waiting(), [])
    _, note = tabs.fresh("first", "", parts)
    for number in range(MOST_TABS):
        tabs.fresh(str(number), note, {})
    assert tabs.fresh("first", note, parts)[0] == {}
