"""Sizes of the real table: exact where the program works, to the nearest five where it tells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from synthcraft.graph.contracts import Changes
from synthcraft.graph.history import config_of
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Event
from tests.conftest import clinic


async def told(runner: Runner, session: str) -> str:
    """What the page and the command line have of a project."""
    records = [await runner.view(session), *await runner.sessions()]
    records += [*await runner.history(session), *await runner.conversation(session)]
    return json.dumps([record.model_dump(mode="json") for record in records])


async def test_cards_messages_and_lists_tell_no_exact_size(
    fresh_runner: Runner, tmp_path: Path, approve: Any
) -> None:
    """In a workspace of its own: what others taught it is counted too, and may be a size here."""
    path, events = tmp_path / "clinic.csv", list[Event]()
    clinic(403).to_csv(path, index=False)
    asked = Changes(target="stroke", include=("marginal_distributions", "cart"), choose=True)
    view = await fresh_runner.start([path], asked, seed=5, unattended=True, on_event=events.append)
    texts = [await told(fresh_runner, view.session)]
    for gate in ("intent", "parameters"):
        view = await approve(fresh_runner, view, gate)
        texts.append(await told(fresh_runner, view.session))
    text = "\n".join([*texts, *(event.text for event in events)])

    state = (await fresh_runner.graph.aget_state(config_of(view.session))).values
    sizes = [state["source"].rows, *state["split"].model_dump().values()]
    assert sizes[0] == 403 and any(size % 5 for size in sizes[1:])
    for size in sizes:
        shown = 5 * round(size / 5)
        assert re.search(rf"\b{shown} (other )?rows", text), f"nobody is told of about {shown}"
        assert size == shown or not re.search(rf"(?<![\w.]){size}(?![\w.])", text)
    assert (await fresh_runner.sessions())[0].rows == 405
