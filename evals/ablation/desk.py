"""The tools without the graph: every action can be had at any time, and no gate is enforced.

Nothing outside this folder may import it: here gates are a matter of politeness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast, get_type_hints

from synthcraft.agents.base import did_not_work
from synthcraft.agents.registry import agent
from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.records import Ended, Step, shortened
from synthcraft.graph.contracts import Action, Changes, EpisodeName, GateName, Proposal
from synthcraft.graph.deps import make_deps
from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES
from synthcraft.graph.errors import InputError, StoreError, SynthCraftError
from synthcraft.graph.learning import after_action, after_stop
from synthcraft.graph.lookups import check_targets
from synthcraft.graph.receive import new_session, receive
from synthcraft.graph.records import Fix, Inbox
from synthcraft.graph.settle import UNPLANNED
from synthcraft.graph.state import Delta, Progress, RunState
from synthcraft.graph.views import Answer
from synthcraft.tools.changes import apply_changes, check_changes, reopens
from synthcraft.tools.requested import check_requested

SILENCE = "Nobody answered."
_KEPT: dict[str, Callable[[Any, Any], Any]] = {
    name: channel.__metadata__[0]
    for name, channel in get_type_hints(RunState, include_extras=True).items()
    if hasattr(channel, "__metadata__")
}
"""Channels that add up, as the graph's state says."""


class Desk:
    """A project whose next step anybody may choose."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        deps = make_deps(bench.settings)
        self.deps = replace(deps, store=bench.jobs.store, jobs=bench.jobs)
        self.state: RunState = {}
        self.silent = self.left = False

    async def begin(self) -> None:
        """Read the table, as the graph's first node does."""
        task = self.bench.task
        self.state = {
            "session": new_session(),
            "seed": self.bench.data_seed,
            "prompt": task.prompt,
            "request": task.request,
            "inbox": Inbox(paths=(str(self.bench.table),)),
        }
        self._keep(await receive(self.state, self.deps))

    def progress(self, episode: EpisodeName) -> Progress:
        """What was done in an episode."""
        return self.state["progress"].get(episode, Progress())

    async def act(self, action: Action) -> str:
        """Carry out an action, in any order; what it says."""
        self.state["episode"] = action.episode
        tools = self.deps.toolbox(self.state)
        try:
            delta = await agent(action.agent).act(action, self.state, tools)
        except StoreError:
            raise
        except SynthCraftError as error:
            delta = did_not_work(str(error))
        except Exception as error:  # asked for out of order, a tool misses what it needs
            delta = did_not_work(f"This did not work ({type(error).__name__}).")
        assert delta.feedback is not None
        ok = delta.feedback.outcome == "ok"
        self._keep(delta)
        self.set_progress(action.episode, after_action(self.progress(action.episode), action, ok))
        text = delta.feedback.message
        self.bench.steps.append(
            Step(
                kind="action",
                name=action.name,
                episode=action.episode,
                outcome="ok" if ok else "fail",
                text=shortened(text),
            )
        )
        return text

    async def show(self, gate: GateName) -> str:
        """Show the person the card of a gate; what they say, which then holds."""
        try:
            card = await self._card(gate)
        except StoreError:
            raise
        except Exception as error:
            return f"There is nothing to show yet ({type(error).__name__})."
        return self._heard(card)

    async def ask(self, action: Action) -> str:
        """Ask the person a question of the table."""
        gate: GateName = action.episode
        card = Proposal(gate=gate, title=action.sentence, question=action.question)
        self.set_progress(action.episode, after_action(self.progress(action.episode), action, True))
        return self._heard(card)

    def change(self, changes: Changes, *, by_model: bool = False) -> str:
        """Change the plan; a model may do so here, and it is noted."""
        if by_model:
            named = tuple(changes.include)
            self.bench.steps.append(Step(kind="plan", name="change_plan", engines=named))
        names = tuple(self.bench.jobs.store.read_frame(self.state["refs"]["table"].sha256).columns)
        try:
            checked = check_changes(changes, names, self.bench.jobs.home)
            check_targets(self.deps, self.state, checked)
            plan = apply_changes(self.state["plan"], checked)
            check_requested(plan)
        except InputError as error:
            return str(error)
        first = reopens(checked)
        if first in ("intake", "intent", "generation"):
            plan = plan.model_copy(update=UNPLANNED)
        self.state["plan"] = plan
        return "The plan is changed." if first is None else f"The plan is changed; {first} is open."

    def ending(self, ended: Ended, message: str = "") -> Ending:
        """How it ended: stopped where the person left, whatever was done after that."""
        ended = "stopped" if self.left else ended
        made = self.state.get("candidates", [])
        return Ending(ended, message, self.state["plan"], made, self.state["refs"])

    def another_round(self, fix: Fix) -> None:
        """What refinement proposed becomes the plan."""
        self.state["plan"] = self.state["plan"].model_copy(update={"generators": fix.generators})
        self.state["round"] = self.state.get("round", 0) + 1
        self.state["fix"] = None

    def _heard(self, card: Proposal) -> str:
        if self.left:
            return SILENCE
        here = _episode(card.gate)
        candidates = self.state.get("candidates", [])
        answer = self.bench.meet(card, self.progress(here), self.state["plan"], candidates)
        if answer is None:
            self.silent = True
            return SILENCE
        self.left = answer.verdict == "stop"
        return self._taken(card, here, answer)

    def _taken(self, card: Proposal, here: EpisodeName, answer: Answer) -> str:
        """What follows from an answer, as the graph would have it."""
        said = f'The person says: "{answer.comment}" ({answer.verdict})'
        if answer.changes.named():
            said = f"{said} {self.change(answer.changes)}"
        if answer.reasons:
            missed = ", ".join(ASPECT_WORDS.get(r, r) for r in answer.reasons)
            said = f"{said} They miss: {missed}."
        fix = self.state.get("fix")
        if answer.verdict == "approve" and here == "refinement" and fix and fix.generators:
            self.another_round(fix)
            said = f"{said} Another round begins: train, evaluate and diagnose again."
        if answer.verdict == "revise":
            explained = bool(answer.changes.named())
            again = after_stop(self.progress(here), False, answer.reasons, explained=explained)
            self.set_progress(here, again)
        return said

    async def _card(self, gate: GateName) -> Proposal:
        episode = _episode(gate)
        self.state["episode"] = episode
        name = EPISODES[episode].actions[0].agent
        delta = await agent(name).propose(gate, self.state, self.deps.toolbox(self.state))
        self._keep(delta)
        assert delta.proposal is not None
        return delta.proposal.model_copy(update={"aspects": EPISODES[episode].aspects})

    def set_progress(self, episode: EpisodeName, progress: Progress) -> None:
        """Note where an episode stands."""
        self._keep(Delta(progress={episode: progress}))

    def _keep(self, delta: Delta) -> None:
        state = cast("dict[str, Any]", self.state)
        for name, value in delta.updates().items():
            add = _KEPT.get(name)
            state[name] = add(state.get(name), value) if add else value


def _episode(gate: GateName) -> EpisodeName:
    """The episode that a gate belongs to."""
    return "generation" if gate == "parameters" else gate
