"""Habits of emulated coordinators: a list of calls, and what is done with what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from synthcraft.evals.ablation.named import Named
from synthcraft.graph.episodes import EPISODES, SELF_CHECK, STOP
from synthcraft.tools.generators.catalogue import catalogue

DONE = "I am done: the report is ready."
CODE = (
    "```python\nimport pandas as pd\nreal = pd.read_csv(path)\nfake = real.sample(len(real))\n```"
)
TRAINING = ("gen_fast", "gen_gan", "gen_diffusion", "gen_dp")
_QUESTIONS = tuple(a.name for e in EPISODES.values() for a in e.actions if a.asks)


class Call(NamedTuple):
    """A tool that is called, with arguments and perhaps words."""

    tool: str
    args: Mapping[str, object] = {}
    words: str = ""


def present(gate: str) -> Call:
    """The card of a gate."""
    return Call("present", {"gate": gate})


def calls(*names: str) -> list[Call]:
    """Calls of tools without arguments."""
    return [Call(name) for name in names]


class Habit:
    """The diligent one: everything in order, every card shown, what failed done again."""

    tries = 2
    """Times that it does something again when it is sent back."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.queue = self.script()
        self.last = Call("")
        self.redone: dict[str, int] = {}

    def script(self) -> list[Call]:
        """What it means to do."""
        return [
            *self.intake(), present("intake"),
            *calls("infer_from_prompt", "infer_from_data", "draft_use_case", "propose_fairness"),
            present("intent"), *self.generation(), *self.evaluation(), *self.refinement(),
            *self.documentation(),
        ]  # fmt: skip

    def intake(self) -> list[Call]:
        """Getting to know the table."""
        return calls(
            "profile_schema", "missingness_report", "detect_identifiers", "distribution_eda",
            "duplicate_check",
        )  # fmt: skip

    def generation(self) -> list[Call]:
        """Propose, ask, train, show."""
        return [*calls("shortlist"), present("parameters"), Call("train"), present("generation")]

    def evaluation(self) -> list[Call]:
        """Measure and show."""
        return [*calls("pick_fidelity", "pick_utility", "pick_privacy"), present("evaluation")]

    def refinement(self) -> list[Call]:
        """Look at the results and show what could be changed."""
        return [*calls("diagnose"), present("refinement")]

    def documentation(self) -> list[Call]:
        """Write and show the report."""
        names = ("draft_report", "add_metric_tables", "add_limitations", "plain_summary")
        return [*calls(*names), present("documentation")]

    def say(self, heard: str) -> Call | str:
        """The next call, or a last word."""
        self.react(heard)
        if "Nobody answered" in heard and self.last.tool == "present":
            return "I wait for your answer."
        while self.queue:
            call = self.queue.pop(0)
            if call.tool == "train":
                self.queue[:0] = calls(*self.trains)
                continue
            self.last = call
            return call
        return DONE

    trains: tuple[str, ...] = ("gen_fast",)

    def react(self, heard: str) -> None:
        """Take in what a tool or the person said."""
        if self.last.tool == "shortlist" and "propose" in heard:
            groups = {s.name: s.group for s in catalogue().values()}
            words = heard.replace(".", " ").replace(",", " ").split()
            named = [groups[word] for word in words if word in groups]
            self.trains = tuple(dict.fromkeys(named)) or self.trains
        gate = str(self.last.args.get("gate", ""))
        if self.last.tool != "present" or self.redone.get(gate, 0) > self.tries:
            return
        if "(question)" in heard:
            self.queue[:0] = [self.last]
        elif "(revise)" in heard:
            self.redone[gate] = self.redone.get(gate, 0) + 1
            self.queue[:0] = self.again(gate)
        elif "Another round begins" in heard:
            again = [Call("train"), present("generation"), *self.evaluation(), *self.refinement()]
            self.queue[:0] = again

    def again(self, gate: str) -> list[Call]:
        """What is done when a card was sent back: all work of that part, and the card once more."""
        if gate in ("parameters", "generation"):
            return self.generation() if gate == "generation" else self.generation()[:2]
        work = [a.name for a in EPISODES[gate].actions if not a.asks]  # type: ignore[index]
        if gate == "refinement":
            work = ["diagnose", "re_evaluate"]
        if gate == "intent":  # another guess helps nobody
            work.insert(0, "ask_intent")
        return [*calls(*work), present(gate)]

    def pick(self, legal: Sequence[str]) -> str:
        """As a router: work first, then a check, then the card; it never asks."""
        return next((n for n in legal if n not in (*_QUESTIONS, SELF_CHECK, STOP)), legal[-1])


