"""Marks that say what a synthetic file is, wherever it goes, and let its maker know it again."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

NOTE = "Synthetic data: the rows describe no one."
ID = "_syn_id"
"""First column of a copy whose rows can be known again."""
_DIGITS = 20


def write_labelled(frame: pd.DataFrame, path: Path, generator: str) -> None:
    """Write a synthetic table as Parquet that says what it is; equal tables give equal bytes.

    What is not known when the table is made (report, expiry) is in the file beside it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    label = {"synthetic": "true", "note": NOTE, "generator": generator, "software": "synthcraft"}
    said = {name.encode(): text.encode() for name, text in label.items()}
    kept = {**(table.schema.metadata or {}), **said}
    pq.write_table(table.replace_schema_metadata(kept), path, compression="zstd")


def label_in(path: Path) -> dict[str, str]:
    """What a Parquet file says of itself; empty if it is not labelled.

    Raises:
        InputError: it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        kept = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        raise InputError(
            f"The file {path.name} cannot be read as Parquet.", "Check that it is whole."
        ) from None
    names = (b"synthetic", b"note", b"generator", b"software")
    return {name.decode(): kept[name].decode("utf-8", "replace") for name in names if name in kept}


def row_id(secret: bytes, release: str, row: int) -> str:
    """The mark of one row: nobody without the secret can make or guess one."""
    digest = hmac.digest(secret, f"{release}|{row}".encode(), "sha256").hex()
    return f"SYN-{digest[:_DIGITS]}"


def with_ids(table: pd.DataFrame, secret: bytes, release: str) -> pd.DataFrame:
    """The table with a mark of each row in front; its own values stay as they are.

    Raises:
        InputError: it has a column of this name.
    """
    if ID in table:
        raise InputError(f"The table has a column {ID} already.", "Rename that column first.")
    marked = table.copy()
    marked.insert(0, ID, [row_id(secret, release, row) for row in range(len(table))])
    return marked


@dataclass(frozen=True)
class Origin:
    """What the marks of a table say of where its rows come from.

    Attributes:
        ours: rows with a mark of the release and the values that it had.
        changed: rows with a mark of the release and other values.
        doubled: rows whose mark an earlier row has.
        foreign: rows without a mark of the release.
    """

    ours: int
    changed: int
    doubled: int
    foreign: int


def origin(found: pd.DataFrame, released: pd.DataFrame, secret: bytes, release: str) -> Origin:
    """Compare the rows of a table with those of a release, both as text, by their marks.

    Rows and columns may be missing or in another order.
    """
    places = {row_id(secret, release, row): row for row in range(len(released))}
    shared = [name for name in released if name in found]
    truth = dict(enumerate(released[shared].itertuples(index=False, name=None)))
    seen: set[int] = set()
    counted = {"ours": 0, "changed": 0, "doubled": 0, "foreign": 0}
    rows: Any = found[shared].itertuples(index=False, name=None)
    for mark, values in zip(found[ID], rows, strict=True):
        place = places.get(mark)
        if place is None:
            counted["foreign"] += 1
        elif place in seen:
            counted["doubled"] += 1
        else:
            counted["ours" if truth[place] == values else "changed"] += 1
            seen.add(place)
    return Origin(**counted)
