"""The schema of `results.json`: scripts depend on it, so fields may be added, never renamed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from synthcraft.graph.contracts import Approval
from synthcraft.graph.records import Candidate, FurtherFit, Plan, Verdict
from synthcraft.tools.amendments import Amendment
from synthcraft.tools.disclosure.rounding import least_of
from synthcraft.tools.generators.choice_record import Choice

SCHEMA = 1
RunStatus = Literal["finished", "waiting", "failed", "running", "interrupted", "stopped"]
ResultStatus = Literal[
    "pass", "refer", "fail", "described", "error", "suppressed", "uninformative", "not_assessed"
]
DecisionState = Literal["BLOCKED", "REFER", "CRITERIA MET"]
Withheld = Literal["withheld"]
WITHHELD: Withheld = "withheld"
"""In the place of a seed, in packs that leave the steward: seed and code ease attacks."""


def _finite(value: Any) -> Any:
    """NaN and infinities have no place in JSON."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_finite)]


class Part(BaseModel):
    """Base of the parts: unknown fields of a newer writer are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class DataPart(Part):
    """The real table and the sizes of its frozen parts."""

    rows: int = 0
    columns: int = 0
    sha256: str = ""
    train: int = 0
    validation: int = 0
    holdout: int = 0
    rounded_to: int = 1
    """What the sizes are rounded to where they leave; one that is withheld is 0 then."""


class PlanPart(Part):
    """The agreed plan in short; `plan.json` holds all of it."""

    use_case: str | None = None
    target: str | None = None
    task: str | None = None
    sensitive: list[str] = Field(default_factory=list)
    generators: list[str] = Field(default_factory=list)
    digest: str | None = None


class PlanEntry(Part):
    """The evaluation plan that holds; `plan` is what a plan file holds."""

    digest: str
    plan: dict[str, Any]
    limits: dict[str, str] = Field(default_factory=dict)
    """Metric id -> its rule in words."""
    unsigned: list[str] = Field(default_factory=list)
    agreed: dict[str, str] = Field(default_factory=dict)
    """Who agreed to it and when (`actor`, `at`), where a gate did."""
    amendments: list[Amendment] = Field(default_factory=list)


class CandidatePart(Part):
    """One synthetic file, or the reason why there is none."""

    id: str
    generator: str
    params: dict[str, Any] = Field(default_factory=dict)
    claim_level: str = ""
    seed: int | Withheld = 0
    rows: int = 0
    file: str | None = None
    """Relative to the folder of `results.json`."""
    sha256: str = ""
    seconds: Number = None
    predicted_seconds: Number = None
    peak_mb: Number = None
    acceptance: Number = None
    """Share of sampled rows that passed; none where every one did."""
    repaired: dict[str, int] = Field(default_factory=dict)
    """Column -> cells that were put right."""
    status: str = "ok"
    message: str = ""
    replicates: list[FurtherFit] = Field(default_factory=list)
    """Other independent fits of the generator, with those that gave no table."""


class Result(Part):
    """One number of the evaluation (`metrics.base.Result` with "candidate"), as it is printed."""

    candidate: str = ""
    replicate: int = 0
    """Which independent fit; 0 is the one whose table is the file."""
    metric_id: str
    family: str = ""
    title: str = ""
    explanation: str = ""
    column: str | None = None
    """Set on the rows of a breakdown by column; None on the metric's own row."""
    group: str | None = None
    """Set on the rows of a subgroup."""
    estimates: dict[str, tuple[Number, Number, Number]] = Field(default_factory=dict)
    """"real" and "synthetic" -> estimate and its interval, on the rows of one coefficient."""
    status: ResultStatus = "not_assessed"
    value: Number = None
    ci_low: Number = None
    ci_high: Number = None
    ci_method: str = ""
    anchors: dict[str, Number] = Field(default_factory=dict)
    """A0 floor, A1 fresh real rows, A2 memorised rows."""
    floor: str = ""
    """What A0 is for this metric."""
    normalised: Number = None
    direction: str = ""
    ideal_value: Number = None
    threshold: Number = None
    threshold_text: str = ""
    threshold_source: str = ""
    rows_used: dict[str, int] = Field(default_factory=dict)
    n_real: int = 0
    n_syn: int = 0
    events: int | None = None
    """Events behind a subgroup's number, rounded."""
    mde: Number = None
    noise: float = 0.0
    """Sampling noise at this size, below which no limit is set."""
    p_value: Number = None
    p_adjusted: Number = None
    adjustment: str = ""
    """How `p_adjusted` came about."""
    endpoint: str = ""
    """Set on primary endpoints, with whether it may confirm anything."""
    seeds: dict[str, int] = Field(default_factory=dict)
    runtime_s: Number = None
    definition_version: int = 1
    code_hash: str = ""
    message: str = ""

    @property
    def whole(self) -> bool:
        """Whether it speaks of the whole table and not of a column or group."""
        return not (self.column or self.group)


