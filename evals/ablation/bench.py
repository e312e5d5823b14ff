"""What a system gets for one run: a table, a person, tools that are watched, perhaps a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from synthcraft.evals.ablation.models import Model
from synthcraft.evals.ablation.persons import Person, Scene
from synthcraft.evals.ablation.records import Ended, Step, shortened
from synthcraft.evals.ablation.task import Task
from synthcraft.evals.ablation.watched import SharedJobs, WatchedJobs, engine
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.deps import Settings
from synthcraft.graph.records import ArtifactRef, Candidate, GeneratorPlan, Plan
from synthcraft.graph.state import Progress
from synthcraft.graph.views import Answer

CARDS = 60
"""Cards after which a run is given up: nobody would sit through more."""


class Ending(NamedTuple):
    """How a run ended and what there is then."""

    ended: Ended
    message: str
    plan: Plan
    candidates: Sequence[Candidate]
    refs: Mapping[str, ArtifactRef]


@dataclass
class Bench:
    """One run of one task; a system reads it and leaves steps."""

    task: Task
    seed: int
    table: Path
    settings: Settings
    shared: SharedJobs
    model: Model | None = None
    steps: list[Step] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        named = self.task.request.include
        self.jobs = WatchedJobs(self.shared, self.task.faults, named, self.steps.append)
        self.person: Person = self.task.person(self.seed)

    @property
    def data_seed(self) -> int:
        """Seed of the project itself."""
        return self.task.data_seed(self.seed)

    def meet(
        self,
        card: Proposal,
        progress: Progress,
        plan: Plan,
        candidates: Sequence[Candidate],
    ) -> Answer | None:
        """Show the person a card; None where they do not answer."""
        place = f"{card.gate}?" if card.question else card.gate
        again = self.met[place]
        self.met[place] += 1
        proposed = plan.generators if card.gate == "parameters" else ()
        shown = "question" if card.question else "proposal"
        text = shortened(card.title)
        self.steps.append(
            Step(kind="card", name=card.gate, outcome=shown, engines=engines(proposed), text=text)
        )
        answer = self.person.answer(
            Scene(
                card=card,
                progress=progress,
                target=plan.target,
                tables=sum(c.status == "ok" for c in candidates),
                again=again,
            )
        )
        if answer is not None:
            self.steps.append(
                Step(
                    kind="answer",
                    name=card.gate,
                    outcome="answered" if card.question else answer.verdict,
                    actor=answer.actor,
                    text=shortened(answer.comment),
                )
            )
        return answer

    def tired(self) -> bool:
        """Whether the person has seen more cards than anybody would look at."""
        return sum(self.met.values()) > CARDS


def engines(plans: Sequence[GeneratorPlan]) -> tuple[str, ...]:
    """Generators with their parameters, as jobs name them."""
    return tuple(engine(g.generator, g.params) for g in plans)
