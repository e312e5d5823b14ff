"""What a specialist is and what it is given."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from synthcraft.agents.language.base import Language
from synthcraft.graph.contracts import Action, Feedback, GateName
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.audit import AuditLog
from synthcraft.tools.job_records import JobResult, JobSpec
from synthcraft.tools.jobs import JobRunner
from synthcraft.tools.table_limits import Limits


@dataclass(frozen=True)
class Toolbox:
    """Everything a specialist may reach: nothing else is open to it.

    Attributes:
        store: the write-once artefact store.
        jobs: heavy work in child processes.
        language: understanding and explaining, offline by default.
        audit: the log of this project.
        limits: what a table may be.
        memory_mb: limit of one job.
        job_timeout_s: wall-clock limit of one job.
        emit: tells the person about progress: (text, fraction or None, subject).
        calls: the jobs asked for so far, as the audit log records them.
    """

    store: ArtifactStore
    jobs: JobRunner
    language: Language
    audit: AuditLog
    limits: Limits
    memory_mb: int
    job_timeout_s: float
    emit: Callable[[str, float | None, str], None]
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def minutes_worked(self) -> float:
        """Minutes in which any of these jobs ran: not those in which others' had their turn."""
        return self.jobs.worked.seconds / 60

    async def run_job(
        self,
        kind: str,
        params: dict[str, Any],
        inputs: dict[str, str],
        seed: int,
        subject: str,
        at_most_s: float = math.inf,
    ) -> JobResult:
        """Run a job under this project's limits, its progress told under `subject`.

        A job that runs longer than `at_most_s`, or than any job may, is ended.
        """
        spec = JobSpec(
            kind=kind,
            params=params,
            inputs=inputs,
            seed=seed,
            memory_mb=self.memory_mb,
            timeout_s=min(self.job_timeout_s, at_most_s),
        )
        done = await self.jobs.run(
            spec, on_progress=lambda p: self.emit(p.message, p.fraction, subject)
        )
        self.calls.append({"job": kind, "key": done.key, "seed": seed, "status": done.status})
        return done


Handler = Callable[[RunState, Toolbox], Awaitable[Delta]]
"""Carries out one action: reads state, calls tools, returns what changed."""

Proposer = Callable[[RunState, Toolbox], Awaitable[Delta]]
"""Prepares the card of one gate; the Delta holds a `Proposal` (and the plan it shows)."""


class Agent(Protocol):
    """A specialist: carries out actions and prepares the cards of its gates."""

    name: str

    async def act(self, action: Action, state: RunState, tools: Toolbox) -> Delta:
        """Carry out one action; failures of tools come back as feedback `fail`."""
        ...

    async def propose(self, gate: GateName, state: RunState, tools: Toolbox) -> Delta:
        """Prepare the card of a gate."""
        ...


def succeeded(message: str, **changes: Any) -> Delta:
    """A Delta of an action that worked, with a sentence for the person."""
    feedback = Feedback(source="tool", outcome="ok", message=message)
    return Delta(feedback=feedback, message=message, **changes)


def did_not_work(message: str, **changes: Any) -> Delta:
    """A Delta of an action that did not work; the run goes on."""
    feedback = Feedback(source="tool", outcome="fail", message=message)
    return Delta(feedback=feedback, message=message, **changes)
