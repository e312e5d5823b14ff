"""The gates G0 to G6: what each needs, what is known, and whether it is met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.graph.records import KEPT_OUT, Plan
from synthcraft.tools.audit import Entry
from synthcraft.tools.evaluation_plan import must_pass
from synthcraft.tools.metrics.names import measure_name
from synthcraft.tools.release.ledger import Release
from synthcraft.tools.release.records import RECORDS, After, GateId, Intake, PlanSigned, Roles, Said
from synthcraft.tools.report.results import Results
from synthcraft.tools.report.words import is_auto

State = Literal["met", "open", "blocked", "expired"]
TITLES: dict[GateId, str] = {
    "G0": "Intake: by what right the data are here",
    "G1": "Roles of the columns",
    "G2": "Plan",
    "G3": "Training",
    "G4": "Evaluation",
    "G5": "Release",
    "G6": "After the release",
}
_FLAGS = {
    "llm_egress": "Sending anything to a language model outside",
    "derivative_models": "Training models on the synthetic table",
    "public_release": "Release to everybody",
}
_MADE = ("intent", "parameters", "generation")
"""Gates of the project whose approval makes somebody an analyst of it."""


class Statement(BaseModel):
    """One thing that was said at a gate, as the audit log holds it."""

    model_config = ConfigDict(frozen=True)

    gate: GateId
    fields: dict[str, str]
    actor: str
    role: str
    at: str


class Gate(BaseModel):
    """Where a gate stands.

    Attributes:
        known: field -> what people have said, or what follows from the project.
        missing: what it still takes, or why it is blocked, in sentences.
        notes: what follows from an unknown that counts as no.
        by: who said the last thing, in which role and when.
    """

    model_config = ConfigDict(frozen=True)

    gate: GateId
    title: str
    state: State
    known: dict[str, str] = {}
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    by: str = ""
    role: str = ""
    at: str = ""


class Project(BaseModel):
    """What the gates are judged by.

    Attributes:
        owner: who started it on the page of a team; empty: the operator.
        prompts: how many times a language model was sent something.
        today: ISO 8601.
    """

    model_config = ConfigDict(frozen=True)

    results: Results
    plan: Plan
    said: tuple[Statement, ...] = ()
    releases: tuple[Release, ...] = ()
    allowed: frozenset[str] = frozenset()
    """Engines of the catalogue that may run."""
    owner: str = ""
    prompts: int = 0
    today: str

    def record(self, gate: GateId) -> Said:
        """What people have said at a gate so far; the last word on a field holds."""
        fields: dict[str, str] = {}
        for statement in self.said:
            fields |= statement.fields if statement.gate == gate else {}
        return RECORDS[gate].model_validate(fields)

    def approved_by(self, *gates: str) -> list[str]:
        """People who approved a gate of the project."""
        found = [a for a in self.results.approvals if a.verdict == "approve" and a.gate in gates]
        return [a.actor for a in found if not is_auto(a.actor)]

    @property
    def signed(self) -> bool:
        """Whether somebody has signed the plan outside of the gates of the project."""
        said = self.record("G2")
        return isinstance(said, PlanSigned) and said.signed == "yes"

    @property
    def analysts(self) -> frozenset[str]:
        """Everybody who had a hand in the making: none of them can be the second person."""
        signed = [s.actor for s in self.said if s.gate == "G2" and s.fields.get("signed") == "yes"]
        owner = [self.owner] if self.owner else []
        return frozenset([*self.approved_by(*_MADE), *signed, *owner])


def statements(entries: Iterable[Entry]) -> tuple[Statement, ...]:
    """What was said at gates, on whatever branch: going back does not unsay it."""
    return tuple(
        Statement.model_validate({k: e.body[k] for k in Statement.model_fields})
        for e in entries
        if e.body.get("kind") == "gate"
    )


def gates_of(project: Project) -> tuple[Gate, ...]:
    """Every gate in its order."""
    judged = {
        "G0": _intake,
        "G1": _roles,
        "G2": _plan,
        "G3": _training,
        "G4": _evaluation,
        "G5": _release,
        "G6": _after,
    }
    return tuple(_gate(gate, project, *judged[gate](project)) for gate in RECORDS)


def _gate(
    gate: GateId,
    project: Project,
    known: Mapping[str, str],
    missing: Iterable[str],
    notes: Iterable[str] = (),
    state: State | None = None,
) -> Gate:
    said = [s for s in project.said if s.gate == gate]
    last: dict[str, Any] = said[-1].model_dump(include={"role", "at"}) if said else {}
    left = tuple(missing)
    return Gate(
        gate=gate,
        title=TITLES[gate],
        state=state or ("blocked" if left else "met"),
        known=dict(known),
        missing=left,
        notes=tuple(notes),
        by=said[-1].actor if said else "",
        **last,
    )


Judged = tuple[Mapping[str, str], Iterable[str], Iterable[str], State | None]


def _intake(project: Project) -> Judged:
    said = project.record("G0")
    assert isinstance(said, Intake)
    missing = [
        f"Nobody has named the {name.replace('_', ' ')}."
        for name in ("custodian", "legal_basis", "classification")
        if not getattr(said, name)
    ]
    if said.synthesis_allowed != "yes":
        missing.append(f"Whether synthesis is allowed: {said.synthesis_allowed}, so it is not.")
    notes = [
        f"{what}: unknown, which counts as forbidden."
        for name, what in _FLAGS.items()
        if getattr(said, name) == "unknown"
    ]
    notes += [] if said.ethics_ref else ["No reference of an ethics committee was given."]
    if project.prompts and said.llm_egress != "yes":
        notes.append(
            f"A language model was sent {project.prompts} prompts; see `synthcraft ledger`."
        )
    return said.model_dump(), missing, notes, None


def _roles(project: Project) -> Judged:
    said, plan = project.record("G1"), project.plan
    assert isinstance(said, Roles)
    roles = {role: [c for c, r in plan.roles.items() if r == role] for role in KEPT_OUT}
    known = {
        **said.model_dump(),
        "kept out": "; ".join(f"{role}: {', '.join(c)}" for role, c in roles.items() if c),
        "quasi-identifiers": ", ".join(plan.quasi_identifiers),
        "sensitive": ", ".join(plan.sensitive),
        "protected groups": ", ".join(plan.protected),
        "outcome": plan.target or "",
    }
    missing = [
        f"{name.replace('_', ' ').capitalize()} in the table: not reviewed by a person."
        for name in ("free_text", "dates", "geography")
        if getattr(said, name) != "yes"
    ]
    if not any(a.gate == "intake" for a in project.results.approvals):
        missing.append("The roles of the columns were not approved.")
    return known, missing, (), None


def _plan(project: Project) -> Judged:
    said, entry = project.record("G2"), project.results.evaluation_plan
    assert isinstance(said, PlanSigned)
    signers = project.approved_by("intent")
    known = {
        **said.model_dump(),
        "use case": project.plan.use_case,
        "evaluation plan": entry.digest if entry else "",
        "approved by": ", ".join(dict.fromkeys(signers)),
    }
    missing = [] if signers or project.signed else ["No person has signed the plan."]
    return known, missing, (), None


def _training(project: Project) -> Judged:
    engines = [c.generator for c in project.results.candidates]
    outside = sorted(set(engines) - project.allowed)
    known = {
        "engines": ", ".join(dict.fromkeys(engines)),
        "budget in minutes": f"{project.plan.budget_minutes:g}",
        "parameters approved by": ", ".join(dict.fromkeys(project.approved_by("parameters"))),
    }
    missing = [f"{name} is not on the list of engines that may run." for name in outside]
    missing += [] if engines else ["No generator has run."]
    # a signed plan is a person's word for its parameters, where an approver was automatic
    confirmed = project.approved_by("parameters") or project.signed
    if engines and not confirmed:
        missing.append("No person has confirmed the parameters.")
    return known, missing, (), None


def _evaluation(project: Project) -> Judged:
    plan, results = project.plan, project.results
    done = {
        r.metric_id
        for r in results.results
        if r.status not in ("error", "not_assessed") and r.whole
    }
    needed = must_pass(plan.use_case, plan.tier)
    lost = [m for m in needed if not any(d == m or d.startswith(f"{m}.") for d in done)]
    known = {
        "tier": plan.tier,
        "results": str(len(results.results)),
        "decision": results.decision.state or "",
    }
    missing = [f"Mandatory and not assessed: {'; '.join(map(measure_name, lost))}."] if lost else []
    return known, missing, (), None


def _release(project: Project) -> Judged:
    last = project.releases[-1] if project.releases else None
    if last is None:
        return {}, ["A steward has released nothing of this project."], (), "open"
    known = {"release": last.id, **last.shown()}
    state = last.state(project.today)
    if state == "in force":
        return known, (), (), "met"
    return known, [f"The last release is {state}."], (), "expired" if state == "expired" else "open"


def _after(project: Project) -> Judged:
    said = project.record("G6")
    assert isinstance(said, After)
    missing = [
        f"Nobody has named the {name.replace('_', ' ')}."
        for name, value in said.model_dump().items()
        if not value
    ]
    expired = any(r.state(project.today) == "expired" for r in project.releases[-1:])
    late = ["The release has expired: withdraw it, or evaluate and release again."]
    state: State | None = "expired" if expired else None if project.releases else "open"
    made = [f"{child.what} ({child.contact})" for r in project.releases for child in r.children]
    known = {**said.model_dump(), "made from it": "; ".join(made)}
    intake = project.record("G0")
    allowed = isinstance(intake, Intake) and intake.derivative_models == "yes"
    notes = ["Something was made from a release, and G0 does not allow that."]
    left = [*missing, *(late if expired else [])]
    return known, left, notes if made and not allowed else (), state


def blocking(gates: Iterable[Gate]) -> Iterator[str]:
    """What stands before a release: every gate up to the evaluation has to be met."""
    for gate in gates:
        if gate.gate in ("G0", "G1", "G2", "G3", "G4") and gate.state != "met":
            yield f"{gate.gate} ({gate.title}): {' '.join(gate.missing)}"
