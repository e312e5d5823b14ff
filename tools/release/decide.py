"""Whether a release that a steward asks for can be one; it is the steward's, never the tool's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import get_args

from pydantic import BaseModel, ConfigDict

from synthcraft.graph.errors import InputError, RoleError
from synthcraft.tools.release.gates import Project, blocking, gates_of
from synthcraft.tools.release.ledger import Release, Tier, latest
from synthcraft.tools.release.records import Intake
from synthcraft.tools.report.results import CandidatePart

_REASON = 20
"""Characters of a written reason: less is no reason."""


class Asked(BaseModel):
    """What a steward says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steward: str
    candidate: str = ""
    """Empty: the only one there is."""
    tier: str
    terms: str
    until: str
    reason: str = ""


def release_of(project: Project, asked: Asked, data: str) -> Release:
    """The release, ready to be written down.

    Raises:
        RoleError: the steward had a hand in the making, or nobody did by name.
        InputError: something stands before it; all of it is told at once.
    """
    _second_person(project, asked.steward)
    candidate = _candidate(project, asked.candidate)
    state = next(
        (d.state for d in project.results.decision.candidates if d.candidate == candidate.id), ""
    )
    if faults := [*_faults(project, asked, state)]:
        raise InputError(
            f"{candidate.id} cannot be released: {' '.join(faults)}",
            f"`synthcraft gates {project.results.session}` lists what each gate takes.",
            code="E_RELEASE",
        )
    return Release.model_validate(
        {
            "session": project.results.session,
            "data": data,
            "candidate": candidate.id,
            "sha256": candidate.sha256,
            "decision": state,
            "tier": asked.tier,
            "terms": asked.terms.strip(),
            "until": asked.until,
            "steward": asked.steward,
            "reason": asked.reason.strip(),
        }
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _second_person(project: Project, steward: str) -> None:
    if not steward.strip():
        raise RoleError("A release takes a steward.", "Name one with --steward.")
    if steward.casefold() in {name.casefold() for name in project.analysts}:
        raise RoleError(
            "The release needs a second person: this one had a hand in the making.",
            "Ask another steward to look at it.",
        )


def _candidate(project: Project, name: str) -> CandidatePart:
    made = [c for c in project.results.candidates if c.status == "ok" and c.sha256]
    found = [c for c in made if c.id == name] if name else made
    if len(found) == 1:
        return found[0]
    raise InputError(
        f"The project has no synthetic table {name!r}."
        if name
        else f"The project has {len(made)} synthetic tables.",
        f"Name one with --candidate: {', '.join(c.id for c in made) or 'there is none yet'}.",
    )


def _faults(project: Project, asked: Asked, state: str) -> Iterator[str]:
    """Everything that stands before the release."""
    yield from blocking(gates_of(project))
    if state == "BLOCKED" or not state:
        yield f"The decision is {state or 'missing: it was not evaluated'}."
    elif state == "REFER" and len(asked.reason.strip()) < _REASON:
        yield "The decision is REFER, which takes the steward's written reason (--reason)."
    if asked.tier not in get_args(Tier):
        yield f"The tier is one of {', '.join(get_args(Tier))}."
    intake = project.record("G0")
    public = isinstance(intake, Intake) and intake.public_release == "yes"
    if asked.tier == "public" and not public:
        yield "The tier public takes public_release=yes at G0."
    if not asked.terms.strip():
        yield "Terms of use are missing (--terms)."
    if not _is_day(asked.until):
        yield "The last day (--until) is written like 2027-01-31."
    elif not project.today[:10] <= asked.until <= latest(project.today):
        yield f"The last day lies between today and {latest(project.today)}, 24 months from now."
