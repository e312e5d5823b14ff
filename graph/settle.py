"""After the gate: the stored answer becomes reward, progress, plan and counts."""

from __future__ import annotations

import asyncio

from synthcraft.agents.context import TIERS
from synthcraft.graph.contracts import AUTO, Approval, EpisodeName, Feedback, Outcome
from synthcraft.graph.deps import Deps
from synthcraft.graph.episodes import (
    ASPECT_WORDS,
    ATTEMPT_LIMIT,
    EPISODES,
    STOP,
    action_named,
    dependants,
)
from synthcraft.graph.errors import GuardError
from synthcraft.graph.explain import listed
from synthcraft.graph.guards import asks, parameters_digest, unmeasured
from synthcraft.graph.journal import note
from synthcraft.graph.learning import (
    after_action,
    after_stop,
    learn_action,
    learn_check,
    learn_returns,
    learn_second,
    learn_stop,
)
from synthcraft.graph.records import Flags
from synthcraft.graph.router import FINISH, GATE, situation_of
from synthcraft.graph.state import Delta, Progress, RunState
from synthcraft.graph.views import ANSWER
from synthcraft.tools.changes import apply_changes, reopens
from synthcraft.tools.counts import add_counts

OUTCOMES: dict[str, Outcome] = {
    "approve": "approved",
    "revise": "rejected",
    "question": "answered",
    "stop": "answered",
}
UNPLANNED: dict[str, object] = {"generators": (), "split_by": None}
"""What a change of purpose or generators voids in the plan."""


async def settle(state: RunState, deps: Deps) -> Delta:
    """Turn the stored answer into what follows from it."""
    answer = state.get("answer")
    if answer is None:
        raise GuardError("There is no answer to settle.")
    if answer.verdict == "question":
        delta = await _answer_question(state, answer, deps)
    elif answer.verdict == "stop":
        delta = Delta(status="stopped", message="Stopped at your word. All work is kept.")
    elif asks(state):
        delta = _take_answer(state, answer, deps)
    elif answer.gate == "parameters":
        delta = _parameters(state, answer)
    elif answer.verdict == "approve":
        delta = _approve(state, answer, deps)
    else:
        delta = _reject(state, answer, deps)
    feedback = Feedback(
        source="user",
        outcome="answered" if asks(state) else OUTCOMES[answer.verdict],
        cost=_cost(state, answer),
        message=delta.message,
    )
    head = await asyncio.to_thread(
        note,
        deps,
        state,
        "feedback",
        {
            "gate": answer.gate,
            "action": state["choice"].action,
            **_checked(state),
            **feedback.model_dump(mode="json"),
        },
    )
    asked = state.get("questions", 0) + (1 if asks(state) else 0)
    update = {"feedback": feedback, "audit_head": head, "questions": asked}
    return delta.model_copy(update=update | _privacy_tier(state, answer, delta))


def _checked(state: RunState) -> dict[str, str]:
    """What the self-check and the second opinion had said of what the person now judged."""
    if state["choice"].action != STOP:
        return {}
    progress = state["progress"].get(state["choice"].episode, Progress())
    said = {"check": progress.check, "second": progress.second}
    return {name: verdict for name, verdict in said.items() if verdict != "none"}


def after_settle(state: RunState) -> str:
    """The same gate after a question, the approved fit, else the router or the end."""
    if state.get("status", "running") != "running":
        return FINISH
    answer = state.get("answer")
    if answer is not None and answer.verdict == "question":
        return GATE
    if answer is not None and answer.gate == "parameters" and answer.verdict == "approve":
        return state["choice"].episode
    return "choose"


def _cost(state: RunState, answer: Approval) -> int:
    """User contacts that count: questions either way and rejected results (Box 1)."""
    return 0 if answer.verdict == "approve" and not asks(state) else 1


