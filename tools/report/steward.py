"""The two pages that a data steward reads first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthcraft.graph.contracts import Approval
from synthcraft.tools.report.contents import NUMBER
from synthcraft.tools.report.governance import intended_use, source_lines
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.residual import residual_risk
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.worst import detectable, of_section, sentence_of, worst

SHOWN = 6
"""Lines of a list on these pages; the others are counted."""
DETAILS = f"in chapter {NUMBER['failed']}"
"""Where all of them stand."""
NO_PRIVACY = "No attack on privacy has a result: nothing is known of the risk."
NO_GROUP = "Nothing was measured group by group: whether groups are served alike is not known."


@dataclass(frozen=True)
class Brief:
    """What stands on the first two pages beside the state of each file."""

    privacy: tuple[str, ...]
    subgroup: tuple[str, ...]
    failed: tuple[str, ...]
    not_assessed: tuple[str, ...]
    approvals: tuple[Approval, ...]
    decide: tuple[str, ...]


def brief(record: ReportRecord) -> Brief:
    """Everything from the records alone."""
    results = record.results.results
    whole = [r for r in of_section(results, "privacy") if r.whole]
    fair = of_section(results, "subgroup")
    by_group = [r for r in fair if r.group] or fair
    return Brief(
        privacy=_worst(whole, NO_PRIVACY),
        subgroup=_worst(by_group, NO_GROUP),
        failed=_failed(record),
        not_assessed=tuple(record.results.decision.not_assessed),
        approvals=_standing(record.approvals),
        decide=_decisions(record),
    )


def _worst(results: Sequence[Result], none: str) -> tuple[str, ...]:
    found = worst(results)
    return (sentence_of(found), detectable(found)) if found else (none,)


def _failed(record: ReportRecord) -> tuple[str, ...]:
    lost = [f"{c.id}: {c.message or c.status}" for c in record.results.candidates
            if c.status != "ok"]  # fmt: skip
    bad = [r for r in record.results.results if r.status in ("fail", "error")]
    whole = [sentence_of(r) for r in bad if r.whole]
    parts = len(bad) - len(whole)
    more = [f"{parts} results of single columns or groups, {DETAILS}."] if parts else []
    return (*lost, *record.lost, *whole, *more)


def _standing(approvals: Sequence[Approval]) -> tuple[Approval, ...]:
    """The last decision at each gate, in order of time."""
    last = {a.gate: a for a in sorted(approvals, key=lambda a: a.at) if a.verdict != "question"}
    return tuple(sorted(last.values(), key=lambda a: a.at))


def _decisions(record: ReportRecord) -> tuple[str, ...]:
    """What is left to a person, the gravest first."""
    made = {c.id for c in record.results.candidates if c.status == "ok"}
    told = [_of_state(v.candidate, v.state, len(v.reasons)) for v in record.verdicts]
    judged = {v.candidate for v in record.verdicts}
    told += [f"{name} was not evaluated: it cannot be released." for name in sorted(made - judged)]
    auto = len(record.automatic)
    if auto:
        told.append(f"Whether {auto} decisions that no person looked at may stand.")
    count = len(record.results.decision.not_assessed)
    if count and made:
        told.append(f"Whether the file can go without the {count} things that were not assessed.")
    lines = (
        *intended_use(record.results, record.governance, record.created),
        *source_lines(record.governance),
        *residual_risk(record),
    )
    named = [line.label.casefold() for line in lines if line.open]
    if named:
        told.append(f"What only people know and is still open: {', '.join(named)}.")
    return tuple(told) or ("Nothing yet: there is no file.",)


def _of_state(candidate: str, state: str, reasons: int) -> str:
    if state == "BLOCKED":
        return f"{candidate} is blocked and must not be passed on as it is."
    if state == "REFER":
        return f"Whether {candidate} may be released in spite of {reasons} reasons to ask a person."
    return f"Whether {candidate} is released: the agreed criteria are met, which decides nothing."
