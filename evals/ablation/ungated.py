"""The router without gates: what it decides is done, and nobody is asked. For studies alone."""

from __future__ import annotations

from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.desk import Desk
from synthcraft.evals.ablation.records import Step
from synthcraft.evals.ablation.systems import system
from synthcraft.graph.bandit import VetoPolicy
from synthcraft.graph.contracts import EpisodeName
from synthcraft.graph.episodes import SELF_CHECK, STOP, action_named, next_episode
from synthcraft.graph.learning import after_check, after_stop, self_check
from synthcraft.graph.router import situation_of
from synthcraft.graph.state import Progress

STEPS = 120


@system("no_gates", gated=False)
async def no_gates(bench: Bench) -> Ending:
    """The default policy at the desk; every stop counts as approved."""
    desk, policy = Desk(bench), VetoPolicy()
    await desk.begin()
    for _ in range(STEPS):
        episode = next_episode(desk.state["progress"])
        if episode is None or desk.left:
            return desk.ending("finished")
        desk.state["episode"] = episode
        situation = situation_of(desk.state, episode)
        choice = policy.choose(situation, desk.deps.statistics(desk.state)).action
        if choice == SELF_CHECK:
            gap = self_check(situation) == "gap"
            step = Step(kind="action", name=choice, episode=episode, outcome="ok")
            bench.steps.append(step)
            desk.set_progress(episode, after_check(situation.progress, gap))
        elif choice == STOP:
            _close(desk, episode)
        elif (action := action_named(episode, choice)).asks:
            await desk.ask(action)
        else:
            await desk.act(action)
    return desk.ending("gave_up")


def _close(desk: Desk, episode: EpisodeName) -> None:
    """The episode is over; a change that refinement proposes is carried out unseen."""
    desk.set_progress(episode, after_stop(desk.progress(episode), True))
    fix = desk.state.get("fix")
    if episode == "refinement" and fix is not None and fix.generators:
        desk.another_round(fix)
        desk.set_progress("generation", Progress(done=("shortlist",), steps=1))
        desk.set_progress("evaluation", Progress())
        desk.set_progress("refinement", Progress())
