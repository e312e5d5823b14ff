"""How often a finished project would ask a language model, and with how much text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.silent_model import silent_model

PER_TOKEN = 4
"""Bytes of a token of English, about."""
SAID = (
    "hello there",
    "hmm, that one thing with the ages bothers me somehow",
    "could it be that something is missing in there?",
    "what is TSTR?",
    "I'd rather have it a bit more like the real ones",
    "why did you pick these?",
    "and is that now good or bad for us?",
    "5,000 rows would be fine, I guess, or what do you think?",
)
"""What is said at the cards in turn: half of it is unclear on purpose."""


@case("language_model")
def language_model(bench: Workbench) -> Iterator[Line]:
    """A project from the first card to the report, with a person who talks at every card."""
    with silent_model() as (url, sizes):
        cards = asyncio.run(_finished(bench.first_rows(600), bench.folder / "home", url))
    tokens = sum(sizes) / PER_TOKEN
    note = f"{cards} cards, {len(SAID)} sentences in turn; the published system: "
    yield Line(
        name="Calls of a language model in a finished project",
        unit="calls",
        values=(float(len(sizes)),),
        below=21.0,
        note=f"{note}82",
    )
    yield Line(
        name="Prompt tokens of a finished project",
        unit="tokens",
        values=(tokens,),
        below=40_000.0,
        note=f"{note}about 550,000; bytes sent by {PER_TOKEN}",
    )


async def _finished(table: Path, home: Path, url: str) -> int:
    """Answer every card; how many there were."""
    from synthcraft.graph.contracts import Changes
    from synthcraft.graph.deps import Settings
    from synthcraft.graph.runner import open_runner
    from synthcraft.graph.views import Answer

    settings = Settings.from_env(
        home, {}, actor="bench", llm="local", llm_base_url=url, llm_model="silent"
    )
    cards = 0
    async with open_runner(settings) as runner:
        request = Changes(target="heart_attack", include=("cart",), tier="quick")
        view = await runner.start([table], request, seed=1)
        while view.proposal is not None:
            for sentence in SAID[cards % 2 :: 2]:
                turn = await runner.understand(view.session, sentence)
                if turn.verdict() == "question":
                    await runner.ask(view.session, sentence)
            approval = Answer(verdict="approve", actor="bench")
            view = await runner.answer(view.session, view.interrupt_id or "", approval)
            cards += 1
    return cards
