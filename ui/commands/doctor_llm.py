"""`synthcraft doctor --llm`: does the language model answer, and of what use would it be?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synthcraft.graph.errors import SynthCraftError
from synthcraft.ui.commands.doctor import Check

if TYPE_CHECKING:
    from synthcraft.graph.deps import Settings


def named_model(settings: Settings) -> Iterator[Check]:
    """Which model the settings name; it is not asked."""
    from synthcraft.graph.deps import endpoint_of

    try:
        endpoint = endpoint_of(settings)
        if endpoint.mode == "none":
            yield Check("language model", "ok", "none: plain sentences are understood offline")
            return
        named = f"{endpoint.model} at {endpoint.address} ({endpoint.mode})"
        yield Check("language model", "ok", f"{named}; --llm asks it")
    except SynthCraftError as error:
        yield Check("language model", "fail", error.message, error.hint)


def examine_model(settings: Settings) -> Iterator[Check]:
    """The endpoint that the settings name; never raises what it does wrong."""
    from synthcraft.agents.language.ledger import Ledger
    from synthcraft.agents.language.probe import probe
    from synthcraft.graph.deps import endpoint_of
    from synthcraft.tools.audit import ledger_path

    try:
        endpoint = endpoint_of(settings)
        if endpoint.mode == "none":
            yield Check(
                "language model",
                "note",
                "none is named",
                "Set SYNTHCRAFT_LLM_BASE_URL and SYNTHCRAFT_LLM_MODEL.",
            )
            return
        ledger = Ledger(ledger_path(settings.home, "doctor"))
        for finding in asyncio.run(probe(endpoint, ledger)):
            yield Check(*finding)
    except SynthCraftError as error:
        yield Check("language model", "fail", error.message, error.hint)
