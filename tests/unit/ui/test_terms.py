"""Terms on demand: the glossary in full, and nothing for what is no term."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    "term", [None, "", "term", "term <b>", "measure x", "holdout", 3, ["term"]]
)
def test_what_is_no_term_is_told_nothing(term: object) -> None:
    assert terms.meaning(Project(key="s"), term) == ""
