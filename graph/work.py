"""The six episode nodes: hand the state to the specialist, count what came back."""

from __future__ import annotations

from synthcraft.agents.base import did_not_work
from synthcraft.agents.registry import agent
from synthcraft.graph.contracts import Feedback
from synthcraft.graph.deps import Deps
from synthcraft.graph.episodes import SELF_CHECK, action_named
from synthcraft.graph.errors import GuardError, StoreError, SynthCraftError
from synthcraft.graph.guards import check_runnable
from synthcraft.graph.journal import note
from synthcraft.graph.learning import after_action, after_check, learn_action, self_check
from synthcraft.graph.router import situation_of
from synthcraft.graph.state import Delta, Progress, RunState
from synthcraft.tools.counts import add_counts
from synthcraft.tools.error_log import keep_traceback


async def work(state: RunState, deps: Deps) -> Delta:
    """Carry out the stored choice of an episode."""
    if state["choice"].action == SELF_CHECK:
        return _reflect(state, deps)
    choice = state["choice"]
    action = action_named(choice.episode, choice.action)
    check_runnable(state, action)
    try:
        delta = await agent(action.agent).act(action, state, deps.toolbox(state))
    except (StoreError, GuardError):
        raise  # nothing sensible can follow a full disk or a bug of ours: stop, resumable
    except SynthCraftError as error:
        delta = did_not_work(str(error))
    except Exception as error:
        # A bug of ours in one action must not cost the project: it counts as a failed tool.
        log = keep_traceback(error, deps.settings.home)
        where = f" The details are in {log}." if log else ""
        delta = did_not_work(f"This step failed inside ({type(error).__name__}).{where}")
    feedback = delta.feedback or Feedback(source="tool", outcome="fail", message="No feedback.")
    worked = feedback.outcome == "ok"
    situation = situation_of(state, choice.episode)
    learnt = learn_action(deps.statistics(state), situation, action, worked)
    return delta.model_copy(
        update={
            "feedback": feedback,
            "progress": {choice.episode: after_action(situation.progress, action, worked)},
            "answer": None,
            "counts": add_counts(state.get("counts", {}), learnt),
            "audit_head": note(
                deps,
                state,
                "feedback",
                {"step": choice.step, "action": action.name, **feedback.model_dump(mode="json")},
            ),
        }
    )


def _reflect(state: RunState, deps: Deps) -> Delta:
    episode = state["choice"].episode
    progress = state["progress"].get(episode, Progress())
    verdict = self_check(episode, progress, state["flags"])
    message = {
        "pass": "Checked my own work: nothing that is usually wanted is missing.",
        "gap": "Checked my own work: something that is usually wanted is still missing.",
    }[verdict]
    feedback = Feedback(source="reflection", outcome=verdict, message=message)
    return Delta(
        feedback=feedback,
        message=message,
        progress={episode: after_check(progress, verdict == "gap")},
        audit_head=note(
            deps, state, "feedback", {"action": SELF_CHECK, **feedback.model_dump(mode="json")}
        ),
    )
