"""Whose project is open to whom."""

from __future__ import annotations

import pytest

from synthcraft.graph.team import Person, may_open
from synthcraft.graph.views import SessionInfo

OPERATOR = None
ANNA = Person(name="anna", role="analyst")
BEN = Person(name="ben", role="analyst")
CLEO = Person(name="cleo", role="steward")


@pytest.mark.parametrize(
    ("owner", "handed_over", "seen_by"),
    [
        ("anna", False, {"anna", "operator"}),
        ("anna", True, {"anna", "cleo", "operator"}),
        ("cleo", False, {"cleo", "operator"}),
        ("", False, {"operator"}),
        ("", True, {"operator"}),
    ],
)
def test_projects_are_open_to_owner_operator_and_from_the_release_on_to_stewards(
    owner: str, handed_over: bool, seen_by: set[str]
) -> None:
    info = SessionInfo(
        session="0123456789", name="a.csv", status="finished", created="", updated="",
        owner=owner, handed_over=handed_over,
    )  # fmt: skip
    people = {"operator": OPERATOR, "anna": ANNA, "ben": BEN, "cleo": CLEO}
    assert {name for name, person in people.items() if may_open(person, info)} == seen_by
