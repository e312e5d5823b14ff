"""Cards, plan, results and history in plain words."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from synthcraft.graph.contracts import Alternative, Decision, GateName, Proposal
from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.records import Candidate, Verdict
from synthcraft.graph.state import Progress
from synthcraft.graph.views import Event, SessionView
from synthcraft.ui import present, tables
from synthcraft.ui.jobs import follow

EVIL = "<img src=x onerror=alert(1)>"


def proposal(gate: GateName, **extra: object) -> Proposal:
    base: dict[str, object] = {
        "gate": gate,
        "title": f"About {EVIL}",
        "lines": (f"Column {EVIL} looks like an identifier.", "Second line."),
        "table": ({"column": EVIL, "role": "feature"}, {"column": "age", "role": "feature"}),
        "editable": ("target", "rows"),
    }
    return Proposal.model_validate({**base, **extra})


@pytest.mark.parametrize("gate", get_args(GateName))
def test_every_gate_has_a_card_with_its_words_as_text(gate: GateName) -> None:
    card = present.card(proposal(gate))
    assert "<img" not in card
    assert card.startswith("### About &#60;img")
    assert "Second line." in card
    assert "outcome column, synthetic rows" in card
    table = tables.card_table(proposal(gate))
    assert "<img" not in table
    assert table.count("<tr>") == 3


def test_a_question_and_a_reply_are_on_the_card() -> None:
    card = present.card(proposal("intent", question="What are the data for?", reply="TSTR is …"))
    assert card.index("TSTR is") < card.index("**What are the data for?**")


def test_costly_actions_say_what_they_cost() -> None:
    assert "about 6 min, up to 1,500 MB" in present.card(
        proposal("parameters", seconds=340.0, memory_mb=1500.0)
    )
    assert "Expected cost" not in present.card(proposal("intake"))


def test_a_wide_small_table_is_turned() -> None:
    wide = {"candidate": "cart-1"} | {f"metric {i}": str(i) for i in range(8)}
    table = tables.card_table(proposal("evaluation", table=(wide,)))
    assert table.count("<tr>") == 9
    assert '<th scope="col">cart-1</th>' in table
    assert '<th scope="row">Metric 7</th><td>7</td>' in table


def test_the_markdown_table_keeps_its_columns_whatever_the_cells_hold() -> None:
    lines = tables.markdown_table(({"a": "x | y", "b": "1"},)).splitlines()
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [3, 3, 3]


def view(**extra: object) -> SessionView:
    base: dict[str, object] = {
        "session": "s1",
        "name": "clinic.csv",
        "status": "waiting",
        "episode": "intent",
        "progress": {"intake": Progress(status="approved")},
    }
    return SessionView.model_validate({**base, **extra})


def test_the_plan_shows_six_episodes_and_why_the_next_step_was_chosen() -> None:
    choice = Decision(
        step=3,
        episode="intent",
        attempt=1,
        action="stop",
        score=0.71,
        confidence=0.8,
        interval=(0.5, 0.9),
        alternatives=(Alternative(action="draft_use_case", score=0.4),),
        why=f"Because {EVIL}",
    )
    text = present.plan(view(choice=choice))
    assert text.count("<li ") == len(EPISODES) == 6
    assert text.count('aria-current="step"') == 1
    assert text.count(">approved<") == 1
    for part in ("Show you the result and ask.", "80 % (90 % interval 50 % to 90 %)", "value 0.40"):
        assert part in text
    assert "<img" not in text


def test_results_have_a_column_a_candidate() -> None:
    candidates = [
        Candidate(id="cart-1", generator="cart", claim_level="heuristic", rows=200, seconds=3.0),
        Candidate(id="ctgan-1", generator="ctgan", status="failed", message="out of memory"),
    ]
    verdicts = [
        Verdict(candidate="cart-1", state="REFER", headline={"utility.tstr_linear": 0.7412})
    ]
    headers, rows = tables.results(candidates, verdicts)
    table = {row[0]: row[1:] for row in rows}
    assert headers == ["", "cart-1", "ctgan-1"]
    assert table["Decision aid"] == ["REFER", "failed"]
    assert table["Prediction, linear (higher is better)"] == ["0.741", "–"]
    assert table["Note"] == ["", "out of memory"]


def test_what_was_not_assessed_is_printed() -> None:
    verdict = Verdict(candidate="a", state="BLOCKED", reasons=("R.",), not_assessed=("Linkage",))
    assert present.verdict_notes([verdict]).endswith("- R.\n- Not assessed: Linkage")


def test_what_holds_for_every_candidate_is_said_once() -> None:
    verdicts = [
        Verdict(
            candidate=c, state="REFER", reasons=(f"Only {c}.", "Both."), not_assessed=("Linkage",)
        )
        for c in ("a", "b")
    ]
    notes = present.verdict_notes(verdicts)
    assert [notes.count(line) for line in ("Only a.", "Only b.", "Both.", "Linkage")] == [
        1,
        1,
        1,
        1,
    ]
    assert notes.index("Only b.") < notes.index("For every candidate") < notes.index("Both.")


def test_every_running_job_has_a_bar() -> None:
    heard = [
        Event(kind="progress", text="epoch 5", fraction=0.25, subject=EVIL),
        Event(kind="progress", text="odd", fraction=7.0, subject="b"),
    ]
    bars = present.progress([follow(None, event, 0.0) for event in heard], 12.0)
    assert bars.count("12 s so far") == 2
    assert re.findall(r'value="(\d+)"', bars) == ["25", "100"]
    assert "<img" not in bars


def test_the_time_left_follows_from_the_pace_since_a_job_got_going() -> None:
    def at(fraction: float) -> Event:
        return Event(kind="progress", text="pass", fraction=fraction, subject="ctgan-1")

    job = follow(follow(None, at(0.0), now=0.0), at(0.2), now=100.0)  # it was prepared till then
    assert job.left is None
    job = follow(job, at(0.4), now=110.0)
    assert job.left == pytest.approx(30)
    assert "40% · about 30 s left" in present.progress([job], 99.0)
    assert follow(job, at(0.4), now=101.0).left is None  # too early to tell
    again = follow(job, at(0.0), now=120.0)  # another fit under the same name
    assert (again.begun, again.left) == (120.0, None)
