"""Simulated people: what they want is drawn from a seed, how they behave is their persona."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from synthcraft.evals.ablation.named import Named
from synthcraft.evals.ablation.records import SIMULATED
from synthcraft.evals.simulators.people import approval, judge
from synthcraft.evals.simulators.world import World, draw_project
from synthcraft.evals.simulators.worlds import WORLDS
from synthcraft.graph.contracts import Changes, EpisodeName, Frozen, Proposal
from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES
from synthcraft.graph.records import Flags
from synthcraft.graph.situation import covered
from synthcraft.graph.state import Progress
from synthcraft.graph.views import Answer

CONTEXT = Flags(small=True, privacy="moderate")
"""What the wishes of everybody here depend on: the tables are small and shall be shared."""
QUESTIONS = 2
"""Questions in a whole project that somebody answers who has told everything on the form."""
MEASURED = {
    "fidelity": "pick_fidelity",
    "utility": "pick_utility",
    "privacy_metrics": "pick_privacy",
}


class Scene(Frozen):
    """What a person has before them.

    Attributes:
        card: what they are shown.
        progress: what was done and what failed in its episode.
        target: the outcome of the plan.
        tables: synthetic tables that were made.
        again: how often they have seen a card of this gate before.
    """

    card: Proposal
    progress: Progress = Progress()
    target: str | None = None
    tables: int = 0
    again: int = 0


@dataclass(frozen=True)
class Wishes:
    """What a task lets a persona say.

    Attributes:
        target: the right outcome.
        wrong: a column that does not exist, and one that is no outcome.
        fallback: the generator to use where the first gives nothing.
        other: the generator that a person changes their mind to.
    """

    target: str
    wrong: tuple[str, ...] = ()
    fallback: str = "marginal_distributions"
    other: str = "marginal_distributions"


@dataclass
class Person:
    """One person of a persona, with latent wishes; `None` is silence.

    Attributes:
        persona: how they behave.
        wishes: what the task lets them say.
        seed: of their wishes and moods.
    """

    persona: Persona
    wishes: Wishes
    seed: int
    sent_back: dict[str, int] = field(default_factory=dict)
    tries: int = 0

    def __post_init__(self) -> None:
        self._world = World(WORLDS["A"], self.seed)
        self._draws = draw_project(self.seed, 0)

    def answer(self, scene: Scene) -> Answer | None:
        """What they say; the persona first, then what anybody would say."""
        if self.persona.silent:
            return None
        said = self.persona.answer(self, scene)
        return said if said is not None else self.usual(scene)

    def usual(self, scene: Scene) -> Answer:
        """Ask for what is plainly missing, then judge by what they wanted."""
        if scene.card.question:
            return self.say("approve", "Whatever is usual.")
        return self._missing(scene) or self._judged(scene) or self.say("approve", "Yes.")

    def send_back(self, gate: str, words: str, **more: object) -> Answer | None:
        """A rejection, as long as patience lasts."""
        before = self.sent_back.get(gate, 0)
        if before >= self.persona.patience:
            return None
        self.sent_back[gate] = before + 1
        return self.say("revise", words, **more)

    def say(self, verdict: str, words: str, **more: object) -> Answer:
        """An answer in their name."""
        fields = {"verdict": verdict, "comment": words, "actor": SIMULATED, **more}
        return Answer.model_validate(fields)

    def _missing(self, scene: Scene) -> Answer | None:
        """What no one could go on without."""
        gate = scene.card.gate
        if gate == "generation" and not scene.tables:
            use = self.wishes.fallback
            return self.send_back(gate, f"Use {use}.", changes=Changes(include=(use,)))
        failed = [f for f, action in MEASURED.items() if action in scene.progress.failed]
        if gate == "evaluation" and failed:
            words = f"Please measure {ASPECT_WORDS.get(failed[0], failed[0])} again."
            return self.send_back(gate, words, reasons=tuple(failed))
        return None

    def _judged(self, scene: Scene) -> Answer | None:
        """The judgement of the simulators: noisy, by latent wishes."""
        gate = scene.card.gate
        if gate == "parameters":
            return None
        name: EpisodeName = gate
        aspects, place = EPISODES[name].aspects, list(EPISODES).index(name)
        truth = self._world.truth(name, CONTEXT, 0, self._draws.wishes[place])
        met = covered(name, scene.progress)
        unmet = truth.wanted & ~np.array([aspect in met for aspect in aspects])
        chance = approval(self._world, truth.weights, unmet, 0)
        draws = self._draws.verdicts[place][min(scene.again, 2)]
        verdict = judge(self._world, chance, truth.weights, unmet, draws)
        if verdict.approved:
            return None
        said = verdict.reason if self.persona.reasons else None
        reason = () if said is None else (aspects[said],)
        missed = f"I miss {ASPECT_WORDS.get(reason[0], reason[0])}." if reason else "No. Again."
        return self.send_back(gate, missed, reasons=reason)


Behaviour = Callable[[Person, Scene], Answer | None]


@dataclass(frozen=True)
class Persona:
    """How a kind of person behaves: the words that are theirs, and how much they bear.

    Attributes:
        answer: what they say to a scene; None to say the usual.
        patience: rejections of one gate after which they take what there is.
        reasons: whether they say what they missed.
        silent: whether they never answer anything.
    """

    answer: Behaviour
    patience: int
    reasons: bool
    silent: bool


PERSONAS = Named[Persona]("persona")


def persona(
    name: str, *, patience: int = 1, reasons: bool = True, silent: bool = False
) -> Callable[[Behaviour], Behaviour]:
    """Register a persona: a function from a scene to an answer, or None to say the usual."""

    def register(answer: Behaviour) -> Behaviour:
        PERSONAS.enter(name)(Persona(answer, patience, reasons, silent))
        return answer

    return register


def person_of(name: str, wishes: Wishes, seed: int) -> Person:
    """A new person.

    Raises:
        InputError: nobody is known who behaves so.
    """
    return Person(PERSONAS.find(name), wishes, seed)


@persona("impatient", reasons=False)
def _impatient(person: Person, scene: Scene) -> Answer | None:
    return person.say("approve", "Fine.") if scene.card.question else None


@persona("careful", patience=2)
def _careful(person: Person, scene: Scene) -> Answer | None:
    return None


@persona("contradictory", patience=2)
def _contradictory(person: Person, scene: Scene) -> Answer | None:
    said: Mapping[int, tuple[str, Changes]] = {
        0: ("It is for teaching only.", Changes(use_case="development")),
        1: ("No, as before: it is for sharing.", Changes(use_case="sharing")),
    }
    if scene.card.gate == "intent" and not scene.card.question and scene.again in said:
        words, changes = said[scene.again]
        return person.send_back("intent", words, changes=changes)
    return None


@persona("privacy_first")
def _privacy_first(person: Person, scene: Scene) -> Answer | None:
    if scene.card.question:
        return person.say("approve", "A formal guarantee matters most, fit comes second.")
    return None


@persona("wrong_target", patience=2)
def _wrong_target(person: Person, scene: Scene) -> Answer | None:
    if scene.card.gate != "intent" or scene.card.question:
        return None
    if scene.target == person.wishes.target:
        return None
    names = (*person.wishes.wrong, person.wishes.target)
    name = names[min(person.tries, len(names) - 1)]
    person.tries += 1
    changes = Changes(target=name)
    return person.say("revise", f"Predict {name}.", changes=changes)


@persona("changes_mind", patience=2)
def _changes_mind(person: Person, scene: Scene) -> Answer | None:
    other = person.wishes.other
    if scene.card.gate == "generation" and scene.again == 0 and scene.tables:
        changes = Changes(include=(other,))
        return person.send_back("generation", f"I would rather use {other}.", changes=changes)
    return None


@persona("asks_questions")
def _asks_questions(person: Person, scene: Scene) -> Answer | None:
    if scene.again == 0 and not scene.card.question:
        return person.say("question", "What does this mean for me?")
    return None


@persona("says_when_asked")
def _says_when_asked(person: Person, scene: Scene) -> Answer | None:
    if scene.card.gate != "intent":
        return None
    target = person.wishes.target
    if scene.card.question:
        changes = Changes(target=target, use_case="sharing")
        return person.say("approve", f"Predict {target}, for sharing.", changes=changes)
    if scene.target == target:
        return None
    again = person.send_back("intent", "That is not what I meant.")
    return again or person.say("stop", "You do not ask what I want. I leave.")


@persona("asked_enough")
def _asked_enough(person: Person, scene: Scene) -> Answer | None:
    if not scene.card.question:
        return None
    person.tries += 1
    if person.tries > QUESTIONS:
        return person.say("stop", "You have everything already. I leave.")
    return person.say("approve", "It is all on the form.")


@persona("never_answers", silent=True)
def _never_answers(person: Person, scene: Scene) -> Answer | None:
    return None
