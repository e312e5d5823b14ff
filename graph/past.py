"""Closed projects of a workspace, read from their audit logs, and why the others are left out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from synthcraft.graph.bandit import policies
from synthcraft.graph.contracts import AUTO, Approval
from synthcraft.graph.episodes import ATTEMPT_LIMIT, EPISODES, STOP, action_named
from synthcraft.graph.errors import InputError, NotFoundError, StoreError
from synthcraft.graph.logged import LoggedEpisode, LoggedProject, LoggedStep
from synthcraft.graph.lookups import log_of
from synthcraft.graph.situation import Situation, mask
from synthcraft.graph.statistics import Statistics

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.tools.audit import Entry

UNFINISHED = "not finished"
AUTOMATIC = "approved by an auto-approver, from which nothing is learnt"
OTHER_VERSION = "written by another version, whose log does not hold the situations needed"
DAMAGED = "its records were damaged or changed (see `synthcraft audit verify`)"
LAST = list(EPISODES)[-1]


class CannotTeach(InputError):
    """A project that says nothing about policies; the message is one of the reasons above."""


class Past(NamedTuple):
    """What a workspace can teach."""

    projects: tuple[LoggedProject, ...]
    left_out: dict[str, int]
    """Reason -> number of projects."""


async def read_past(runner: Runner) -> Past:
    """Every project of the workspace in which people decided to the end."""
    projects, left_out = [], Counter[str]()
    for info in await runner.sessions():
        try:
            if info.status not in ("finished", "stopped"):
                raise CannotTeach(UNFINISHED)
            view = await runner.view(info.session)
            projects.append(await asyncio.to_thread(_read, runner, info.session, view.audit_head))
        except CannotTeach as error:
            left_out[error.message] += 1
    return Past(tuple(projects), dict(left_out))


def _read(runner: Runner, session: str, head: str) -> LoggedProject:
    log = log_of(runner.deps, session)
    try:
        if log.verify(head):
            raise CannotTeach(DAMAGED)
        return project_of(
            log.lineage(head), lambda sha: runner.deps.statistics({"policy_sha": sha})
        )
    except (StoreError, NotFoundError) as error:
        raise CannotTeach(DAMAGED) from error


def project_of(entries: Sequence[Entry], pinned: Callable[[str], Statistics]) -> LoggedProject:
    """The project that one branch of a log describes.

    Args:
        entries: the branch, oldest first, as it was written.
        pinned: digest of a policy snapshot -> what was known then.

    Raises:
        CannotTeach: it has not come to its end, nobody looked, or too little was recorded.
    """
    bodies = [entry.body for entry in entries]
    try:
        steps = list(_steps(bodies))
        if not steps or not _closes(steps[-1]):
            raise CannotTeach(UNFINISHED)
        first = next(body for body in bodies if body.get("kind") == "decision")
        return LoggedProject(tuple(_episodes(steps)), pinned(str(first["pinned"])))
    except (ValueError, KeyError, TypeError) as error:
        raise CannotTeach(OTHER_VERSION) from error


def _steps(bodies: Sequence[Mapping[str, Any]]) -> Iterator[LoggedStep]:
    """Each decision with what came of it before the next one."""
    step: LoggedStep | None = None
    for body in bodies:
        kind = body.get("kind")
        if kind == "decision":
            if step is not None:
                yield step
            step = _decided(body)
        elif step is not None and kind == "approval":
            step = _answered(step, body)
        elif step is not None and kind == "feedback" and body.get("source") != "user":
            step = replace(step, ok=body["outcome"] in ("ok", "pass"))
    if step is not None:
        yield step


def _decided(body: Mapping[str, Any]) -> LoggedStep:
    step = LoggedStep(
        situation=Situation.model_validate(body["situation"]),
        action=body["action"],
        policy=body["policy"],
        propensity=float(body["propensity"]),
        probe=bool(body.get("probe", False)),
        blind=bool(body.get("blind", False)),
    )
    if step.policy not in policies() or step.action not in mask(step.situation)[0]:
        raise CannotTeach(OTHER_VERSION)
    return step


def _answered(step: LoggedStep, body: Mapping[str, Any]) -> LoggedStep:
    """The decision with a person's answer to it; what they asked or skipped decides nothing."""
    if body.get("verdict") not in ("approve", "revise"):
        return step
    fields = {name: value for name, value in body.items() if name != "kind"}
    answer = Approval.model_validate(fields)
    if answer.actor.startswith(AUTO):
        raise CannotTeach(AUTOMATIC)
    approved = answer.verdict == "approve"
    if step.action == STOP:
        reasons = () if approved else answer.reasons
        return replace(step, ok=approved, reasons=reasons, reward=1.0 if approved else -1.0)
    if action_named(step.situation.episode, step.action).asks:
        told = bool(answer.reasons or answer.changes.named() or answer.comment)
        return replace(step, ok=told, reward=-1.0)
    # Parameters that are approved cost nothing; the fit that follows says whether it worked.
    return step if approved else replace(step, reward=-1.0)


def _closes(step: LoggedStep) -> bool:
    """Whether a project ends here: everything approved, or sent back for the last time."""
    if step.action != STOP or step.ok is None:
        return False
    attempts = step.situation.progress.attempt + 1
    return step.situation.episode == LAST if step.ok else attempts >= ATTEMPT_LIMIT


def _episodes(steps: Sequence[LoggedStep]) -> Iterator[LoggedEpisode]:
    """Courses through episodes: a new one where the episode changes or was closed before."""
    course: list[LoggedStep] = []
    for step in steps:
        before = course[-1] if course else step
        closed = before.action == STOP and bool(before.ok)
        if closed or before.situation.episode != step.situation.episode:
            yield LoggedEpisode(tuple(course))
            course = []
        course.append(step)
    yield LoggedEpisode(tuple(course))
