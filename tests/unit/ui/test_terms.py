"""Terms on demand: the glossary in full, and nothing for what is no term."""

from __future__ import annotations

import pytest

from synthcraft.agents.measured import Measure
from synthcraft.graph.views import SessionView
from synthcraft.ui import terms
from synthcraft.ui.project import Project


def test_every_term_of_the_list_has_a_sentence_and_a_longer_one() -> None:
    project = Project(key="s", view=SessionView(session="s", status="waiting"))
    term = terms.part(project)["term"]
    assert term["visible"]
    assert ("Holdout", "term holdout") in term["choices"]
    for title, value in term["choices"]:
        assert len(terms.meaning(project, value).split("\n\n")) == 3, title


def test_memorised_rows_that_are_the_floor_are_named_once() -> None:
    measure = Measure(
        title="Copies", family="privacy_metrics", explanation="", direction="lower", ideal=0,
        anchors={"A0": 0.588, "A1": 0.0008, "A2": 0.588}, floor="the worst case", limit="",
    )  # fmt: skip
    assert terms.compared(measure) == "fresh real rows: 0.0008; the worst case: 0.588"


@pytest.mark.parametrize(
    "term", [None, "", "term", "term <b>", "measure x", "holdout", 3, ["term"]]
)
def test_what_is_no_term_is_told_nothing(term: object) -> None:
    assert terms.meaning(Project(key="s"), term) == ""
