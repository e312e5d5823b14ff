"""What the runner shows of a project: plain records for the page, the command line and scripts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from synthcraft.graph.contracts import Approval, Changes, Decision, Frozen, GateName, Proposal
from synthcraft.graph.records import Candidate, Plan, Verdict
from synthcraft.graph.state import Progress

Status = Literal["running", "waiting", "interrupted", "finished", "stopped", "failed"]


class Answer(Frozen):
    """A person's answer to an open gate; also the response schema of the interrupt."""

    verdict: Literal["approve", "revise", "question", "stop"]
    changes: Changes = Changes()
    reasons: tuple[str, ...] = ()
    comment: str = ""
    actor: str = Field(default="user", min_length=1)


class SessionView(Frozen):
    """Where a project stands at its head checkpoint."""

    session: str
    name: str = ""
    status: Status
    episode: str = ""
    waiting_for: GateName | None = None
    interrupt_id: str | None = None
    """Must be given back with the answer: an older one is refused."""
    proposal: Proposal | None = None
    choice: Decision | None = None
    progress: dict[str, Progress] = Field(default_factory=dict)
    plan: Plan = Plan()
    candidates: tuple[Candidate, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    step: int = 0
    round: int = 0
    seed: int = 0
    questions_asked: int = 0
    message: str = ""
    checkpoint: str = ""
    audit_head: str = ""
    """Last entry of the audit log on this branch: a log that lacks it was cut."""
    error: dict[str, str] | None = None


class HistoryLine(Frozen):
    """One checkpoint of a project, in words."""

    checkpoint: str
    parent: str | None
    step: int
    node: str
    """Node that ran last (or `revert`)."""
    episode: str
    who: str = ""
    """A person by name, a specialist, `router` or `program`."""
    what: str
    at: str
    cost: int = 0
    """Answers that it took from the person."""
    seconds: float = 0.0
    """Training time that it took."""
    on_head: bool = True
    """False on branches that were left by a revert."""
    choice: Decision | None = None
    """The router's choice, where it was made."""


class Turn(Frozen):
    """One thing that was said or done, for a conversation that is told again."""

    kind: Literal["said", "told", "did", "asked", "answered", "reverted"]
    at: str
    who: str = ""
    """A person by name; empty where it is the program."""
    text: str = ""
    """As it was written: a page escapes it."""
    card: Proposal | None = None
    answer: Approval | None = None


class SessionInfo(Frozen):
    """One line of the list of projects."""

    session: str
    name: str
    """Of the file or files."""
    title: str = ""
    """What a person called it; empty: it is known by its file."""
    status: Status
    waiting_for: str = ""
    """Gate that waits for an answer."""
    created: str
    updated: str
    rows: int = 0
    """Of the table, as it may be told: to the nearest five."""
    columns: int = 0
    owner: str = ""
    """Who started it on the page of a team; empty: the local operator."""
    handed_over: bool = False
    """Whether stewards see it: it waits for its release, or was released."""

    @property
    def called(self) -> str:
        """What the project is called in lists; names need not be unique."""
        return self.title or self.name or "unnamed"


ANSWER = "answer"
"""`subject` of the sentences of an answer that is still being given."""


class Event(Frozen):
    """Something that happened while a project runs."""

    kind: Literal["decision", "progress", "message", "gate", "done", "error"]
    text: str
    fraction: float | None = None
    """Set for `progress`: 0 to 1."""
    subject: str = ""
    """What the progress is of, e.g. a candidate id."""
    data: dict[str, Any] = Field(default_factory=dict)
