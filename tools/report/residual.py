"""The statement of residual risk (evaluation 5.7), filled from the results where they say it."""

from __future__ import annotations

from synthcraft.tools.decision import expires
from synthcraft.tools.report.lines import Line, asked, told
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import label_of
from synthcraft.tools.report.words import number
from synthcraft.tools.report.worst import detectable, of_section, sentence_of, worst

ATTACKS = {
    "membership": (
        "was a known person in the training data",
        ("privacy.membership", "privacy.shadow_models", "privacy.copies", "privacy.dcr_share"),
    ),
    "attribute": (
        "what is the unknown value of a known person",
        ("privacy.attribute_inference", "privacy.disclosive_uniques"),
    ),
    "singling out": ("is there exactly one such person", ("privacy.singling_out",)),
    "linkage": ("do two tables speak of the same person", ("privacy.linkage",)),
}
"""Goal -> the attacker's question, and the measures that try to answer it."""
VULNERABLE = "privacy.vulnerable"
LEGAL = (
    "Whether this file is personal data is a legal decision of the controller; EDPB Opinion "
    "28/2024 asks for a case-by-case showing that extraction likelihood is insignificant; HIPAA "
    "expert determination needs a qualified expert."
)
CONFIDENTIAL = "The trained generator is classed as confidential as the source."
NOT_COVERED = (
    "Collusion across several releases, theft of the trained generator, data that become public "
    "later, and attackers with better knowledge than was assumed."
)
UNCERTAIN = (
    "Attacks estimate a lower bound; a test that finds nothing is as strong as the smallest effect "
    "that it could have seen."
)
ATTACKERS = (
    "A recipient who has the file alone; an outsider who also knows the listed columns of a "
    "person, as from a register; an insider who knows rows like those of the training data."
)


def residual_risk(record: ReportRecord) -> tuple[Line, ...]:
    """Every field of the template in its order."""
    results, said = record.results.results, record.governance
    known = record.plan.quasi_identifiers if record.plan else ()
    return (
        told("Attackers considered", ATTACKERS),
        told("What they know", ", ".join(known))
        if known
        else asked("What they know", "", "Declare the columns that an attacker may know."),
        *(_goal(goal, results) for goal in ATTACKS),
        told("Worst privacy result", _worst(results)),
        told("Worst subgroup", _subgroup(results)),
        told("Most vulnerable people", _vulnerable(results)),
        asked("Controls around the data", said.controls, "People, projects, settings, outputs."),
        asked("Harms if this is wrong", said.harms, "To whom, how grave, how likely."),
        told("Not covered", NOT_COVERED),
        told("Uncertainty", UNCERTAIN),
        told("Legal status", LEGAL),
        told("Trained generator", CONFIDENTIAL),
        told("Date", record.created[:10])
        if record.created
        else asked("Date", "", "Date of the statement."),
        asked("Owner", said.owner, "Who answers for this statement."),
        told("Review", said.review or f"By {expires(record.created)} at the latest.")
        if record.created or said.review
        else asked("Review", "", "When this is looked at again."),
    )


def _goal(goal: str, results: list[Result]) -> Line:
    question, measures = ATTACKS[goal]
    rows = [r for r in results if r.metric_id in measures and r.whole]
    tried = [r for r in rows if r.value is not None]
    label = f"Goal: {goal} ({question})"
    if not tried:
        why = next((r.message for r in rows if r.message), "")
        return told(label, f"Not tested. {why}".strip())
    return told(label, " ".join(f"{_short(row)}." for row in tried))


def _short(row: Result) -> str:
    mde = f", MDE {number(row.mde)}" if row.mde is not None else ""
    return f"{label_of(row)} ({row.candidate}): {number(row.value)}, {row.status}{mde}"


def _worst(results: list[Result]) -> str:
    found = worst([r for r in of_section(results, "privacy") if r.whole])
    if found is None:
        return "No attack has a result: nothing is known of the risk to privacy."
    return f"{sentence_of(found)} {detectable(found)}"


def _subgroup(results: list[Result]) -> str:
    groups = [r for r in results if r.group and r.metric_id.startswith("fairness.attack")]
    found = worst(groups)
    return sentence_of(found) if found else "No attack was measured group by group."


def _vulnerable(results: list[Result]) -> str:
    found = worst([r for r in results if r.metric_id == VULNERABLE])
    if found is None:
        return "The attack on the most exposed people has no result."
    return f"{sentence_of(found)} {detectable(found)}"