def _privacy_tier(state: RunState, answer: Approval, delta: Delta) -> dict[str, Flags]:
    """The privacy tier, where a person set it: by naming the purpose or approving the intent.

    Nobody else may loosen it; specialists can only tighten it (`context.stricter`).
    """
    plan = delta.plan if "plan" in delta.model_fields_set else state["plan"]
    named = answer.changes.use_case is not None and plan.use_case == answer.changes.use_case
    agreed = answer.gate == "intent" and answer.verdict == "approve" and not asks(state)
    if answer.actor.startswith(AUTO) or not (named or agreed):
        return {}
    return {"flags": state["flags"].model_copy(update={"privacy": TIERS[plan.use_case]})}


async def _answer_question(state: RunState, answer: Approval, deps: Deps) -> Delta:
    from synthcraft.agents.acquaint import acquaint
    from synthcraft.agents.facts import facts_of

    facts = facts_of(state) | {"question": answer.comment}
    tools = deps.toolbox(state)
    await acquaint(state, tools)

    def tell(sentence: str) -> None:
        deps.emit(sentence, None, ANSWER)

    return Delta(message=await tools.language.explain(facts, "researcher", tell))


def _take_answer(state: RunState, answer: Approval, deps: Deps) -> Delta:
    choice = state["choice"]
    progress = state["progress"].get(choice.episode, Progress())
    informative = bool(answer.reasons or answer.changes.named() or answer.comment)
    action = action_named(choice.episode, choice.action)
    after = after_action(progress, action, informative, answer.reasons)
    update: dict[str, Progress] = {choice.episode: after}
    first = reopens(answer.changes)
    if first is not None and first != choice.episode:
        update |= reopened(state, first)
    situation = situation_of(state, choice.episode)
    learnt = learn_action(deps.statistics(state), situation, action, informative)
    return Delta(
        plan=apply_changes(state["plan"], answer.changes),
        progress=update,
        counts=add_counts(state.get("counts", {}), learnt),
        message="Thank you, noted." if informative else "Understood, I go on without an answer.",
    )


def _parameters(state: RunState, answer: Approval) -> Delta:
    if answer.verdict == "approve":
        return Delta(message="The parameters are approved. Training starts.")
    first = reopens(answer.changes)
    plan = apply_changes(state["plan"], answer.changes).model_copy(update=UNPLANNED)
    if first in ("intake", "intent"):
        return Delta(plan=plan, progress=reopened(state, first), message=_sent_back(first))
    here = state["progress"].get("generation", Progress())
    again = after_stop(here, False, answer.reasons, explained=bool(answer.changes.named()))
    again = again.model_copy(update={"done": tuple(a for a in again.done if a != "shortlist")})
    return Delta(
        plan=plan,
        progress={"generation": again},
        message="I make a new proposal with your changes.",
    )


def _approve(state: RunState, answer: Approval, deps: Deps) -> Delta:
    episode = state["choice"].episode
    if episode == "generation" and not any(c.status == "ok" for c in state.get("candidates", [])):
        return Delta(
            status="failed",
            message="No generator produced data, so there is nothing to evaluate. "
            "Go back to before generation and choose others.",
        )
    if episode == "evaluation" and (missing := unmeasured(state, deps.toolbox(state))):
        return Delta(
            status="failed",
            message=f"None of the {ASPECT_WORDS[missing[0]]} could be measured, so nothing can be "
            "released. Go back to before the evaluation and try again, or skip it with a reason "
            "that the report will show.",
        )
    done = after_stop(state["progress"].get(episode, Progress()), True, ())
    delta = Delta(
        progress={episode: done},
        counts=_learn(state, answer, deps, done),
        message=f"{EPISODES[episode].title}: approved.",
    )
    fix = state.get("fix")
    if episode == "refinement" and fix is not None and fix.kind != "accept":
        return _next_round(state, answer, delta)
    if episode == "documentation":
        delta = delta.model_copy(
            update={"status": "finished", "message": "Approved. The project is finished."}
        )
    return delta


