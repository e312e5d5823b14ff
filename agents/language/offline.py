"""The default language: rules and templates, no key, no model, no connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from synthcraft.agents.language.answers import answer, summary
from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import Card, Introduction, Understander, UserTurn
from synthcraft.agents.language.stream import Tell, untold

if TYPE_CHECKING:
    from synthcraft.agents.language.second import Opinion
    from synthcraft.tools.disclosure.released import Released
    from synthcraft.tools.disclosure.standing import Standing


class OfflineLanguage:
    """Understands by rules and a small classifier, answers from templates over typed facts."""

    name = "offline"
    sends = False
    since = ""

    def __init__(self, understander: Understander | None = None) -> None:
        self.understander: Understander = understander or Offline()

    def meet(self, session: str, approved: bool, learn: Callable[[], Introduction]) -> None:
        """Nothing leaves, so nothing needs a guard."""

    def forget(self, session: str) -> None:
        """Nothing was kept."""

    async def understand(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read a message; asks back when unsure."""
        # the first sentence for the classifier takes a second or two
        return await asyncio.to_thread(self.understander.read, utterance, gate or card.gate, card)

    async def explain(self, facts: Mapping[str, Any], audience: str, tell: Tell = untold) -> str:
        """Answer `facts["question"]` where there is one, else sum the facts up."""
        question = str(facts.get("question") or "")
        topic = str(facts.get("topic") or "") or None
        known = dict(facts)
        return answer(question, topic, known) if question or topic else summary(known)

    async def reflect(self, session: str, told: Released[Standing]) -> Opinion | None:
        """The rules have checked already."""
        return None
