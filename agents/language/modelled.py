"""Understanding and explaining with a language model behind the rules, never instead of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
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
from synthcraft.agents.language.opinion import GRAVE
from synthcraft.agents.language.options import Option, Read, options, unclear
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.picked import chosen, form
from synthcraft.agents.language.prompt_files import checksum, prompt
from synthcraft.agents.language.questions import topic_of
from synthcraft.agents.language.scene import say
from synthcraft.agents.language.second import Opinion, taken
from synthcraft.agents.language.stream import CheckedProse, Tell, untold
from synthcraft.graph.errors import GuardError
from synthcraft.tools.audit import ledger_path
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

_SURE = 0.8
"""Confidence in what a model picked and the classifier reads, too."""


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
    offered: str = ""
    """What the last question back offered, as a message; a yes to it means that, and no card."""


class ModelLanguage:
    """The rules first; a model where they would have to ask back, and for prose.

    A model never approves: where it reads a yes, a stop or a step back that the rules did not
    read, the person is asked.
    """

    sends = True

    def __init__(
        self,
        endpoint: Endpoint,
        home: Path,
        since: str = "",
        offline: OfflineLanguage | None = None,
    ) -> None:
        self.since = since
        self.name = f"model {endpoint.model}"
        self.endpoint = endpoint
        self.home = home
        self.offline = offline or OfflineLanguage()
        self.known: dict[str, Acquaintance] = {}

    def meet(self, session: str, approved: bool, learn: Callable[[], Introduction]) -> None:
        """Learn a table, and later the card that was approved for it."""
        found = self.known.get(session)
        if found is not None and (found.card is not None or not approved or found.refused):
            return
        met = learn()
        if found is None:
            wall = Firewall(Scanner.of(met.frame, met.schema, met.others), aliases(met.schema))
            ledger = Ledger(ledger_path(self.home, session))
            found = self.known[session] = Acquaintance(wall, ledger)
            found.damaged = bool(ledger.log.verify())
            for earlier in () if found.damaged else ledger.prompts():
                wall.sent_before(earlier)
                found.budget.used(len(earlier))
        if approved and met.card and not found.damaged:
            self._approved(found, met, met.card)

    def forget(self, session: str) -> None:
        """Know nothing of a deleted project any more."""
        self.known.pop(session, None)

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
        gate = gate or card.gate
        turn = await self.offline.understand(utterance, gate, card)
        friend = self.known.get(card.session)
        if friend is None:
            return turn
        alone = card.model_copy(update={"recent": ()})
        read = partial(self.offline.understander.read, gate=gate, card=alone)
        offered, friend.offered = friend.offered, ""
        if offered and read(utterance).verdict() == "approve":
            return self._taken(read(offered)) or turn  # a yes to what was asked, not to the card
        if turn.clarification is None or turn.intents or not utterance.strip() or beyond(utterance):
            return turn
        try:
            return await self._behind(friend, turn, utterance, alone, read)
        except HeldBack as held:
            return turn.model_copy(update={"note": str(held), "held": held.personal})

    async def _behind(
        self, friend: Acquaintance, turn: UserTurn, utterance: str, card: Card, read: Read
    ) -> UserTurn:
        """Where the rules would ask back: what the model picks of what may be meant.

        Raises:
            HeldBack: the words or the limits of the project do not allow to ask it.
        """
        with _on_record(friend):
            friend.wall.check(utterance)
        if turn.clarification in (say("sounds_like_approve"), say("language")):
            return turn
        sentence = unclear(utterance, read)
        wishes = options(sentence, card, read) if sentence else ()
        if sentence is None or all(wish.kind == "approve" for wish in wishes):
            return turn  # whether it is a yes, nobody but the person can say
        names = friend.wall.names
        told = choices(card.gate, [(wish.says, wish.means) for wish in wishes], names)
        spans = [fixed(prompt("understand"))]
        spans += [released(friend.card)] if friend.card else []
        asked = self._asked(friend, [*spans, released(told)], sentence.raw)
        answer, reply = await Client(self.endpoint, friend.ledger).typed(
            asked, form(told.value), {"understand": checksum("understand")}
        )
        friend.budget.counted(asked.size, reply.prompt_tokens)
        if reply.failed:
            return turn.model_copy(update={"note": say("model_silent")})
        picked = chosen(answer, wishes, names)
        said = picked.within(utterance, sentence) if picked else ""
        return self._agreed(friend, picked, said, self._taken(read(said))) or turn

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
        with _on_record(friend):
            asked = friend.wall.prompt([*spans, friend.wall.said(said)])
            if not friend.budget.allows(asked.size):
                raise HeldBack(
                    "I did not ask the language model: this project has asked it as often as it "
                    "may.",
                    "Everything goes on without it.",
                )
        friend.budget.used(asked.size)
        return asked

    def _agreed(
        self, friend: Acquaintance, picked: Option | None, said: str, taken: UserTurn | None
    ) -> UserTurn | None:
        """The model's reading where the classifier reads it, too, else a question with it."""
        if picked is not None and picked.kind == "approve" and taken is None:
            return UserTurn(clarification=say("sounds_like_approve"), understood_by=self.name)
        if picked is None or taken is None:
            return None
        if picked.agreed and taken.verdict() not in GRAVE:
            return taken
        friend.offered = said
        return UserTurn(clarification=say("offered", what=picked.says), understood_by=self.name)

    def _taken(self, turn: UserTurn) -> UserTurn | None:
        """What the rules read in words that a model picked; never an approval."""
        said = {intent.verdict for intent in turn.intents}
        if not said or ("approve" in said and "approve" in GRAVE):
            return None
        return turn.model_copy(update={"understood_by": self.name, "confidence": _SURE})

    async def explain(self, facts: Mapping[str, Any], audience: str, tell: Tell = untold) -> str:
        """The template's answer, in the model's words as far as they hold the same numbers."""
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
        enter = friend.wall.names.enter
        prose = CheckedProse(chosen.value.text(), lambda sentence: tell(enter(sentence)))
        client = Client(self.endpoint, friend.ledger)
        reply = await client.prose(asked, {"explain": checksum("explain")}, prose.take)
        if not reply.failed:
            prose.end()
        told = enter(prose.shown.strip())
        if told and not reply.failed and not prose.refused:
            return told
        template = f"{say('model_silent')} {draft}" if reply.failed else draft
        tell(template)
        return f"{told} {template}".strip()

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
        friend.budget.used(asked.size)
        answer, reply = await Client(self.endpoint, friend.ledger).typed(
            asked, Opinion, {"reflect": checksum("reflect")}
        )
        friend.budget.counted(asked.size, reply.prompt_tokens)
        return taken(answer, told.value)


@contextmanager
def _on_record(friend: Acquaintance) -> Iterator[None]:
    """Enter in the project's ledger what is held back."""
    try:
        yield
    except HeldBack as held:
        friend.ledger.enter("held back", held.message.encode())
        raise


def _known(question: str, facts: Mapping[str, Any]) -> bool:
    """Whether our own words answer it: a term, a generator, what leaves, what cannot be."""
    topic = topic_of(question, tuple(facts.get("generators") or ()))
    if topic == "privacy_model" or beyond(question):
        return True
    return topic.startswith("generator:") or topic in book("glossary")