def _next_round(state: RunState, answer: Approval, delta: Delta) -> Delta:
    """The refinement card showed generators and parameters: its approval validates them too."""
    fix = state["fix"]
    assert fix is not None
    chosen = {"generators": fix.generators, "choose": False}  # the change is the choice
    plan = state["plan"].model_copy(update=chosen)
    validation = answer.model_copy(
        update={
            "id": f"{answer.id}-p",
            "gate": "parameters",
            "proposal_digest": parameters_digest(plan),
        }
    )
    generation = Progress(status="stale", done=("shortlist",), steps=1)
    progress = reopened(state, "generation") | {"generation": generation}
    return delta.model_copy(
        update={
            "plan": plan,
            "fix": None,
            "round": state.get("round", 0) + 1,
            "progress": progress,
            "approvals": {validation.id: validation},
            "message": "Approved: another round with the changes.",
        }
    )


def _reject(state: RunState, answer: Approval, deps: Deps) -> Delta:
    episode = state["choice"].episode
    here = state["progress"].get(episode, Progress())
    again = after_stop(here, False, answer.reasons, explained=bool(answer.changes.named()))
    plan = apply_changes(state["plan"], answer.changes)
    progress: dict[str, Progress] = {episode: again} | unskipped(state, episode)
    first = reopens(answer.changes)
    message = f"{EPISODES[episode].title}: {_again(answer)}"
    order = list(EPISODES)
    if first is not None and order.index(first) < order.index(episode):
        progress |= reopened(state, first)
        message = _sent_back(first)
    if first == "evaluation":
        if episode == first:  # measured under another plan: all of it anew
            progress |= {episode: again.model_copy(update={"done": ()})}
    elif first is not None:
        plan = plan.model_copy(update=UNPLANNED)
        if episode == "generation":
            done = tuple(a for a in again.done if a not in ("shortlist",) and not _trains(a))
            progress |= {"generation": again.model_copy(update={"done": done})}
    return Delta(
        plan=plan,
        progress=progress,
        counts=_learn(state, answer, deps, again),
        message=message,
    )


def _again(answer: Approval) -> str:
    if answer.changes.named():
        return "I do it again with your changes."
    if answer.reasons:
        missed = listed([ASPECT_WORDS.get(aspect, aspect) for aspect in answer.reasons])
        return f"you missed {missed}; I do it again."
    return "I do it again."


def _trains(action: str) -> bool:
    return action in {a.name for a in EPISODES["generation"].actions if a.trains}


def _sent_back(episode: EpisodeName) -> str:
    return f"That changes the {EPISODES[episode].title.lower()}, so I go back there first."


def reopened(state: RunState, first: EpisodeName) -> dict[str, Progress]:
    """The episode and everything that depends on it, stale; what nobody had begun stays open."""
    result: dict[str, Progress] = {}
    for name in (first, *dependants(first)):
        old = state["progress"].get(name)
        if old is not None:
            result[name] = Progress(status="stale", wanted=old.wanted)
    return result


def unskipped(state: RunState, episode: EpisodeName) -> dict[str, Progress]:
    """What was skipped in view of a result that is now made anew: to be decided again."""
    old = state["progress"]
    skipped = (n for n in dependants(episode) if n in old and old[n].status == "skipped")
    return dict.fromkeys(skipped, Progress(status="stale"))


def _learn(
    state: RunState, answer: Approval, deps: Deps, after: Progress
) -> dict[str, tuple[int, int]]:
    counts = state.get("counts", {})
    if answer.actor.startswith(AUTO):
        return counts
    situation = situation_of(state, state["choice"].episode)
    approved = answer.verdict == "approve"
    learnt = learn_stop(deps.statistics(state), situation, approved, answer.reasons)
    counts = add_counts(counts, learnt)
    if state["choice"].probe:
        counts = add_counts(counts, learn_check(situation, approved))
    if state["choice"].blind:
        counts = add_counts(counts, learn_second(situation, approved))
    if after.status == "approved" or after.attempt >= ATTEMPT_LIMIT:  # the subtask is over
        counts = add_counts(counts, learn_returns(situation.episode, after.returns))
    return counts
