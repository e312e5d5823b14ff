"""Copies of a project's files whose rows can be known again, and where a file comes from."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.deps import Deps
from synthcraft.graph.errors import InputError
from synthcraft.graph.left import note_left
from synthcraft.tools.artifacts import hash_file, publish, store_error
from synthcraft.tools.decision import expires
from synthcraft.tools.labels import ID, NOTE, Origin, origin, with_ids, write_labelled
from synthcraft.tools.labels_excel import EXCEL, cells, label_in_workbook, workbook
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.report.writers import csv_of, file_name
from synthcraft.tools.signing import Keys

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView

_PURPOSE = "labels of rows"


class Release(Frozen):
    """A synthetic table of the workspace."""

    session: str
    candidate: str
    generator: str
    sha256: str


class Known(Frozen):
    """Where a file comes from.

    Attributes:
        whole: it is that release byte for byte, its CSV, or a workbook with the same cells.
        rows: what the marks of its rows say, where it has some of that release.
    """

    release: Release
    whole: bool = False
    rows: Origin | None = None


async def releases(runner: Runner) -> list[Release]:
    """Every synthetic table that projects of the workspace hold."""
    views = [await runner.view(info.session) for info in await runner.sessions()]
    return [release for view in views for release in _of(view)]


async def marked_copies(deps: Deps, view: SessionView, out: Path) -> dict[str, str]:
    """Write a copy of each table with a mark of every row in front; returns name -> path.

    The evaluated files stay as they are. A copy differs by the one column, and the file beside it
    names the SHA-256 that was evaluated.

    Raises:
        InputError: the project has no synthetic table yet.
        StoreError: the folder cannot be written to.
    """
    written: dict[str, str] = {}
    for release in _made(view):
        written |= await asyncio.to_thread(_copy, deps, release, out)
    note_left(deps, view, written)
    return written


async def excel_copies(deps: Deps, view: SessionView, out: Path) -> dict[str, str]:
    """Write each table as an Excel workbook with its label in it; returns name -> path.

    Raises:
        InputError: the project has no synthetic table yet, or one that no sheet can hold.
        StoreError: the folder cannot be written to.
    """
    written: dict[str, str] = {}
    for release in _made(view):
        written |= await asyncio.to_thread(_as_excel, deps, release, out)
    note_left(deps, view, written)
    return written


def known(deps: Deps, file: Path, among: list[Release]) -> Known | None:
    """The release that a file is, or that most of the marked rows of Parquet or CSV are of.

    Raises:
        InputError: it cannot be read as a table.
    """
    kept = [each for each in among if deps.store.path(each.sha256).is_file()]
    if whole := _whole(deps, file, kept):
        return Known(release=whole, whole=True)
    if file.suffix.lower() == EXCEL:
        return None
    found = _as_text(file)
    if ID not in found:
        return None
    secret = Keys(deps.settings.home).secret(_PURPOSE)
    told = []
    for release in kept:
        released = _text_of(csv_of(deps.store.path(release.sha256)))
        told.append(Known(release=release, rows=origin(found, released, secret, release.sha256)))
    return min(told, key=lambda each: each.rows.foreign if each.rows else 0, default=None)


def _whole(deps: Deps, file: Path, among: list[Release]) -> Release | None:
    if file.suffix.lower() == EXCEL:
        return _same_cells(deps, file, among)
    sha256 = hash_file(file)
    if file.suffix.lower() == ".parquet":
        return next((each for each in among if each.sha256 == sha256), None)
    data = file.read_bytes()
    return next((e for e in among if csv_of(deps.store.path(e.sha256)) == data), None)


def _made(view: SessionView) -> list[Release]:
    """The tables of a project, of which there must be one."""
    if found := _of(view):
        return found
    raise InputError(
        f"The project {view.session} has no synthetic table yet.",
        f"`synthcraft sessions show {view.session}` says where it stands.",
    )


def _of(view: SessionView) -> list[Release]:
    return [
        Release(session=view.session, candidate=c.id, generator=c.generator, sha256=c.sha256)
        for c in view.candidates
        if c.status == "ok" and c.sha256
    ]


def _same_cells(deps: Deps, file: Path, among: list[Release]) -> Release | None:
    """The release that a workbook names, if each of its cells is as a copy of it would have it."""
    import pandas as pd

    said = label_in_workbook(file).get("evaluated_sha256")
    for release in (each for each in among if each.sha256 == said):
        table = pd.read_parquet(deps.store.path(release.sha256))
        return release if cells(file) == cells(workbook(table, {})) else None
    return None


def _label(release: Release) -> dict[str, str]:
    """What every copy of a table says of it."""
    now = utc_now()
    return {
        "synthetic": "true",
        "note": NOTE,
        "candidate": release.candidate,
        "generator": release.generator,
        "evaluated_sha256": release.sha256,
        "software": "synthcraft",
        "created": now[:10],
        "expires": expires(now),
        "report": f"synthcraft report {release.session}",
    }


def _beside(label: dict[str, str], **own: str) -> bytes:
    """The file beside a copy: its label, with what holds for this copy alone."""
    return (json.dumps({**label, "synthetic": True, **own}, indent=2) + "\n").encode()


def _as_excel(deps: Deps, release: Release, out: Path) -> dict[str, str]:
    import pandas as pd

    label = _label(release)
    data = workbook(pd.read_parquet(deps.store.path(release.sha256)), label)
    name = f"{file_name(release.candidate)}{EXCEL}"
    card = _beside(label, sha256=hashlib.sha256(data).hexdigest())
    files = {name: data, f"{name}.json": card}
    try:
        for each, content in files.items():
            publish(out / each, content)
    except OSError as error:
        raise store_error(error, out) from error
    return {each: str(out / each) for each in files}


def _copy(deps: Deps, release: Release, out: Path) -> dict[str, str]:
    import pandas as pd

    secret = Keys(deps.settings.home).secret(_PURPOSE)
    table = pd.read_parquet(deps.store.path(release.sha256))
    marked = with_ids(table, secret, release.sha256)
    stem = f"{file_name(release.candidate)}__ids"
    paths = {name: out / name for name in (f"{stem}.parquet", f"{stem}.csv", f"{stem}.json")}
    parquet, as_csv, card = paths.values()
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_labelled(marked, parquet, release.generator)
        publish(as_csv, csv_of(parquet))
        hashes = {"sha256": hash_file(parquet), "csv_sha256": hash_file(as_csv)}
        publish(card, _beside(_label(release), row_marks=ID, **hashes))
    except OSError as error:
        raise store_error(error, out) from error
    return {name: str(path) for name, path in paths.items()}


def _as_text(file: Path) -> pd.DataFrame:
    """The table with every cell as it stands in CSV."""
    try:
        return _text_of(csv_of(file) if file.suffix.lower() == ".parquet" else file.read_bytes())
    except (ValueError, OSError):  # what pandas and pyarrow say would quote the file
        raise InputError(
            f"The file {file.name} cannot be read as a table.", "Give Parquet, CSV or Excel."
        ) from None


def _text_of(data: bytes) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
