"""What the page shows of a project, part by part."""

from __future__ import annotations

import pytest

from synthcraft.graph.contracts import Proposal
from synthcraft.graph.errors import InputError
from synthcraft.graph.views import Event, HistoryLine, SessionView
from synthcraft.ui.conversation import find_point
from synthcraft.ui.project import Project
from synthcraft.ui.screen import screen

CARD = Proposal(gate="intake", title="Did I understand?", aspects=("schema",))


def waiting(interrupt: str = "i1", proposal: Proposal = CARD) -> Project:
    view = SessionView(
        session="s",
        status="waiting",
        waiting_for="intake",
        interrupt_id=interrupt,
        proposal=proposal,
    )
    return Project(key="s", view=view)


def test_a_question_of_the_router_is_answered_not_approved() -> None:
    asked = CARD.model_copy(update={"question": "What matters?"})
    parts = screen(waiting(proposal=asked), [])["card"]
    assert parts["approve"]["value"] == "Answer"
    assert parts["change"]["visible"] is False
    assert parts["change_box"]["visible"] is True
    assert parts["reasons"]["choices"] == [("the structure of the table", "schema")]


def test_progress_is_shown_until_a_job_is_done() -> None:
    project = Project(key="s")
    project.hear(Event(kind="progress", text="epoch 1", fraction=0.5, subject="ctgan-1"))
    assert list(project.jobs) == ["ctgan-1"]
    project.hear(Event(kind="progress", text="done", fraction=1.0, subject="ctgan-1"))
    assert project.jobs == {}


def line(checkpoint: str, episode: str, node: str = "work", on_head: bool = True) -> HistoryLine:
    return HistoryLine(
        checkpoint=checkpoint, parent=None, step=0, node=node, episode=episode, what="", at="",
        on_head=on_head,
    )  # fmt: skip


LINES = [
    line("a", "intake"),
    line("b", "intake", "propose"),
    line("x", "intent", "propose", on_head=False),
    line("c", "intent", "propose"),
    line("d", "generation"),
]


@pytest.mark.parametrize(
    ("to", "checkpoint"),
    [("x", "x"), ("start", "a"), ("previous", "b"), ("generation", "c"), ("intake", "a")],
)
def test_points_have_names(to: str, checkpoint: str) -> None:
    assert find_point(to, LINES) == checkpoint


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(InputError, match="do not find"):
        find_point("evaluation", LINES)
