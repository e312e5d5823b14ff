"""Whether an endpoint can do what the language layer needs, found out by asking it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Literal, NamedTuple

from synthcraft.agents.language.base import Card
from synthcraft.agents.language.client import Client, Endpoint
from synthcraft.agents.language.firewall import Prompt, Span, fixed, released
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.language.prompt_files import checksum, prompt
from synthcraft.agents.language.said import ModelTurn, turn_of
from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.choices import choices

_COLUMNS = {"weight": "num_01", "smoker": "cat_01"}
_EASY = {
    "please remove num_01 from the table": "set_roles",
    "I would like 5000 rows": "set_size",
    "what does fidelity mean?": "question",
}
SLOW_S = 10.0


class Finding(NamedTuple):
    """One thing that was found out."""

    name: str
    status: Literal["ok", "note", "fail"]
    detail: str
    hint: str = ""


async def probe(endpoint: Endpoint, ledger: Ledger) -> list[Finding]:
    """Ask for a word, then for typed answers to easy sentences of our own; no data is near."""
    client = Client(endpoint, ledger)
    began = time.monotonic()
    said = Prompt(spans=(fixed("Answer with the word ready."), Span(origin="user", text="Ready?")))
    reply = await client.ask(said, {})
    took = time.monotonic() - began
    if reply.failed:
        return [
            Finding(
                "language model",
                "fail",
                f"{endpoint.base_url} gave no answer ({reply.failed}).",
                "Look at the address, the model's name and the key; a run goes on without it.",
            )
        ]
    found = [Finding("language model", "ok", f"{endpoint.model} answers in {took:.1f} s")]
    return found + [finding async for finding in _typed(client)]


async def _typed(client: Client) -> AsyncIterator[Finding]:
    names = Aliases(names=_COLUMNS)
    card = Card(columns=tuple(_COLUMNS), generators=("cart", "ctgan"))
    right = formed = 0
    began = time.monotonic()
    for sentence, kind in _EASY.items():
        spans = (
            fixed(prompt("understand")),
            released(choices("parameters", card.generators, names)),
            Span(origin="user", text=sentence),
        )
        answer, _ = await client.typed(
            Prompt(spans=spans), ModelTurn, {"understand": checksum("understand")}
        )
        formed += answer is not None
        turn = turn_of(answer, sentence, card, names) if answer else None
        right += turn is not None and [i.kind for i in turn.intents] == [kind]
    each = (time.monotonic() - began) / len(_EASY)
    yield Finding(
        "typed answers",
        "ok" if formed == len(_EASY) else "note",
        f"{formed} of {len(_EASY)} in the form that was asked for",
        "" if formed == len(_EASY) else "What it does not answer so, the rules read.",
    )
    yield Finding(
        "understanding",
        "ok" if right == len(_EASY) else "note",
        f"{right} of {len(_EASY)} easy sentences understood",
        "" if right == len(_EASY) else "It will seldom help; a larger model would.",
    )
    yield Finding(
        "speed",
        "ok" if each <= SLOW_S else "note",
        f"{each:.1f} s for a sentence",
        "" if each <= SLOW_S else "People will wait; a smaller or nearer model would be quicker.",
    )