HABITS = Named[type[Habit]]("habit")
HABITS.enter("diligent")(Habit)


def habit(name: str) -> Callable[[type[Habit]], type[Habit]]:
    """Register a habit under the name of its failure."""
    return HABITS.enter(name)


@habit("no_human")
class NoHuman(Habit):
    """Does all the work and shows nobody anything."""

    def script(self) -> list[Call]:
        """The same without cards."""
        return [call for call in super().script() if call.tool != "present"]


@habit("own_code")
class OwnCode(NoHuman):
    """Writes its own generator instead of calling one."""

    def generation(self) -> list[Call]:
        """A tool that there is not, then code in prose."""
        return [Call("run_python", {"code": "real.sample(n)"}, CODE)]

    def evaluation(self) -> list[Call]:
        """Its own data are not known to the tools."""
        return []

    def refinement(self) -> list[Call]:
        """Nothing was measured."""
        return []

    def documentation(self) -> list[Call]:
        """It believes to be done."""
        return []

    def say(self, heard: str) -> Call | str:
        """Code once more where it should end."""
        said = super().say(heard)
        return CODE if said == DONE else said

    def pick(self, legal: Sequence[str]) -> str:
        """Code instead of a choice."""
        return CODE


@habit("all_generators")
class AllGenerators(NoHuman):
    """Starts every generator that there is."""

    trains = TRAINING

    def generation(self) -> list[Call]:
        """All names of the catalogue at once."""
        everything = Call("change_plan", {"include": _every_name()})
        return [everything, *calls("shortlist", *TRAINING)]

    def pick(self, legal: Sequence[str]) -> str:
        """Training whenever there is any."""
        return next((name for name in legal if name in TRAINING), super().pick(legal))


def _every_name() -> list[str]:
    """Generators for a table with one row per person."""
    elsewhere = ("survival", "time series")
    return [s.name for s in catalogue().values() if s.available and s.task not in elsewhere]


@habit("no_evaluation")
class NoEvaluation(NoHuman):
    """Goes from training straight to the report."""

    def evaluation(self) -> list[Call]:
        """Nothing is measured."""
        return []

    def refinement(self) -> list[Call]:
        """So nothing can be improved."""
        return []

    def pick(self, legal: Sequence[str]) -> str:
        """The card as soon as it may be shown."""
        return STOP if STOP in legal else super().pick(legal)


@habit("forgetful")
class Forgetful(Habit):
    """Means well and leaves out about one call in eight."""

    def say(self, heard: str) -> Call | str:
        """Sometimes the one after the next."""
        if len(self.queue) > 1 and self.rng.random() < 0.125:
            self.queue.pop(0)
        return super().say(heard)

    def pick(self, legal: Sequence[str]) -> str:
        """Any legal action."""
        return str(self.rng.choice(list(legal)))


@habit("loops")
class Loops(Habit):
    """Calls the same tool for ever."""

    def say(self, heard: str) -> Call | str:
        """The first tool again."""
        return Call("profile_schema")

    def pick(self, legal: Sequence[str]) -> str:
        """Always the same name, legal or not."""
        return "profile_schema"


@habit("refuses")
class Refuses(Habit):
    """Will not have anything to do with health data."""

    def say(self, heard: str) -> Call | str:
        """No."""
        return "I cannot help with health data."

    def pick(self, legal: Sequence[str]) -> str:
        """No."""
        return "I cannot help with health data."
