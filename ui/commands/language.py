"""`understand`, `card` and `ledger`: what is read, what a model would be told, what it was sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.graph.errors import NotFoundError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.agents.language.base import UserTurn


def understand(
    sentence: Annotated[str, typer.Argument(help="What somebody says.")],
    gate: Annotated[str | None, typer.Option(help="The card that is open.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help="Columns of the table: a,b or repeated.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Print how a sentence is understood, without a language model."""
    from synthcraft.agents.language.base import Card
    from synthcraft.agents.language.offline import OfflineLanguage
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.ui.commands.output import print_json

    named = options.names(columns)
    card = Card(columns=named, generators=tuple(catalogue()), gate=gate)
    turn = OfflineLanguage().understander.read(sentence, gate, card)
    if as_json:
        print_json({**turn.model_dump(mode="json", by_alias=True), "verdict": turn.verdict()})
        return
    for line in _spoken(turn):
        typer.echo(line)


def _spoken(turn: UserTurn) -> list[str]:
    if turn.clarification:
        return [f"It would ask back: {turn.clarification}"]
    lines = [_intent(intent.model_dump(mode="json", exclude_none=True)) for intent in turn.intents]
    return [*lines, f"Understood by {turn.understood_by}, confidence {turn.confidence:.2f}."]


def _intent(fields: dict[str, Any]) -> str:
    kind = str(fields.pop("kind")).replace("_", " ")
    said = ", ".join(f"{name}: {value}" for name, value in fields.items() if value)
    return f"{kind} ({said})" if said else kind


def card(
    file: Annotated[Path, typer.Argument(help="The real table.")],
    target: options.Target = None,
    show_names: Annotated[
        list[str] | None, typer.Option(help="Columns whose real names may be told: a,b.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Print all that a language model would be told of a table, if you let it."""
    from synthcraft.tools.disclosure.card import profile_card
    from synthcraft.tools.ingest import ingest
    from synthcraft.ui.commands.output import print_json

    table = ingest(file)
    allowed = options.names(show_names)
    if unknown := sorted({*allowed, *([target] if target else [])} - set(table.schema.names)):
        raise NotFoundError(f"The table has no column {unknown[0]!r}.", "Check the spelling.")
    made = profile_card(table.frame, table.schema, target=target, names=set(allowed)).value
    if as_json:
        print_json({**made.model_dump(mode="json"), "text": made.text(), "digest": made.digest})
        return
    typer.echo(made.text())


def ledger(
    session: options.Session,
    find: Annotated[str | None, typer.Option(help="Only entries with these words.")] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Print every byte that a language model was sent for a project, and what came back."""
    from synthcraft.agents.language.ledger import Ledger
    from synthcraft.graph.database import database_of
    from synthcraft.graph.project_index import ProjectIndex
    from synthcraft.tools.audit import ledger_path
    from synthcraft.ui.commands.output import print_json, printable

    settings = options.read_settings(home)
    name = ProjectIndex(database_of(settings)).find(session)
    kept = Ledger(ledger_path(settings.home, name))
    entries = kept.find(find) if find else kept.entries()
    faults = kept.log.verify()
    if as_json:
        print_json({"entries": [e.model_dump(mode="json") for e in entries], "faults": faults})
        return
    if not entries:
        typer.echo("Nothing was sent to a language model." if not find else "No entry holds that.")
    for entry in entries:
        typer.echo(f"{entry.at} {entry.what} {entry.to}".rstrip())
        typer.echo(printable(entry.text or "(bytes that are no text)") + "\n")
    for fault in faults:
        typer.echo(f"The ledger was changed: {fault}")
