"""The graph with its gates, and a language model that picks among the legal actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from synthcraft.evals.ablation import marks
from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.models import ModelError, text_of, tokens_of, told_apart
from synthcraft.evals.ablation.records import Step, shortened
from synthcraft.evals.ablation.systems import system
from synthcraft.evals.ablation.through_graph import through
from synthcraft.graph.bandit import record, weighed
from synthcraft.graph.contracts import Decision
from synthcraft.graph.episodes import SELF_CHECK, STOP
from synthcraft.graph.errors import GuardError
from synthcraft.graph.records import Flags
from synthcraft.graph.scripted import FixedPolicy
from synthcraft.graph.situation import Situation, mask
from synthcraft.graph.statistics import Statistics

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

TRIES = 2
PROMPT = (
    "You decide the next step of a project that makes synthetic data from a health table. "
    "What the person approves counts for you; questions to them, and results that they send back, "
    "count against you. Answer with the name of one action from the list and nothing else."
)
LISTED = "Choose one of: "
_SENTENCES = {
    SELF_CHECK: "Checks whether something that is usually wanted is missing.",
    STOP: "Shows the result to the person for approval.",
}


@system("llm_router", asks_model=True)
async def llm_router(bench: Bench) -> Ending:
    """The graph with a language model for a router: it picks among the legal actions."""
    if bench.model is None:
        raise GuardError("A router without a model was to be run.")
    return await through(bench, Asking(bench.model.make(bench.seed), bench.steps.append))


class Asking(FixedPolicy):
    """Asks the model; where it names nothing legal twice, the fixed order goes on.

    Args:
        model: is asked at every choice that leaves one.
        note: gets a step for every answer.
    """

    name = "llm_router"

    def __init__(self, model: BaseChatModel, note: Callable[[Step], None]) -> None:
        self.model, self.note = model, note

    def choose(self, situation: Situation, statistics: Statistics) -> Decision:
        """The model's choice, with what the means say about it."""
        legal, reasons = mask(situation)
        chosen = legal[0] if len(legal) == 1 else self._asked(situation, legal)
        outlook = weighed(situation, statistics, legal, 0.0)
        return record(situation, statistics, chosen, outlook, reasons, self.name)

    def _asked(self, situation: Situation, legal: tuple[str, ...]) -> str:
        question = told(situation, legal)
        for _ in range(TRIES):
            try:
                with told_apart():
                    answer = self.model.invoke([("system", PROMPT), ("human", question)])
            except ModelError as error:
                self.note(Step(kind="model", outcome="fail", marks=(error.message,)))
                break
            text = text_of(answer)
            named = [name for name in legal if re.search(rf"\b{name}\b", text)]
            self.note(
                Step(
                    kind="model",
                    outcome="ok" if len(named) == 1 else "fail",
                    marks=(*marks.in_words(text), *marks.in_sight([question])),
                    tokens=tokens_of(answer, [question]),
                    text=shortened(text),
                )
            )
            if len(named) == 1:
                return named[0]
        return self.pick(situation, legal)[0]


def told(situation: Situation, legal: tuple[str, ...]) -> str:
    """What the model is told: what the bandit sees, which is structure and never data."""
    progress = situation.progress
    sentences = {a.name: a.sentence for a in situation.table.actions} | _SENTENCES
    lines = [
        f"Part: {situation.table.title}.",
        f"Context: {', '.join(_context(situation.flags))}.",
        f"Done: {', '.join(progress.done) or 'nothing'}.",
        f"Failed: {', '.join(progress.failed) or 'nothing'}.",
        f"The person missed: {', '.join(progress.wanted) or 'nothing so far'}.",
        *(f"{name}: {sentences[name]}" for name in legal),
        f"{LISTED}{', '.join(legal)}.",
    ]
    return "\n".join(lines)


def _context(flags: Flags) -> Iterator[str]:
    """The flags that are set, by name, and the privacy level."""
    yield from (name.replace("_", " ") for name, value in flags if value is True)
    yield f"privacy {flags.privacy}"
