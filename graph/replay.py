"""Repeat every choice of the log from what it rested on, and find the first that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from synthcraft.graph.bandit import policy_named
from synthcraft.graph.contracts import Decision, Frozen
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.situation import Situation
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.audit import Entry
from synthcraft.tools.counts import Counts

CLOSE = 1e-6
"""Values of another machine may differ in their last digits."""


class Difference(Frozen):
    """The first place where the log and its repetition part."""

    step: int
    episode: str
    recorded: str
    """Action that the log holds."""
    repeated: str
    """Action that follows from the logged situation; empty if it cannot be worked out."""
    why: str


class Replay(Frozen):
    """What came of repeating the decisions of one branch."""

    decisions: int
    repeated: int
    """Decisions that were worked out again and agree."""
    not_recorded: int = 0
    """Decisions of an older version, whose entries do not hold enough."""
    difference: Difference | None = None


def repeat(entries: Sequence[Entry], pinned: Statistics, counts: Mapping[str, Counts]) -> Replay:
    """Repeat the decisions of one branch up to the first difference.

    Args:
        entries: the branch, oldest first.
        pinned: the policy snapshot of the project.
        counts: what the project had learnt, by digest, as its checkpoints hold it.
    """
    decisions = [entry for entry in entries if entry.body.get("kind") == "decision"]
    repeated = skipped = 0
    for entry in decisions:
        if "situation" not in entry.body and entry.intact:
            skipped += 1
            continue
        difference = _difference(entry, pinned, counts)
        if difference:
            return Replay(
                decisions=len(decisions),
                repeated=repeated,
                not_recorded=skipped,
                difference=difference,
            )
        repeated += 1
    return Replay(decisions=len(decisions), repeated=repeated, not_recorded=skipped)


def _difference(
    entry: Entry, pinned: Statistics, counts: Mapping[str, Counts]
) -> Difference | None:
    body = entry.body
    again, why = _again(body, pinned, counts)
    if again is not None:
        why = _what_differs(body, again)
    if not why and not entry.intact:
        why = "the entry was edited after it was written"
    if not why:
        return None
    step = body.get("step")
    return Difference(
        step=step if isinstance(step, int) else 0,
        episode=str(body.get("episode", "")),
        recorded=str(body.get("action", "")),
        repeated=again.action if again else "",
        why=why,
    )


def _again(
    body: Mapping[str, Any], pinned: Statistics, counts: Mapping[str, Counts]
) -> tuple[Decision | None, str]:
    """The choice worked out anew, or why that cannot be done."""
    learnt = counts.get(str(body.get("counts")))
    if learnt is None:
        return None, "no checkpoint holds the counts that it names"
    try:
        situation = Situation.model_validate(body["situation"])
        policy = policy_named(str(body.get("policy")))
        return policy.choose(situation, pinned.with_counts(learnt)), ""
    except (ValidationError, SynthCraftError, LookupError):
        return None, "the situation that it names is not possible"


def _what_differs(body: Mapping[str, Any], again: Decision) -> str:
    if body.get("action") != again.action:
        return "another action follows from the same situation"
    if set(body.get("masked", ())) != set(again.masked):
        return "other actions are allowed in the same situation"
    values = (body.get("score"), again.score), (body.get("propensity"), again.propensity)
    for logged, value in values:
        if not isinstance(logged, int | float) or abs(logged - value) > CLOSE:
            return "the same action has another value"
    return ""
