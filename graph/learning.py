"""What is learnt from feedback, as counts to add, and how it moves the episode on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from synthcraft.graph.approval import approval_chance, extras, missing, success_of, vetoes
from synthcraft.graph.contracts import Action, EpisodeName
from synthcraft.graph.episodes import ATTEMPT_LIMIT
from synthcraft.graph.situation import Situation, covered
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import (
    Statistics,
    base_key,
    extra_key,
    gap_key,
    return_key,
    second_key,
    with_wider,
)
from synthcraft.tools.counts import Counts, add_counts, micro


def learn_action(statistics: Statistics, situation: Situation, action: Action, ok: bool) -> Counts:
    """Counts after an action of the table ran (a self-check teaches nothing)."""
    return {success_of(situation, action): micro(float(ok), float(not ok))}


def learn_check(situation: Situation, approved: bool) -> Counts:
    """Counts of a self-check beside the person's verdict on the same result.

    Only where the result was shown whatever the check had found (`Decision.probe`): other results
    reach the person mostly after a `pass`, and would make every check look better than it is.
    """
    gap = situation.progress.check == "gap"
    return {gap_key("approved" if approved else "rejected"): micro(float(gap), float(not gap))}


def learn_second(situation: Situation, approved: bool) -> Counts:
    """Counts of a second opinion beside the person's verdict on the same result.

    Only where the result would have been shown whatever the opinion (`Decision.blind`), for the
    same reason.
    """
    progress = situation.progress
    if progress.check == "none" or progress.second == "none":
        return {}
    gap = progress.second == "gap"
    key = second_key(progress.check, "approved" if approved else "rejected")
    return {key: micro(float(gap), float(not gap))}


def learn_stop(
    statistics: Statistics, situation: Situation, approved: bool, reasons: Sequence[str] = ()
) -> Counts:
    """Counts after the person saw the result.

    Args:
        statistics: means for the soft attribution of an unexplained rejection.
        situation: the episode as it was shown.
        approved: the person's verdict.
        reasons: aspects that the person missed, when they sent it back.
    """
    if approved:
        return with_wider(_from_approval(situation))
    if not reasons:
        return with_wider(_from_silence(statistics, situation))
    keys = dict(missing(situation))
    named = [keys[reason] for reason in dict.fromkeys(reasons) if reason in keys]
    if named:
        return with_wider(dict.fromkeys(named, micro(1, 0)))
    # Something that is there was not good enough: no veto of a missing aspect explains it.
    return {base_key(situation.episode): micro(0, 1)}


def _from_approval(situation: Situation) -> Counts:
    counts: Counts = {key: micro(0, 1) for _, key in missing(situation)}
    counts[base_key(situation.episode)] = micro(1, 0)
    if number := extras(situation):
        counts[extra_key(situation.episode)] = micro(0, number)
    return counts


def _from_silence(statistics: Statistics, situation: Situation) -> Counts:
    """Share one rejection among its possible causes, by how likely each caused it."""
    chances = vetoes(situation, statistics.mean)
    base, extra = base_key(situation.episode), extra_key(situation.episode)
    number = extras(situation)
    rejection = max(1 - float(approval_chance(situation, statistics.mean, chances.values())), 1e-6)

    def share(mean: float) -> float:
        return min(mean / rejection, 1.0)

    counts: Counts = {}
    for aspect, key in missing(situation):
        part = share(float(chances[aspect]))
        counts[key] = micro(part, 1 - part)
    part = share(1 - statistics.mean(base))
    counts[base] = micro(1 - part, part)
    if number:
        part = share(statistics.mean(extra))
        counts[extra] = micro(number * part, number * (1 - part))
    return counts


def learn_returns(episode: EpisodeName, returns: Sequence[float]) -> Counts:
    """Counts at the end of an episode: what followed each rejection."""
    counts: Counts = {}
    for attempt in range(min(len(returns), ATTEMPT_LIMIT) - 1):
        after = sum(returns[attempt + 1 : ATTEMPT_LIMIT])
        counts = add_counts(counts, {return_key(episode, attempt): micro(1, after)})
    return counts


def after_action(
    progress: Progress, action: Action, ok: bool, wanted: Iterable[str] = ()
) -> Progress:
    """The episode after an action; `wanted` is what the answer to a question revealed."""
    change: dict[str, object] = {
        "steps": progress.steps + 1,
        "check": "none",
        "second": "none",
        "asks": progress.asks + int(action.asks),
    }
    if ok:
        change["done"] = _joined(progress.done, (action.name,))
        change["failed"] = tuple(name for name in progress.failed if name != action.name)
    else:
        change["failed"] = _joined(progress.failed, (action.name,))
    if ok and action.reveals and (named := tuple(wanted)):
        change |= {"revealed": True, "wanted": _joined(progress.wanted, named)}
    return progress.model_copy(update=change)


def after_check(
    progress: Progress, gap: bool, second: Literal["none", "pass", "gap"] = "none"
) -> Progress:
    """The episode after a self-check, which uses up no step; `second` is a model's opinion."""
    verdict = "gap" if gap else "pass"
    return progress.model_copy(
        update={"check": verdict, "second": second, "checks": progress.checks + 1}
    )


def after_stop(
    progress: Progress, approved: bool, reasons: Iterable[str] = (), explained: bool = False
) -> Progress:
    """The episode after the person's verdict: closed, or one more attempt.

    `explained`: the person said what should change, though no aspect that was missing.
    """
    if approved:
        closed = {"status": "approved", "returns": (*progress.returns, 1.0)}
        return progress.model_copy(update=closed)
    reasons = tuple(reasons)
    silent = () if reasons or explained else (progress.done,)
    return progress.model_copy(
        update={
            "attempt": progress.attempt + 1,
            "steps": 0,
            "failed": (),
            "check": "none",
            "second": "none",
            "checks": 0,
            "wanted": _joined(progress.wanted, reasons),
            "unexplained": (*progress.unexplained, *silent),
            "returns": (*progress.returns, -1.0),
        }
    )


def self_check(situation: Situation) -> Literal["pass", "gap"]:
    """Offline reflection: a gap when something that is believed to be wanted is missing."""
    lacking = situation.expected - covered(situation.episode, situation.progress)
    return "gap" if lacking else "pass"


def _joined(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))
