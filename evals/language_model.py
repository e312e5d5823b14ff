"""A reader for the benchmark with a language model behind the rules, as in a project."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from synthcraft.agents.language.base import Card, UserTurn
from synthcraft.agents.language.client import Endpoint
from synthcraft.agents.language.firewall import Firewall
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.language.modelled import Acquaintance, ModelLanguage
from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.scan import Scanner


class Modelled:
    """Rules first, and an endpoint where they would ask back or are not sure.

    There is no table: nothing is held back for what stands in one. Every message is a project of
    its own, so that no limit of calls is met; columns have other names, as they have by default.
    """

    def __init__(self, endpoint: Endpoint, folder: Path) -> None:
        self.language = ModelLanguage(endpoint, folder)
        self.name = self.language.name
        self.folder = folder
        self.messages = count()

    def read(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read one message."""
        session = str(next(self.messages))
        names = {name: f"col_{place:02d}" for place, name in enumerate(card.columns, 1)}
        wall = Firewall(Scanner(frozenset(), {}), Aliases(names=names))
        ledger = Ledger(self.folder / f"{session}.jsonl")
        self.language.known = {session: Acquaintance(wall, ledger)}
        here = card.model_copy(update={"session": session})
        return asyncio.run(self.language.understand(utterance, gate, here))
