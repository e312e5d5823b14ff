"""Files and measures with what is good and bad about each number."""

from __future__ import annotations

import re

from synthcraft.agents.measured import Measure, Reading
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import Candidate, Verdict
from synthcraft.ui import results_tab, tables

EVIL = "<img src=x onerror=alert(1)>"
CANDIDATES = [
    Candidate(id="cart-1", generator="cart", claim_level="heuristic", rows=2000, seconds=3.0),
    Candidate(id="ctgan-1", generator="ctgan", status="failed", message=f"out of memory {EVIL}"),
]
VERDICTS = [Verdict(candidate="cart-1", state="REFER")]


def measure(**more: object) -> Measure:
    base = {
        "title": "Relations", "family": "fidelity", "explanation": "", "direction": "lower",
        "ideal": 0, "anchors": {"A0": 0.4, "A1": 0.02, "A2": 0.01}, "floor": "shuffled rows",
        "limit": "at most 0.05",
        "readings": {"cart-1": Reading(value=0.0412, low=0.03, high=0.05, status="pass")},
    }  # fmt: skip
    return Measure.model_validate({**base, **more})


def test_every_file_is_a_line_with_what_the_decision_aid_says() -> None:
    shown = results_tab.files(CANDIDATES, VERDICTS)
    assert shown.count("<tr>") == 3
    assert "REFER" in shown
    assert "failed" in shown
    assert "<img" not in shown
    assert "Note" not in results_tab.files(CANDIDATES[:1], VERDICTS)


def test_a_number_stands_beside_what_is_good_and_bad() -> None:
    shown = results_tab.shown(CANDIDATES, VERDICTS, {"fidelity.association": measure()})
    cells = re.findall(r"<td>(.*?)</td>", shown)
    assert "0.0412 (0.03 to 0.05) · pass" in cells
    assert "lower, 0 is ideal; fresh real rows: 0.02; accepted: at most 0.05" in cells
    assert "shuffled rows: 0.4; memorised rows: 0.01" in cells
    assert "Lost relations" in shown
    assert "All 1 measures" in shown
    assert "ctgan-1" not in shown.partition("Main measures")[2]


def test_what_has_no_number_says_why() -> None:
    assert results_tab.reading(Reading(status="error")) == "error: not computed"
    assert results_tab.reading(Reading()) == "not assessed"
    assert results_tab.reading(None) == "–"
    assert results_tab.good(measure(direction="target", ideal=1)).startswith("nearer, 1 is ideal")


def test_the_numbers_of_a_card_say_the_same() -> None:
    told = results_tab.on_card({"fidelity.association": measure()})
    row = {"candidate": "cart-1", "decision aid": "REFER", next(iter(told)): "0.041"}
    wide = row | {f"other {n}": "1" for n in range(5)}
    shown = tables.card_table(Proposal(gate="evaluation", title="?", table=(wide,)), told)
    assert "fresh real rows: 0.02; shuffled rows: 0.4" in shown
    assert "Good, bad" not in tables.card_table(Proposal(gate="intake", title="?"), told)
