"""A person leaves an episode out, or opens one again: decisions outside the open gate."""

from __future__ import annotations

from typing import Literal

from synthcraft.graph.contracts import EpisodeName, Feedback
from synthcraft.graph.deps import Deps
from synthcraft.graph.episodes import CLOSED, EPISODES, STOP, next_episode
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.graph.journal import note
from synthcraft.graph.records import Verdict, digest_of
from synthcraft.graph.settle import reopened
from synthcraft.graph.state import Delta, Progress, RunState

MAY_BE_SKIPPED: tuple[EpisodeName, ...] = ("evaluation", "refinement")
"""The others are mandatory: purpose, parameters and documentation are always approved."""


def skipping(state: RunState, deps: Deps, episode: str, reason: str, actor: str) -> Delta:
    """Leave an episode out that is next or under way, for a reason that the report shows.

    Without an evaluation there is nothing to refine from, so refinement is left out with it.
    A result that is sent back or opened again voids the skipping of what rests on it.

    Raises:
        InputError: the episode is mandatory, it is not its turn, or there is no reason.
    """
    name, reason = _episode(episode), reason.strip()
    title = EPISODES[name].title
    if name not in MAY_BE_SKIPPED:
        raise InputError(
            f"The episode {name} ({title.lower()}) cannot be skipped: its approval is mandatory.",
            f"What may be skipped, with a reason: {', '.join(MAY_BE_SKIPPED)}.",
        )
    if not reason:
        raise InputError(f"Skipping {name} needs a reason.", "The report shows it.")
    if name not in _at_turn(state):
        raise InputError(
            f"The episode {name} is not at its turn, so it cannot be skipped now.",
            "Go on to it first, or open it again.",
        )
    left_out = MAY_BE_SKIPPED[MAY_BE_SKIPPED.index(name) :]
    message = f"{title}: skipped by {actor}. Reason: {reason}"
    delta = _decided(state, deps, "skip", name, actor, reason, message)
    update: dict[str, object] = {"progress": dict.fromkeys(left_out, Progress(status="skipped"))}
    if name == "evaluation":
        update["verdicts"] = _not_assessed(state, message)
    return delta.model_copy(update=update)


def reopening(state: RunState, deps: Deps, episode: str, actor: str) -> Delta:
    """Open a closed episode again; it and what rests on it become stale, nothing else.

    Raises:
        InputError: the episode is not closed.
    """
    name = _episode(episode)
    if state.get("progress", {}).get(name, Progress()).status not in CLOSED:
        raise InputError(
            f"The episode {name} is not closed, so it cannot be opened again.",
            "It is done, or done again, when its turn comes.",
        )
    message = f"{EPISODES[name].title}: opened again by {actor}."
    delta = _decided(state, deps, "reopen", name, actor, "", message)
    return delta.model_copy(update={"progress": reopened(state, name)})


def _at_turn(state: RunState) -> tuple[EpisodeName, ...]:
    """The episode under way and, while its result is shown, the one that follows it."""
    progress = state.get("progress", {})
    now = next_episode(progress)
    if now is None:
        return ()
    choice = state.get("choice")
    after = next_episode({**progress, now: Progress(status="approved")})
    shown = choice is not None and (choice.episode, choice.action) == (now, STOP)
    return (now, after) if shown and after is not None else (now,)


def _episode(text: str) -> EpisodeName:
    for name in EPISODES:
        if name == text:
            return name
    raise NotFoundError(f"There is no episode {text!r}.", f"Choose one of: {', '.join(EPISODES)}.")


def _decided(
    state: RunState,
    deps: Deps,
    verdict: Literal["skip", "reopen"],
    episode: EpisodeName,
    actor: str,
    comment: str,
    message: str,
) -> Delta:
    """The decision in the audit log, and the way back to the router."""
    entry = {
        "gate": episode,
        "verdict": verdict,
        "actor": actor,
        "comment": comment,
        "proposal_digest": digest_of({verdict: episode, "plan": state["plan"].digest}),
        "message": message,
    }
    return Delta(
        status="running",
        answer=None,
        proposal=None,
        feedback=Feedback(source="user", outcome="answered", message=message),
        audit_head=note(deps, state, "approval", entry),
        fix=None,
        message=message,
    )


def _not_assessed(state: RunState, message: str) -> list[Verdict]:
    """A verdict for every candidate: whatever was measured, a person must judge the rest."""
    from synthcraft.agents.evaluator import FAMILIES, working

    done = state["progress"].get("evaluation", Progress()).done
    # What was measured before the episode became stale says nothing about today's files.
    known = {v.candidate: v for v in state.get("verdicts", [])} if done else {}
    missing = tuple(
        f"{family.replace('_', ' ')}: not assessed, the evaluation was skipped."
        for action, family in FAMILIES.items()
        if action not in done
    )
    verdicts = []
    for candidate in working(state):
        old = known.get(candidate.id, Verdict(candidate=candidate.id, state="REFER"))
        verdicts.append(
            old.model_copy(
                update={
                    "state": "BLOCKED" if old.state == "BLOCKED" else "REFER",
                    "reasons": (message, *old.reasons),
                    "not_assessed": (*missing, *old.not_assessed),
                }
            )
        )
    return verdicts
