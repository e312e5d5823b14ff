"""What the router, the specialists and people say to each other."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.graph.records import Role, Task, Tier, UseCase

EpisodeName = Literal["intake", "intent", "generation", "evaluation", "refinement", "documentation"]
GateName = Literal[
    "intake",
    "intent",
    "parameters",
    "generation",
    "evaluation",
    "refinement",
    "documentation",
]
AUTO = "auto:"
"""Prefix of approvers that are not people; nothing is learnt from them."""
Outcome = Literal["ok", "fail", "pass", "gap", "answered", "approved", "rejected"]


class Frozen(BaseModel):
    """Base of small value objects that live in the state."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Action(Frozen):
    """One thing the router may choose inside an episode."""

    name: str
    episode: EpisodeName
    agent: str
    """Name of the specialist that carries it out."""
    needs: tuple[str, ...] = ()
    """Actions of the same episode that must have succeeded before."""
    makes: tuple[str, ...] = ()
    """References that it writes into the state."""
    covers: tuple[str, ...] = ()
    """Aspects of the episode that are met when it succeeds."""
    stops: bool = False
    asks: bool = False
    """Needs an answer from the person (cost 1)."""
    reveals: bool = False
    """The answer says which aspects are wanted."""
    trains: bool = False
    """Runs generators: needs approved parameters and compute."""
    key: tuple[str, ...] = ()
    """Context flags by which its success is counted."""
    sentence: str = ""
    """What it does, in words for the person."""
    question: str = ""
    """What the person is asked, for actions that ask."""


class Feedback(Frozen):
    """What came back from an action; only the user costs anything."""

    source: Literal["tool", "reflection", "user"]
    outcome: Outcome
    cost: int = 0
    message: str = ""


class Alternative(Frozen):
    """An action that was legal but not chosen."""

    action: str
    score: float


class Decision(Frozen):
    """One choice of the router, complete enough to be replayed and explained."""

    step: int
    episode: EpisodeName
    attempt: int
    action: str
    score: float
    """Expected net reward of the episode from here, with this action first."""
    score_interval: tuple[float, float] | None = None
    """90 % interval of `score` from the counts behind it."""
    confidence: float
    """Probability that the person would approve the result as it stands."""
    interval: tuple[float, float] = (0.0, 1.0)
    """90 % interval of `confidence` from the counts behind it."""
    alternatives: tuple[Alternative, ...] = ()
    masked: dict[str, str] = Field(default_factory=dict)
    """Actions that were not allowed, each with the reason."""
    propensity: float = 1.0
    seed_path: tuple[int, ...] = ()
    policy: str = "veto"
    evidence: int = 0
    """Observations of this installation behind the estimate (0: the priors alone)."""
    sampling_changed: bool = False
    """Whether posterior sampling chose otherwise than the means would have."""
    why: str = ""
    probe: bool = False
    """Shown whatever the self-check had found: the answer tells what self-checks are worth."""
    blind: bool = False
    """Shown whatever the second opinion had been: the answer tells what that one is worth."""
    caution: str = ""
    """Set while the drift alarm is on: what the router does about it."""


class Changes(Frozen):
    """Typed changes that a person asks for; every field left out stays as it is."""

    use_case: UseCase | None = None
    target: str | None = None
    task: Task | None = None
    time_column: str | None = None
    roles: dict[str, Role] = Field(default_factory=dict)
    sensitive: tuple[str, ...] | None = None
    protected: tuple[str, ...] | None = None
    include: tuple[str, ...] = ()
    """Generators that the person wants run, exactly these."""
    exclude: tuple[str, ...] = ()
    parameters: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Generator name -> parameter -> value."""
    rows: int | None = None
    epsilon: float | None = None
    budget_minutes: float | None = None
    preset: Literal["quick", "standard", "paper"] | None = None
    tier: Tier | None = None
    """How thorough the evaluation is."""
    replicates: int | None = None
    """Independent fits of each generator."""
    min_cell: int | None = None
    """People behind every number about real people: ten, or more."""
    choose: bool | None = None
    """Whether few generators are run within the time limit and the best one is kept."""
    thresholds: dict[str, float] = Field(default_factory=dict)

    def named(self) -> dict[str, Any]:
        """Only what was said."""
        return self.model_dump(exclude_defaults=True)


class Proposal(Frozen):
    """What a gate puts before the person, in plain words and typed."""

    gate: GateName
    title: str
    lines: tuple[str, ...] = ()
    """Plain sentences, most important first."""
    table: tuple[dict[str, str], ...] = ()
    """Rows of one small table (plan, generators or results)."""
    editable: tuple[str, ...] = ()
    """Fields of `Changes` that can be changed here."""
    aspects: tuple[str, ...] = ()
    """Reasons offered when the person rejects."""
    question: str = ""
    """Set when the router asks something instead of proposing."""
    reply: str = ""
    """Answer to the question that the person asked last at this gate."""
    evaluation_plan: dict[str, Any] = Field(default_factory=dict)
    """Digest, fields and limits of the evaluation plan, where the gate agrees to one."""
    seconds: float | None = None
    memory_mb: float | None = None
    digest: str = ""
    """SHA-256 of what would be approved."""


class Approval(Frozen):
    """A recorded decision at a gate, by a person or a named auto-approver."""

    id: str = ""
    gate: GateName
    proposal_digest: str
    verdict: Literal["approve", "revise", "question", "stop"]
    changes: Changes = Changes()
    reasons: tuple[str, ...] = ()
    """Aspects that were missing, when the verdict is `revise`."""
    comment: str = ""
    actor: str
    at: str
    """UTC time, ISO 8601."""
