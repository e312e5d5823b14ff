"""The table of a project, and its codebook: only what was confirmed changes the schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.deps import Deps
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import ArtifactRef, Inbox
from synthcraft.tools.ingest import Ingested, ingest, merge_tables
from synthcraft.tools.raw_table import missing_column
from synthcraft.tools.table_limits import Limits

if TYPE_CHECKING:
    from synthcraft.tools.codebook import Codebook
    from synthcraft.tools.codebook_match import Match

CODEBOOK = "codebook"
"""Name of the artefact that holds the codebook beside the table; no language model reads it."""


def kept_codebook(codebook: Codebook | None, deps: Deps) -> str | None:
    """The hash of a confirmed codebook in the store; None where there is none.

    Raises:
        InputError: nobody has confirmed it.
    """
    if codebook is None:
        return None
    if not codebook.confirmed_by:
        raise InputError("The codebook was not confirmed.", "Look at what was read, then say yes.")
    return deps.store.put_json(codebook.model_dump(mode="json"), CODEBOOK, "person").sha256


def held_against(
    path: Path, data: Sequence[Path], columns: tuple[str, ...] = (), join_on: str | None = None
) -> Match:
    """A codebook beside the table that it describes, to be looked at before a project starts.

    Raises:
        InputError: a file cannot be read.
    """
    from synthcraft.tools.codebook import read_codebook
    from synthcraft.tools.codebook_match import match

    codebook = read_codebook(path)
    table = read_table(Inbox(paths=tuple(map(str, data)), columns=columns, join_on=join_on))
    return match(codebook, table.frame, table.schema)


def read_table(inbox: Inbox) -> Ingested:
    """The table that the named files make."""
    paths = [Path(p) for p in inbox.paths]
    if len(paths) > 1:
        if inbox.join_on is None:
            raise InputError(
                f"{len(paths)} files were given.", "Name the column that joins them with --join-on."
            )
        return _only(merge_tables(paths, inbox.join_on), inbox.columns)
    return ingest(paths[0], columns=inbox.columns, limits=Limits())


def _only(table: Ingested, columns: tuple[str, ...]) -> Ingested:
    """The columns that were asked for; all if none were."""
    for name in columns:
        if name not in table.schema.names:
            raise missing_column(name, table.schema.names, code="E_NO_COLUMN")
    if columns:
        table.schema = table.schema.only(columns)
        table.frame = table.frame[list(table.schema.names)]
    return table


def describe(table: Ingested, inbox: Inbox, deps: Deps) -> dict[str, ArtifactRef]:
    """Give a table the domains of its confirmed codebook, and keep both side by side."""
    from synthcraft.tools.codebook import Codebook
    from synthcraft.tools.codebook_match import match

    if inbox.codebook is None:
        return {}
    codebook = Codebook.model_validate(deps.store.read_json(inbox.codebook))
    found = match(codebook, table.frame, table.schema)
    table.schema = found.declared(table.schema)
    confirmed = f"Codebook confirmed by {codebook.confirmed_by} before the start."
    table.notes = (*table.notes, confirmed, *found.notes)
    return {CODEBOOK: deps.store.put_json(found.model_dump(mode="json"), CODEBOOK, "ingest")}
