"""The router: one choice of one action of one episode, stored in the state before anything runs."""

from __future__ import annotations

import asyncio

from synthcraft.graph.contracts import Decision, EpisodeName
from synthcraft.graph.deps import Deps
from synthcraft.graph.drift import CAUTION
from synthcraft.graph.episodes import (
    ATTEMPT_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    action_named,
    next_episode,
)
from synthcraft.graph.explain import in_project
from synthcraft.graph.guards import barred, gate_for, required
from synthcraft.graph.journal import note
from synthcraft.graph.records import Plan, digest_of
from synthcraft.graph.situation import Situation, implied
from synthcraft.graph.state import Delta, Progress, RunState

FINISH = "__end__"
GATE = "propose"


def situation_of(state: RunState, episode: EpisodeName) -> Situation:
    """What the policy may know: structure, context flags, guards. No data."""
    here: RunState = {**state, "episode": episode}
    return Situation(
        episode=episode,
        progress=state["progress"].get(episode, Progress()),
        flags=state["flags"],
        barred=barred(here),
        implied=implied({n: p.wanted for n, p in state["progress"].items()}, episode),
        required=required(here),
        root_seed=state["seed"],
        replan=state.get("round", 0),
    )


def grounds(state: RunState, situation: Situation) -> dict[str, object]:
    """What a decision rested on; the checkpoints hold the counts that the digest names."""
    return {
        "situation": situation.model_dump(mode="json"),
        "pinned": state["policy_sha"],
        "counts": digest_of(state.get("counts", {})),
    }


async def choose(state: RunState, deps: Deps) -> Delta:
    """Choose the next action; the decision is data, the edge only reads it."""
    episode = next_episode(state["progress"])
    if episode is None:
        return Delta(status="finished", message="All six episodes are done.")
    attempts = state["progress"].get(episode, Progress()).attempt
    if attempts >= ATTEMPT_LIMIT:
        return Delta(
            status="stopped",
            episode=episode,
            message=(
                f"The {EPISODES[episode].title.lower()} was sent back {attempts} times. "
                "I stop here so that a person can take over; all work is kept. "
                "Go back to an earlier step to try another way."
            ),
        )
    advised = {"advised": deps.toolbox(state).language.sends}
    situation = situation_of(state, episode).model_copy(update=advised)
    policy, statistics = deps.policy, deps.statistics(state)
    decision = policy.choose(situation, statistics)
    warned = CAUTION if policy.learnt and statistics.cautious else ""
    why = _why(decision, state.get("plan") or Plan())
    update = {"step": state.get("step", 0) + 1, "caution": warned, "why": why}
    decision = decision.model_copy(update=update)
    deps.emit(decision.why, None, f"{decision.episode}.{decision.action}")
    entry = decision.model_dump(mode="json") | grounds(state, situation)
    delta = Delta(
        step=decision.step,
        choice=decision,
        message=decision.why,
        audit_head=await asyncio.to_thread(note, deps, state, "decision", entry),
    )
    # Only what changes is written: every write is kept beside its checkpoint.
    changed = {"episode": episode, "proposal": None, "answer": None}
    return delta.model_copy(
        update={name: value for name, value in changed.items() if state.get(name) != value}
    )


def _why(decision: Decision, plan: Plan) -> str:
    if decision.action in (STOP, SELF_CHECK):
        return decision.why
    return in_project(decision.why, action_named(decision.episode, decision.action), plan.choose)


def route(state: RunState) -> str:
    """Read the stored choice: an episode, the gate, or the end."""
    if state.get("status", "running") != "running":
        return FINISH
    decision: Decision = state["choice"]
    return GATE if gate_for(state) else decision.episode
