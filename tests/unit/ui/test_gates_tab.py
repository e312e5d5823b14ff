"""The gates on the page: where each stands, what it waits for, who decides, and how to release."""

from __future__ import annotations

import re

from synthcraft.tools.release.decide import release_of
from synthcraft.tools.release.gates import gates_of
from synthcraft.tools.release.records import RECORDS
from synthcraft.tools.release.sheet import GateSheet
from synthcraft.ui.gates_tab import page, part
from synthcraft.ui.project import Project
from tests.unit.tools.release.test_gates import ASKED, SAID, TODAY, project, statements

EVIL = "<img src=x onerror=alert(1)> ${x}"


def shown(today: str = TODAY, released: int = 1) -> str:
    said = {**SAID, "G0": {"custodian": EVIL}}
    made = release_of(project(), ASKED, "hmac:x").model_copy(update={"id": "R1"})
    of = project(said=statements(said), releases=(made,) * released, today=today)
    return page(
        GateSheet(
            session="abc",
            gates=gates_of(of),
            releases=of.releases,
            evaluations=3,
            released=released,
            today=today,
        )
    )


def gate(name: str, html: str) -> str:
    """What is shown of one gate."""
    return next(each for each in html.split('<li class="sc-gate')[1:] if f"{name} " in each[:60])


def test_every_gate_says_its_state_what_it_waits_for_and_who_decides() -> None:
    html = shown()
    assert re.findall(r"<h4><span>(G\d)", html) == list(RECORDS)
    intake = gate("G0", html)
    assert '<span class="sc-state">blocked</span>' in intake
    assert "Nobody has named the legal basis." in intake
    assert "Decides: the steward or the custodian of the data; last word: Ann (analyst)" in intake
    assert "gates set abc G0 legal_basis=… ethics_ref=…" in intake
    assert "custodian=…" not in intake, "what was said is asked for again"
    assert "second" not in gate("G4", html) and "gates set" not in gate("G4", html)
    assert "3 evaluations (each family of measures of each table counts) and 1 release." in html
    assert "To fill it in" not in gate("G2", html), "nothing is missing there"


def test_a_release_is_shown_until_its_last_day_and_how_one_is_made() -> None:
    assert "<td>2027-03-01</td><td>in force</td><td>nothing told</td>" in shown()
    assert "Last day: 2027-03-01." in gate("G5", shown())
    late = shown(today="2027-03-02T00:00:00Z")
    assert "<td>2027-03-01</td><td>expired</td>" in late
    assert '<span class="sc-state">expired</span>' in gate("G6", late)
    none = shown(released=0)
    assert "Releases of this project" not in none and "no releases." in none
    assert "synthcraft release issue abc --steward NAME" in none


def test_what_people_said_is_text_and_without_a_table_there_is_a_sentence() -> None:
    assert "<img" not in shown() and "${" not in shown()
    assert "once a table was read" in part(Project(key="new-1"))["gates"]["value"]
