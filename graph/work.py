"""The six episode nodes: hand the state to the specialist, count what came back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from synthcraft.agents.base import Toolbox, did_not_work
from synthcraft.agents.context import stricter
from synthcraft.agents.registry import agent
from synthcraft.graph.checks import WORK, beyond_reach, check_choice, check_validated
from synthcraft.graph.contracts import Action, Feedback
from synthcraft.graph.deps import Deps
from synthcraft.graph.episodes import ASPECT_WORDS, SELF_CHECK, action_named
from synthcraft.graph.errors import (
    ClusterError,
    GuardError,
    QueueFullError,
    StoreError,
    SynthCraftError,
)
from synthcraft.graph.explain import listed
from synthcraft.graph.journal import note
from synthcraft.graph.learning import after_action, after_check, learn_action, self_check
from synthcraft.graph.router import situation_of
from synthcraft.graph.situation import Situation, covered
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.counts import add_counts
from synthcraft.tools.disclosure.project import least_in, step_shown
from synthcraft.tools.disclosure.sentences import told
from synthcraft.tools.error_log import keep_traceback
from synthcraft.tools.report.left_tables import tables_made

if TYPE_CHECKING:
    from synthcraft.agents.language.second import Opinion


async def work(state: RunState, deps: Deps) -> Delta:
    """Carry out the stored choice of an episode."""
    check_choice(state)
    choice = state["choice"]
    if choice.action == SELF_CHECK:
        return await _reflect(state, deps)
    action = action_named(choice.episode, choice.action)
    check_validated(state, action)
    tools = deps.toolbox(state)
    delta, feedback = _kept(await _carried_out(action, state, tools), action, least_in(state))
    worked = feedback.outcome == "ok"
    situation = situation_of(state, choice.episode)
    learnt = learn_action(deps.statistics(state), situation, action, worked)
    update: dict[str, object] = {
        "feedback": feedback,
        "progress": {choice.episode: after_action(situation.progress, action, worked)},
        "answer": None,
        "counts": add_counts(state.get("counts", {}), learnt),
        "audit_head": await asyncio.to_thread(
            note,
            deps,
            state,
            "feedback",
            {"step": choice.step, "action": action.name, **feedback.model_dump(mode="json")}
            | tables_made(delta.candidates),
            tools.calls,
        ),
    }
    if "flags" in delta.model_fields_set:
        tier = stricter(state["flags"].privacy, delta.flags.privacy)
        update["flags"] = delta.flags.model_copy(update={"privacy": tier})
    return delta.model_copy(update=update)


async def _carried_out(action: Action, state: RunState, tools: Toolbox) -> object:
    """What the specialist brings; an error becomes a failed action."""
    try:
        return await agent(action.agent).act(action, state, tools)
    except (StoreError, ClusterError, QueueFullError, GuardError):
        # Nothing can follow a full disk or queue, a lost cluster or a bug of ours: stop, resumable.
        raise
    except SynthCraftError as error:
        return did_not_work(str(error))
    except Exception as error:
        # A bug of ours in one action must not cost the project: it counts as a failed tool.
        log = keep_traceback(error, tools.jobs.home)
        where = f" The details are in {log}." if log else ""
        return did_not_work(f"This step failed inside ({type(error).__name__}).{where}")


def _kept(brought: object, action: Action, least: int) -> tuple[Delta, Feedback]:
    """What a specialist brought and how it went; nothing of it is kept if it broke the rules."""
    if not isinstance(brought, Delta) or brought.feedback is None:
        problem = f"did not say how {action.name} went"
    elif beyond := beyond_reach(brought, WORK):
        problem = f"tried to change {', '.join(beyond)}, which only the graph may"
    else:
        return step_shown(brought, least), told(brought.feedback, least, "message")
    message = f"The specialist {action.agent} {problem}, so this step counts as failed."
    feedback = Feedback(source="tool", outcome="fail", message=message)
    return Delta(message=message), feedback


async def _reflect(state: RunState, deps: Deps) -> Delta:
    """The rules check; a language model may add an opinion, which counts as far as it proved."""
    episode = state["choice"].episode
    situation = situation_of(state, episode)
    verdict = self_check(situation)
    message = {
        "pass": "Checked my own work: nothing that is usually wanted is missing.",
        "gap": "Checked my own work: something that is usually wanted is still missing.",
    }[verdict]
    opinion = await _second(state, deps, situation)
    if opinion is not None and opinion.aspects:
        named = listed([ASPECT_WORDS.get(aspect, aspect) for aspect in opinion.aspects])
        message += f" The language model would also look at {named}."
    feedback = Feedback(source="reflection", outcome=verdict, message=message)
    checked = after_check(
        situation.progress, verdict == "gap", opinion.verdict if opinion else "none"
    )
    return Delta(
        feedback=feedback,
        message=message,
        progress={episode: checked},
        audit_head=await asyncio.to_thread(
            note,
            deps,
            state,
            "feedback",
            {"action": SELF_CHECK, **feedback.model_dump(mode="json")}
            | ({"second": opinion.model_dump(mode="json")} if opinion else {}),
        ),
    )


async def _second(state: RunState, deps: Deps, situation: Situation) -> Opinion | None:
    tools = deps.toolbox(state)
    if not tools.language.sends:
        return None
    from synthcraft.agents.acquaint import acquaint
    from synthcraft.tools.disclosure.standing import standing

    await acquaint(state, tools)
    told = standing(
        situation.episode,
        state["plan"].use_case,
        situation.progress.done,
        situation.table.aspects,
        covered(situation.episode, situation.progress),
    )
    return await tools.language.reflect(state["session"], told)
