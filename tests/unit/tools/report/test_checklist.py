"""The checklist answers from records alone; what it cannot know needs the author."""

from __future__ import annotations

from synthcraft.tools.report.checklist import QUESTIONS, checklist
from synthcraft.tools.report.plain import plain_summary
from synthcraft.tools.report.results import (
    ApprovalPart,
    CandidateDecision,
    CandidatePart,
    DataPart,
    DecisionPart,
    Result,
    Results,
)


def results(actor: str = "Dr Test", **changes: object) -> Results:
    approval = ApprovalPart(gate="parameters", actor=actor, verdict="approve", digest="d", at="t")
    decision = CandidateDecision(candidate="cart-1", state="REFER", not_assessed=["linkage"])
    base = Results(
        session="s",
        status="finished",
        data=DataPart(rows=100, train=60, holdout=40),
        candidates=[CandidatePart(id="cart-1", generator="cart")],
        results=[Result(metric_id="fidelity.x", candidate="cart-1", status="pass")],
        decision=DecisionPart(state="REFER", not_assessed=["linkage"], candidates=[decision]),
        approvals=[approval],
    )
    return base.model_copy(update=changes)


def status(found: Results, word: str) -> str:
    return next(i.status for i in checklist(found) if word in i.question)


def test_every_question_is_answered_even_of_an_empty_project() -> None:
    assert len(checklist(Results(session="s", status="failed"))) == len(QUESTIONS)


def test_automatic_approvals_are_not_people() -> None:
    assert status(results(), "people") == "done"
    assert status(results(actor="auto:demo"), "people") == "not done"


def test_an_error_or_an_unevaluated_file_is_open() -> None:
    wrong = [Result(metric_id="x", candidate="cart-1", status="error")]
    assert status(results(), "computed") == "done"
    assert status(results(results=wrong), "computed") == "not done"
    assert status(results(results=[]), "evaluated file") == "not done"


def test_legal_questions_are_left_to_the_author() -> None:
    assert status(results(), "legal") == "needs author"


def test_the_plain_summary_names_every_file_and_what_is_open() -> None:
    text = " ".join(plain_summary(results()))
    assert "cart-1" in text
    assert "1 thing was not tested" in text
