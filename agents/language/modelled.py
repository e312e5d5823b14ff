"""Understanding and explaining with a language model behind the rules, never instead of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.agents.language.base import Card, Introduction, UserTurn
from synthcraft.agents.language.budget import Budget
from synthcraft.agents.language.client import Client, Endpoint
from synthcraft.agents.language.firewall import (
    Firewall,
    HeldBack,
    Prompt,
    Span,
    fixed,
    released,
)
from synthcraft.agents.language.guards import beyond
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.language.offline import OfflineLanguage
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.prompt_files import checksum, prompt
from synthcraft.agents.language.prose import fits
from synthcraft.agents.language.questions import topic_of
from synthcraft.agents.language.said import ModelTurn, turn_of
from synthcraft.agents.language.scene import say
from synthcraft.agents.language.second import Opinion, taken
from synthcraft.graph.errors import GuardError
from synthcraft.tools.disclosure.aliases import aliases
from synthcraft.tools.disclosure.card import kept_card
from synthcraft.tools.disclosure.choices import choices
from synthcraft.tools.disclosure.cohort import CohortBook
from synthcraft.tools.disclosure.facts import project_facts
from synthcraft.tools.disclosure.scan import Scanner

if TYPE_CHECKING:
    from synthcraft.tools.disclosure.card import ProfileCard
    from synthcraft.tools.disclosure.released import Released
    from synthcraft.tools.disclosure.standing import Standing

SURE = 0.9
"""From here on the rules are believed without asking anybody."""
_GRAVE = ("approve", "stop", "revert")


@dataclass
class Acquaintance:
    """What is needed to speak with a model about one project."""

    wall: Firewall
    ledger: Ledger
    card: Released[ProfileCard] | None = None
    """Approved by a person; without it the model knows nothing of the table."""
    refused: bool = False
    """Its card would tell of the few people in whom it differs from an earlier one."""
    damaged: bool = False
    """Its ledger was changed: what left cannot be known, so nothing more leaves."""
    budget: Budget = field(default_factory=Budget)


class ModelLanguage:
    """The rules first; a model where they would have to ask back, and for prose.

    A model never approves: where it reads a yes, a stop or a step back that the rules did not
    read, the person is asked.
    """

    sends = True

    def __init__(self, endpoint: Endpoint, home: Path) -> None:
        self.name = f"model {endpoint.model}"
        self.endpoint = endpoint
        self.home = home
        self.offline = OfflineLanguage()
        self.known: dict[str, Acquaintance] = {}

    def meet(self, session: str, approved: bool, learn: Callable[[], Introduction]) -> None:
        """Learn a table, and later the card that was approved for it."""
        found = self.known.get(session)
        if found is not None and (found.card is not None or not approved or found.refused):
            return
        met = learn()
        if found is None:
            wall = Firewall(Scanner.of(met.frame, met.schema, met.others), aliases(met.schema))
            ledger = Ledger(self.home / "ledger" / f"{session}.jsonl")
            found = self.known[session] = Acquaintance(wall, ledger)
            found.damaged = bool(ledger.log.verify())
            for earlier in () if found.damaged else ledger.prompts():
                wall.sent_before(earlier)
                found.budget.used(len(earlier))
        if approved and met.card and not found.damaged:
            self._approved(found, met, met.card)

    def _approved(self, found: Acquaintance, met: Introduction, kept: dict[str, Any]) -> None:
        cohorts, card = CohortBook(self.home / "cohorts"), kept_card(kept)
        try:
            cohorts.admit(cohorts.people(met.frame, met.person), card.value.digest)
        except GuardError as error:
            found.refused = True
            found.ledger.enter("held back", error.message.encode())
            return
        found.card = card
        if all(entry.what != "card approved" for entry in found.ledger.entries()):
            found.ledger.enter("card approved", card.value.text().encode())

    async def understand(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read a message; the turn says who understood it."""
        turn = self.offline.understander.read(utterance, gate or card.gate, card)
        friend = self.known.get(card.session)
        if friend is None or (turn.clarification is None and turn.confidence >= SURE):
            return turn
        if turn.verdict() == "approve" or not utterance.strip() or beyond(utterance):
            return turn
        spans = [fixed(prompt("understand"))]
        spans += [released(friend.card)] if friend.card else []
        spans += [released(choices(gate or card.gate, card.generators, friend.wall.names))]
        try:
            asked = self._asked(friend, spans, utterance)
        except HeldBack as held:
            return turn.model_copy(update={"note": str(held), "held": held.personal})
        answer, reply = await Client(self.endpoint, friend.ledger).typed(
            asked, ModelTurn, {"understand": checksum("understand")}
        )
        friend.budget.used(asked.size, reply.prompt_tokens)
        other = turn_of(answer, utterance, card, friend.wall.names) if answer else None
        if other is None:
            return turn.model_copy(update={"note": say("model_silent")}) if reply.failed else turn
        return self._agreed(turn, other)

    def _asked(self, friend: Acquaintance, spans: list[Span], said: str) -> Prompt:
        """The prompt with the person's words at its end.

        Raises:
            HeldBack: the words or the limits of the project do not allow it; on the ledger.
        """
        if friend.damaged:
            raise HeldBack(
                "Nothing is sent to the language model any more, because the ledger of this "
                "project was changed.",
                "synthcraft ledger says where; everything goes on without the model.",
            )
        try:
            asked = friend.wall.prompt([*spans, friend.wall.said(said)])
            if not friend.budget.allows(asked.size):
                raise HeldBack(
                    "I did not ask the language model: this project has asked it as often as it "
                    "may.",
                    "Everything goes on without it.",
                )
        except HeldBack as held:
            friend.ledger.enter("held back", held.message.encode())
            raise
        return asked

    def _agreed(self, turn: UserTurn, other: UserTurn) -> UserTurn:
        """The model's reading, unless it is grave and the rules did not read it too."""
        grave = other.verdict() in _GRAVE or any(i.verdict in _GRAVE for i in other.intents)
        if grave and other.verdict() != turn.verdict():
            return UserTurn(clarification=say("unsure_grave"), understood_by=self.name)
        return other.model_copy(update={"understood_by": self.name})

    async def explain(self, facts: Mapping[str, Any], audience: str) -> str:
        """The template's answer, in the model's words where they hold the same numbers."""
        draft = await self.offline.explain({**facts, "model": self.name}, audience)
        question = str(facts.get("question") or "")
        friend = self.known.get(str(facts.get("session", "")))
        if friend is None or not question.strip() or _known(question, facts):
            return draft
        chosen = project_facts(facts, friend.wall.names)
        try:
            asked = self._asked(friend, [fixed(prompt("explain")), released(chosen)], question)
        except HeldBack as held:
            return f"{held} {draft}"
        client = Client(self.endpoint, friend.ledger)
        reply = await client.ask(asked, {"explain": checksum("explain")})
        friend.budget.used(asked.size, reply.prompt_tokens)
        prose = reply.text.strip()
        if fits(prose, chosen.value.text()):
            return friend.wall.names.enter(prose)
        return f"{say('model_silent')} {draft}" if reply.failed else draft

    async def reflect(self, session: str, told: Released[Standing]) -> Opinion | None:
        """The model's opinion on finished work, where it names aspects that are really open."""
        friend = self.known.get(session)
        enough = friend is not None and friend.budget.spares(len(told.value.text()))
        if friend is None or friend.damaged or not enough:
            return None
        try:
            asked = friend.wall.prompt([fixed(prompt("reflect")), released(told)])
        except HeldBack:
            return None
        answer, reply = await Client(self.endpoint, friend.ledger).typed(
            asked, Opinion, {"reflect": checksum("reflect")}
        )
        friend.budget.used(asked.size, reply.prompt_tokens)
        return taken(answer, told.value)


def _known(question: str, facts: Mapping[str, Any]) -> bool:
    """Whether our own words answer it: a term, a generator, what leaves, what cannot be."""
    topic = topic_of(question, tuple(facts.get("generators") or ()))
    if topic == "privacy_model" or beyond(question):
        return True
    return topic.startswith("generator:") or topic in book("glossary")
