"""Whether an endpoint can do what the language layer needs, found out by asking it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Literal, NamedTuple

from synthcraft.agents.language.base import Card
from synthcraft.agents.language.client import Client, Endpoint
from synthcraft.agents.language.failures import told
from synthcraft.agents.language.firewall import Prompt, Span, fixed, released
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.language.options import options
from synthcraft.agents.language.picked import chosen, form
from synthcraft.agents.language.prompt_files import checksum, prompt
from synthcraft.agents.language.rules import Rules
from synthcraft.agents.language.text import sentences
from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.choices import choices

_COLUMNS = {"weight": "num_01", "smoker": "cat_01"}
_EASY = {
    "the weight has no business in there": "set_roles",
    "a partner hospital will get the file": "set_use_case",
    "no reason to run ctgan": "choose_generators",
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
        what, hint = told(reply.failed)
        text = f"{endpoint.base_url} gave no answer: it {what}."
        return [Finding("language model", "fail", text, f"{hint} A run goes on without it.")]
    found = [Finding("language model", "ok", f"{endpoint.model} answers in {took:.1f} s")]
    return found + [finding async for finding in _typed(client)]


async def _typed(client: Client) -> AsyncIterator[Finding]:
    names = Aliases(names=_COLUMNS)
    card = Card(columns=tuple(_COLUMNS), generators=("cart", "ctgan"), gate="parameters")
    read = partial(Rules().read, gate=card.gate, card=card)
    right = formed = 0
    began = time.monotonic()
    for sentence, kind in _EASY.items():
        wishes = options(sentences(sentence)[0], card, read)
        told = choices(card.gate, [(wish.says, wish.means) for wish in wishes], names)
        said = Span(origin="user", text=names.leave(sentence))
        spans = (fixed(prompt("understand")), released(told), said)
        answer, _ = await client.typed(
            Prompt(spans=spans), form(told.value), {"understand": checksum("understand")}
        )
        formed += answer is not None
        picked = chosen(answer, wishes, names)
        right += picked is not None and picked.kind == kind
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
