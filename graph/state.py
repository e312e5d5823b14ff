"""The state of one project: references and small summaries, never rows."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from synthcraft.graph.contracts import (
    Approval,
    Changes,
    Decision,
    EpisodeName,
    Feedback,
    Frozen,
    Proposal,
)
from synthcraft.graph.records import (
    ArtifactRef,
    Candidate,
    Fix,
    Flags,
    Inbox,
    Plan,
    Source,
    Split,
    Verdict,
)

SCHEMA_VERSION = 1


class Progress(Frozen):
    """Where one episode stands."""

    status: Literal["open", "approved", "skipped", "stale"] = "open"
    attempt: int = 0
    steps: int = 0
    """Actions of this attempt, self-checks not counted."""
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    checks: int = 0
    check: Literal["none", "pass", "gap"] = "none"
    second: Literal["none", "pass", "gap"] = "none"
    """What a language model thought of the result that was checked, where one is on."""
    wanted: tuple[str, ...] = ()
    """Aspects the person named or an answer revealed."""
    revealed: bool = False
    asks: int = 0
    unexplained: tuple[tuple[str, ...], ...] = ()
    """What was done each time the result was sent back without a word."""
    returns: tuple[float, ...] = ()
    """Reward of each stop so far, for the value of another attempt."""


def by_id(old: list[Candidate] | None, new: list[Candidate]) -> list[Candidate]:
    """Merge by id: replay, re-execution and forks never double an entry."""
    return list(({c.id: c for c in old or []} | {c.id: c for c in new}).values())


T = TypeVar("T")


def merge(old: dict[str, T] | None, new: dict[str, T]) -> dict[str, T]:
    """Later keys win."""
    return {**(old or {}), **new}


class RunState(TypedDict, total=False):
    """Channels of the graph. Fields may be added with defaults, never renamed."""

    schema_version: int
    session: str
    seed: int
    step: int
    status: Literal["running", "finished", "stopped", "failed"]
    episode: EpisodeName
    inbox: Inbox
    unattended: bool
    questions: int
    source: Source
    request: Changes
    prompt: str
    plan: Plan
    flags: Flags
    split: Split
    progress: Annotated[dict[str, Progress], merge]
    choice: Decision
    feedback: Feedback
    proposal: Proposal | None
    answer: Approval | None
    approvals: Annotated[dict[str, Approval], merge]
    refs: Annotated[dict[str, ArtifactRef], merge]
    candidates: Annotated[list[Candidate], by_id]
    verdicts: list[Verdict]
    fix: Fix | None
    round: int
    minutes_used: float
    counts: dict[str, tuple[int, int]]
    policy_sha: str
    audit_head: str
    message: str


class Delta(BaseModel):
    """What a node may change; anything else is refused when it is built."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=False)

    session: str = ""
    seed: int = 0
    step: int = 0
    schema_version: int = SCHEMA_VERSION
    status: Literal["running", "finished", "stopped", "failed"] = "running"
    episode: EpisodeName = "intake"
    inbox: Inbox | None = None
    unattended: bool = False
    questions: int = 0
    source: Source | None = None
    request: Changes = Changes()
    prompt: str = ""
    plan: Plan = Plan()
    flags: Flags = Flags()
    split: Split | None = None
    progress: dict[str, Progress] = Field(default_factory=dict)
    choice: Decision | None = None
    feedback: Feedback | None = None
    proposal: Proposal | None = None
    answer: Approval | None = None
    approvals: dict[str, Approval] = Field(default_factory=dict)
    refs: dict[str, ArtifactRef] = Field(default_factory=dict)
    candidates: list[Candidate] = Field(default_factory=list)
    verdicts: list[Verdict] = Field(default_factory=list)
    fix: Fix | None = None
    round: int = 0
    minutes_used: float = 0.0
    counts: dict[str, tuple[int, int]] = Field(default_factory=dict)
    policy_sha: str = ""
    audit_head: str = ""
    message: str = ""

    def updates(self) -> dict[str, object]:
        """Channel updates: only what was set, models left whole."""
        return {name: getattr(self, name) for name in self.model_fields_set}
