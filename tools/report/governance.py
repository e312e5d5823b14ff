"""What only people know of a data set, and what it may be used for (evaluation 5.1: 1 and 2)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.decision import expires
from synthcraft.tools.report.lines import Line, asked, told
from synthcraft.tools.report.results import Results
from synthcraft.tools.report.words import USE_CASES

PROHIBITED = (
    "Trying to find out who a row might be about, or linking rows to other data about people.",
    "Decisions about single people, clinical ones above all.",
    "Publishing a finding that was not checked on the real data.",
    "Passing the file on without its label, or to others than the users named here.",
    "Releasing models trained on it without an evaluation of their own.",
)


class Governance(BaseModel):
    """Said by people at intake or before release; an empty field is open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str = ""
    users: str = ""
    prohibited: tuple[str, ...] = ()
    """In addition to what is never allowed."""
    access: str = ""
    contact: str = ""
    withdrawal: str = ""
    custodian: str = ""
    licence: str = ""
    legal_basis: str = ""
    ethics: str = ""
    period: str = ""
    eligibility: str = ""
    collection: str = ""
    known_bias: str = ""
    controls: str = ""
    harms: str = ""
    owner: str = ""
    review: str = ""


def intended_use(results: Results, said: Governance, created: str) -> tuple[Line, ...]:
    """Chapter 1."""
    plan = results.plan
    use = USE_CASES.get(plan.use_case or "", plan.use_case or "")
    outcome = f" Outcome of interest: {plan.target} ({plan.task})." if plan.target else ""
    entry = results.evaluation_plan
    tier = said.access or str(entry.plan.get("release_tier") or "" if entry else "")
    return (
        told("Agreed purpose", f"{use}.{outcome}" if use else "No purpose was agreed yet."),
        asked("Intended use", said.purpose, "State the questions that the file may be used for."),
        told("Prohibited uses", " ".join((*PROHIBITED, *said.prohibited))),
        asked("Users", said.users, "Name who may see the file."),
        told("Access tier", said.access or f"{tier}; terms of use need the author.")
        if tier
        else asked("Access tier", "", "Open, registered or controlled."),
        told("Expiry", f"{expires(created)}, or at once with refreshed data or a new attack.")
        if created
        else asked("Expiry", ""),
        asked("Contact", said.contact, "Who answers questions and takes reports of incidents."),
        asked("Withdrawal", said.withdrawal, "How the file is called back."),
    )


def source_lines(said: Governance) -> tuple[Line, ...]:
    """Chapter 2: where the real data come from."""
    return (
        asked("Custodian", said.custodian, "Who is responsible for the real data."),
        asked("Legal basis", said.legal_basis, "Consent, public interest or another one."),
        asked("Licence or data use agreement", said.licence, "Name it, and what it forbids."),
        asked("Ethics approval", said.ethics, "Committee and reference, or why none was needed."),
        asked("Period and place", said.period, "When and where the data were collected."),
        asked("Eligibility", said.eligibility, "Who could be in the table and who could not."),
        asked("Collection", said.collection, "How the values were measured or recorded."),
        asked("Known bias", said.known_bias, "Who is missing, what is measured badly."),
    )