def unique(results: list[Result]) -> list[Result]:
    """Rows that differ in more than their run time, in order; a job may report a row again."""
    return list(
        {r.model_copy(update={"runtime_s": None}).model_dump_json(): r for r in results}.values()
    )


class CandidateDecision(Part):
    """What the decision aid says of one candidate."""

    candidate: str
    state: DecisionState
    reasons: list[str] = Field(default_factory=list)
    not_assessed: list[str] = Field(default_factory=list)


class DecisionPart(Part):
    """The strictest state of any candidate, so that it holds for the whole folder."""

    state: DecisionState | None = None
    reasons: list[str] = Field(default_factory=list)
    not_assessed: list[str] = Field(default_factory=list)
    candidates: list[CandidateDecision] = Field(default_factory=list)


class ApprovalPart(Part):
    """Who decided what at a gate."""

    gate: str
    actor: str
    verdict: str
    digest: str
    at: str


class Results(Part):
    """The whole of `results.json`."""

    schema_version: int = Field(default=SCHEMA, alias="schema")
    session: str
    status: RunStatus
    waiting_for: str | None = None
    seed: int | Withheld = 0
    data: DataPart = DataPart()
    plan: PlanPart = PlanPart()
    evaluation_plan: PlanEntry | None = None
    candidates: list[CandidatePart] = Field(default_factory=list)
    results: Annotated[list[Result], AfterValidator(unique)] = Field(default_factory=list)
    replicates: list[Result] = Field(default_factory=list)
    """The same for the other fits of each generator, whose tables are no files."""
    decision: DecisionPart = DecisionPart()
    approvals: list[ApprovalPart] = Field(default_factory=list)
    choice: Choice | None = None
    """How a generator was chosen under the time limit, where the project asked for it."""
    steps: int = 0
    questions_asked: int = 0
    files: dict[str, str] = Field(default_factory=dict)

    @property
    def least_cell(self) -> int:
        """People behind every number: ten, or more where the plan says so."""
        return least_of(self.evaluation_plan.plan if self.evaluation_plan else {})

    def payload(self) -> dict[str, Any]:
        """Plain JSON values under the names of the schema."""
        return self.model_dump(mode="json", by_alias=True)


def plan_part(plan: Plan) -> PlanPart:
    """The short form of a plan."""
    return PlanPart(
        use_case=plan.use_case,
        target=plan.target,
        task=plan.task,
        sensitive=list(plan.sensitive),
        generators=[each.generator for each in plan.generators],
        digest=plan.digest,
    )


def candidate_part(candidate: Candidate) -> CandidatePart:
    """A candidate of the state as it is printed."""
    return CandidatePart(**candidate.model_dump(mode="json"))


def approval_part(approval: Approval) -> ApprovalPart:
    """An approval of the state as it is printed."""
    return ApprovalPart(
        gate=approval.gate,
        actor=approval.actor,
        verdict=approval.verdict,
        digest=approval.proposal_digest,
        at=approval.at,
    )


def decision_part(verdicts: Sequence[Verdict]) -> DecisionPart:
    """All verdicts, with the strictest one as the state of the folder."""
    if not verdicts:
        return DecisionPart(not_assessed=["No synthetic file has been evaluated."])
    order: tuple[DecisionState, ...] = ("BLOCKED", "REFER", "CRITERIA MET")
    return DecisionPart(
        state=min((v.state for v in verdicts), key=order.index),
        reasons=[f"{v.candidate}: {reason}" for v in verdicts for reason in v.reasons],
        not_assessed=list(dict.fromkeys(text for v in verdicts for text in v.not_assessed)),
        candidates=[
            CandidateDecision(
                candidate=v.candidate,
                state=v.state,
                reasons=list(v.reasons),
                not_assessed=list(v.not_assessed),
            )
            for v in verdicts
        ],
    )
