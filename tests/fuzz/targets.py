"""What is fuzzed: functions of bytes that may raise no error but one of ours.

Each gets the content of a file as somebody might hand it in, and does with it what a project does.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

import pandas as pd

from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import Card
from synthcraft.graph.contracts import GateName
from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.codebook import read_codebook
from synthcraft.tools.codebook_match import match
from synthcraft.tools.disclosure.card import profile_card
from synthcraft.tools.ingest import Ingested, Limits, ingest
from synthcraft.tools.plan_yaml import plan_of, plan_text
from synthcraft.tools.profiling import profile, suggest

Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {}
LIMITS = Limits(
    max_bytes=2_000_000, max_unpacked=20_000_000, max_rows=50_000, max_columns=100, min_rows=1
)
KINDS = (".csv", ".xlsx", ".json")
"""Of a codebook; its first byte chooses."""
GATES = (None, *get_args(GateName))
PARTS = (
    "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml",
    "[Content_Types].xml", "xl/_rels/workbook.xml.rels",
)  # fmt: skip
"""Of a workbook; the first byte chooses which one the rest takes the place of."""


def target(function: Target) -> Target:
    """Register a function to be fuzzed under its name; errors of ours are answers."""

    def guarded(data: bytes) -> None:
        try:
            function(data)
        except SynthCraftError as error:
            assert error.message and "\n" not in error.message
            str(error).encode()  # it can be shown

    TARGETS[function.__name__] = guarded
    return guarded


@cache
def folder() -> Path:
    """Where files are written that are fuzzed; goes with the process."""
    made = tempfile.TemporaryDirectory(prefix="synthcraft-fuzz-")
    folder.kept = made  # type: ignore[attr-defined]
    return Path(made.name)


def written(name: str, data: bytes) -> Path:
    path = folder() / name
    path.write_bytes(data)
    return path


def described(path: Path, limits: Limits = LIMITS) -> Ingested:
    """A table as intake looks at it: read, profiled, roles proposed, and its card."""
    found = ingest(path, limits=limits)
    profile(found.frame, found.schema).model_dump_json()
    suggest(found.frame, found.schema, found.labels).model_dump_json()
    profile_card(found.frame, found.schema).value.text().encode()
    return found


@cache
def plain_workbook() -> dict[str, bytes]:
    """The parts of a small workbook."""
    made = io.BytesIO()
    pd.DataFrame({"age": [41, 52], "sex": ["f", "m"], "seen": pd.Timestamp("2021-03-04")}).to_excel(
        made, index=False
    )
    with zipfile.ZipFile(made) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def workbook_with(data: bytes) -> bytes:
    """A whole workbook one part of which is what was handed in."""
    parts = plain_workbook() | {PARTS[data[0] % len(PARTS)]: data[1:]} if data else plain_workbook()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


@target
def text(data: bytes) -> None:
    """A delimited text file."""
    ingest(written("table.csv", data), limits=LIMITS)


@target
def binary(data: bytes) -> None:
    """A Parquet, SAS, SPSS or Stata file, by its first bytes."""
    described(written("table", data))


@target
def workbook(data: bytes) -> None:
    """A workbook that unpacks, one part of it whatever it is."""
    described(written("table.xlsx", workbook_with(data)))


@cache
def _beside() -> Ingested:
    """A table that a codebook describes, one column of each kind."""
    rows = [
        f"{n + 20},{'fm'[n % 2]},{n % 4},{n / 7:.2f},2021-03-{n % 28 + 1:02d},{n % 2 == 0}"
        for n in range(60)
    ]
    return ingest(written("beside.csv", "\n".join(["age,sex,site,bmi,seen,ill", *rows]).encode()))


@target
def codebook(data: bytes) -> None:
    """A codebook and the table that it describes."""
    kind = KINDS[data[0] % len(KINDS)] if data else KINDS[0]
    content = workbook_with(b"\0" + data[1:]) if kind == ".xlsx" else data[1:]
    book = read_codebook(written(f"codebook{kind}", content))
    found = match(book, _beside().frame, _beside().schema)
    found.declared(_beside().schema).model_dump_json()
    " ".join((*found.notes, *(m.entry.said for m in found.matched))).encode()


@target
def plan(data: bytes) -> None:
    """An evaluation plan; one that is read is the same after writing and reading."""
    found = plan_of(data, "plan.yaml")
    assert plan_of(plan_text(found), "again") == found


@target
def turn(data: bytes) -> None:
    """A message of a person, at the gate that its first byte chooses."""
    said = data[1:].decode("utf-8", "replace")
    known = Card(columns=("age", "Sex", "heart attack"), generators=("ctgan", "arf", "aim"))
    found = _reader().read(said, GATES[data[0] % len(GATES)] if data else None, known)
    assert found.intents or found.clarification
    found.changes()


@cache
def _reader() -> Offline:
    return Offline()
