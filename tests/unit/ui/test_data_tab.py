"""The tab Data: columns in words, and the roles that a person chooses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from synthcraft.agents.described import ColumnSheet
from synthcraft.agents.sheets import Sheets
from synthcraft.graph.contracts import Changes, Proposal
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import Source
from synthcraft.graph.views import SessionView
from synthcraft.tools.ingest import ingest
from synthcraft.tools.profiling import distributions
from synthcraft.ui import data_tab
from synthcraft.ui.project import Project

EVIL = "<img src=x onerror=alert(1)>"


def at_intake(columns: tuple[ColumnSheet, ...], question: str = "") -> Project:
    card = Proposal(gate="intake", title="Did I understand?", question=question)
    view = SessionView(session="s", status="waiting", interrupt_id="i", proposal=card)
    source = Source(name=f"{EVIL}.csv", format="csv", rows=240, columns=2, sha256="")
    return Project(key="s", view=view, sheets=Sheets(source=source, columns=columns))


COLUMNS = (
    ColumnSheet(name=EVIL, kind="numeric", role="feature", few=True),
    ColumnSheet(name="id", kind="identifier", role="identifier", identifies="all differ."),
)


@pytest.fixture
def described(tmp_path: Path) -> dict[str, str]:
    """A real table with a level of three people, in the words of the tab."""
    rows = 200
    frame = pd.DataFrame(
        {
            "age": [20 + n % 50 for n in range(rows)],
            "site": ["north"] * 150 + ["south"] * 47 + ["lighthouse"] * 3,
            "visit": pd.date_range("2019-06-01", periods=rows, freq="7D").strftime("%Y-%m-%d"),
        }
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = ingest(tmp_path / "t.csv")
    found = distributions(table.frame, table.schema)
    return {column.name: data_tab.distribution(column) for column in found.columns}


def test_distributions_are_told_without_what_few_people_have(described: dict[str, str]) -> None:
    # means of the ten people around each, so that no value of one person is told
    assert described["age"].startswith("median 44.5, half between 32 and 57, nine in")
    # three people in a lighthouse: the next level goes with them, or they were the rest
    assert described["site"] == "north: 75.0 %, others: 25.0 %"
    assert described["visit"] == "nine in ten between 2019 and 2023"


def test_every_column_is_a_line_of_text_and_identifiers_are_flagged() -> None:
    shown = data_tab.part(at_intake(COLUMNS))
    table = shown["data_table"]["value"]
    assert "<img" not in table + shown["data_head"]["value"]
    assert "&lt;img" in table
    assert "few, or all but few" in table
    assert "about 240 rows" in shown["data_head"]["value"]
    assert "Points at people: all differ. Kept out." in table
    assert "No generator sees: **id**." in shown["data_head"]["value"]


def test_roles_can_be_changed_while_the_intake_card_is_open_and_only_then() -> None:
    open_card, asked = at_intake(COLUMNS), at_intake(COLUMNS, question="What matters?")
    assert data_tab.part(open_card)["role_box"] == {"visible": True}
    assert data_tab.part(open_card)["role_note"] == {"value": ""}
    for closed in (asked, Project(key="s", view=None, sheets=open_card.sheets)):
        assert data_tab.part(closed)["role_box"] == {"visible": False}
        assert "go back to the intake" in data_tab.part(closed)["role_note"]["value"]


def test_chosen_roles_become_the_changes_of_a_sentence() -> None:
    project = at_intake(COLUMNS)
    out, words = data_tab.asked_roles(project, [EVIL, "id"], "left out altogether")
    assert out == Changes(roles={EVIL: "drop", "id": "drop"})
    assert words == f"Make {EVIL}, id left out altogether."
    target, _ = data_tab.asked_roles(project, [EVIL], "the outcome (target)")
    assert target == Changes(target=EVIL)


@pytest.mark.parametrize(
    ("columns", "role"),
    [
        ([], "a date"),
        (None, "a date"),
        (["nobody"], "a date"),
        ([["id"]], "a date"),
        ("id", "a date"),
        (["id"], None),
        (["id"], "king"),
        (["id"], ["a date"]),
        ([EVIL, "id"], "the outcome (target)"),
    ],
)
def test_what_cannot_be_a_choice_is_refused_in_a_sentence(columns: object, role: object) -> None:
    with pytest.raises(InputError):
        data_tab.asked_roles(at_intake(COLUMNS), columns, role)
