"""What each gate takes, who may release, and what the ledger keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.errors import InputError, NotFoundError, RoleError
from synthcraft.graph.records import Plan
from synthcraft.tools.evaluation_plan import must_pass
from synthcraft.tools.release.decide import Asked, release_of
from synthcraft.tools.release.gates import Project, Statement, gates_of
from synthcraft.tools.release.ledger import Release, ReleaseLedger, latest
from synthcraft.tools.release.records import checked
from synthcraft.tools.report.results import (
    ApprovalPart,
    CandidateDecision,
    CandidatePart,
    DecisionPart,
    DecisionState,
    Result,
    Results,
)

TODAY = "2026-03-01T10:00:00Z"
SAID: dict[str, dict[str, str]] = {
    "G0": {
        "custodian": "City Hospital",
        "legal_basis": "consent",
        "classification": "C2",
        "synthesis_allowed": "yes",
    },
    "G1": {"free_text": "yes", "dates": "yes", "geography": "yes"},
    "G2": {"signed": "yes"},
}
ASKED = Asked(steward="Sten", tier="registered", terms="as signed", until="2027-03-01")


def project(state: DecisionState = "CRITERIA MET", **changes: Any) -> Project:
    """A project that can be released; by whom it was made: Ann."""
    gates = ("intake", "intent", "parameters", "generation")
    results = Results(
        session="abc",
        status="finished",
        candidates=[CandidatePart(id="cart-1", generator="cart", sha256="f" * 64)],
        results=[
            Result(candidate="cart-1", metric_id=m, status="pass", value=0.0)
            for m in must_pass("development")
        ],
        decision=DecisionPart(
            state=state, candidates=[CandidateDecision(candidate="cart-1", state=state)]
        ),
        approvals=[
            ApprovalPart(gate=gate, actor="Ann", verdict="approve", digest="d", at=TODAY)
            for gate in gates
        ],
    )
    usual = {
        "results": results,
        "plan": Plan(use_case="development"),
        "said": statements(SAID),
        "allowed": frozenset({"cart"}),
        "today": TODAY,
    }
    return Project.model_validate({**usual, **changes})


def statements(said: dict[str, dict[str, str]]) -> tuple[Statement, ...]:
    return tuple(
        Statement.model_validate(
            {"gate": gate, "fields": fields, "actor": "Ann", "role": "analyst", "at": TODAY}
        )
        for gate, fields in said.items()
    )


def states(of: Project) -> dict[str, str]:
    return {gate.gate: gate.state for gate in gates_of(of)}


def test_a_project_where_everything_is_said_is_open_for_a_release() -> None:
    found = states(project())
    assert found == {**dict.fromkeys(("G0", "G1", "G2", "G3", "G4"), "met"), "G5": "open",
                     "G6": "open"}  # fmt: skip
    made = release_of(project(), ASKED, "hmac:x")
    assert (made.candidate, made.sha256, made.decision) == ("cart-1", "f" * 64, "CRITERIA MET")


@pytest.mark.parametrize("field", SAID["G0"])
def test_what_is_not_said_at_intake_forbids(field: str) -> None:
    said = {**SAID, "G0": {k: v for k, v in SAID["G0"].items() if k != field}}
    assert states(project(said=statements(said)))["G0"] == "blocked"
    with pytest.raises(InputError, match="G0"):
        release_of(project(said=statements(said)), ASKED, "hmac:x")


@pytest.mark.parametrize("field", SAID["G1"])
@pytest.mark.parametrize("value", ["no", "unknown"])
def test_what_nobody_reviewed_blocks_the_roles(field: str, value: str) -> None:
    said = {**SAID, "G1": {**SAID["G1"], field: value}}
    assert states(project(said=statements(said)))["G1"] == "blocked"


def test_an_automatic_approval_signs_nothing() -> None:
    given = project().results
    auto = [a.model_copy(update={"actor": "auto:script"}) for a in given.approvals]
    results = given.model_copy(update={"approvals": auto})
    unsigned = statements({k: v for k, v in SAID.items() if k != "G2"})
    found = states(project(results=results, said=unsigned))
    assert (found["G2"], found["G3"]) == ("blocked", "blocked")
    assert states(project(results=results))["G2"] == "met"


def test_an_engine_outside_the_list_and_a_missing_measure_block() -> None:
    assert states(project(allowed=frozenset({"ctgan"})))["G3"] == "blocked"
    whole = project().results
    for lost in ("error", "not_assessed"):
        rows = [whole.results[0].model_copy(update={"status": lost}), *whole.results[1:]]
        results = whole.model_copy(update={"results": rows})
        assert states(project(results=results))["G4"] == "blocked"


def test_what_was_not_measured_is_called_as_in_the_report() -> None:
    results = project().results.model_copy(update={"results": []})
    (gate,) = (g for g in gates_of(project(results=results)) if g.gate == "G4")
    told = " ".join(gate.missing)
    assert "Exact and near copies of training rows" in told and "privacy." not in told


@pytest.mark.parametrize("name", ["Ann", "ann", "Otto", ""])
def test_a_release_takes_a_second_person(name: str) -> None:
    with pytest.raises(RoleError):
        asked = ASKED.model_copy(update={"steward": name})
        release_of(project(owner="Otto"), asked, "hmac:x")


@pytest.mark.parametrize(
    ("state", "changes", "why"),
    [
        ("BLOCKED", {"reason": "We want it all the same, for it is useful."}, "BLOCKED"),
        ("REFER", {}, "written reason"),
        ("REFER", {"reason": "fine"}, "written reason"),
        ("CRITERIA MET", {"until": "2028-03-02"}, "24 months"),
        ("CRITERIA MET", {"until": "2026-02-28"}, "between today"),
        ("CRITERIA MET", {"until": "soon"}, "written like"),
        ("CRITERIA MET", {"until": "2027-13-45"}, "written like"),
        ("CRITERIA MET", {"terms": "  "}, "Terms of use"),
        ("CRITERIA MET", {"tier": "public"}, "public_release=yes"),
        ("CRITERIA MET", {"tier": "everybody"}, "tier is one of"),
        ("CRITERIA MET", {"candidate": "ctgan-1"}, "no synthetic table"),
    ],
)
def test_what_stands_before_a_release_is_said(
    state: DecisionState, changes: dict[str, str], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        release_of(project(state), ASKED.model_copy(update=changes), "hmac:x")


def test_a_written_reason_lets_a_steward_decide() -> None:
    reason = "The wide interval comes from the small hospital; users were told."
    made = release_of(project("REFER"), ASKED.model_copy(update={"reason": reason}), "hmac:x")
    assert made.reason == reason


def test_the_ledger_counts_by_source_and_knows_what_is_in_force(tmp_path: Path) -> None:
    ledger = ReleaseLedger(tmp_path)
    made = release_of(project(), ASKED, "hmac:x")
    one = ledger.add(made)
    two = ledger.add(made.model_copy(update={"data": "hmac:y"}))
    assert [r.id for r in ledger.of_data("hmac:x")] == [one.id] != [two.id]
    assert one.state("2027-03-01T23:00:00Z") == "in force"
    assert one.state("2027-03-02") == "expired"
    ledger.withdraw(two.id.lower(), "Sten", "a new attack", TODAY)
    kept = {r.id: r.state(TODAY) for r in ledger.all()}
    assert kept == {one.id: "in force", two.id: "withdrawn"}
    assert ledger.log.verify() == []
    with pytest.raises(NotFoundError):
        ledger.withdraw("R99", "Sten", "none", TODAY)
    lines = ledger.log.path.read_bytes().splitlines(keepends=True)
    ledger.log.path.write_bytes(b"".join(lines[:-1]))  # the withdrawal is cut off
    assert any("cut off" in fault for fault in ReleaseLedger(tmp_path).log.verify())


def test_an_expired_release_is_told_at_its_gates() -> None:
    gone = release_of(project(), ASKED, "hmac:x").model_copy(update={"id": "R1"})
    later = project(releases=(gone,), today="2027-04-01T00:00:00Z")
    assert (states(later)["G5"], states(later)["G6"]) == ("expired", "expired")
    now = project(releases=(gone,))
    assert (states(now)["G5"], states(now)["G6"]) == ("met", "blocked")
    after = {"contact": "a", "incident_route": "b", "withdrawal_route": "c", "retest": "yearly"}
    said = statements({**SAID, "G6": after})
    assert states(project(releases=(gone,), said=said))["G6"] == "met"


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("G7", {"a": "b"}),
        ("G3", {"signed": "yes"}),
        ("G0", {}),
        ("G0", {"owner": "x"}),
        ("G0", {"llm_egress": "perhaps"}),
        ("G0", {"custodian": "x" * 501}),
    ],
)
def test_what_cannot_be_said_is_refused(gate: str, words: dict[str, str]) -> None:
    with pytest.raises(InputError):
        checked(gate, words)


@pytest.mark.parametrize(
    ("on", "last"), [("2026-03-01", "2028-03-01"), ("2024-02-29", "2026-02-28")]
)
def test_two_years_on(on: str, last: str) -> None:
    assert latest(on) == last


def test_a_release_says_what_it_is() -> None:
    shown = Release.model_validate({**release_of(project(), ASKED, "x").model_dump()}).shown()
    assert {"candidate", "tier", "terms", "until", "steward"} <= set(shown)
