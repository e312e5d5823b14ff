"""A codebook file (CSV or Excel) becomes typed entries; what cannot be read is told, never guessed.

Everything happens on this machine. The texts of a codebook are shown to people and go nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.codebook_cells import Cells, no_codebook, read_cells
from synthcraft.tools.codebook_text import Bounds, clean, parse_codes, parse_range
from synthcraft.tools.raw_table import quoted
from synthcraft.tools.table_limits import Limits

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
LIMITS = Limits(max_bytes=5_000_000, max_unpacked=50_000_000, max_rows=5000, max_columns=60)
"""Sizes of a codebook that are refused."""
_HEADER_WITHIN = 20
"""Rows above the headings, such as a title."""
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("variable", "variablename", "variablefieldname", "name", "field", "fieldname",
             "column", "columnname", "var", "varname"),
    "meaning": ("meaning", "label", "variablelabel", "fieldlabel", "description", "definition",
                "longname", "question", "explanation", "comment"),
    "unit": ("unit", "units", "unitofmeasure", "unitsofmeasure", "uom", "measurementunit"),
    "codes": ("codes", "code", "values", "value", "valuelabels", "coding", "codevalues",
              "categories", "levels", "choices", "options", "allowedvalues", "permissiblevalues",
              "choicescalculationsorsliderlabels"),
    "range": ("range", "validrange", "allowedrange", "valuerange", "validvalues", "limits",
              "domain"),
    "low": ("min", "minimum", "lower", "low", "lowerlimit", "lowerbound", "textvalidationmin"),
    "high": ("max", "maximum", "upper", "high", "upperlimit", "upperbound", "textvalidationmax"),
}  # fmt: skip
"""What a column of a codebook may be called, without spaces, signs and capitals."""


class CodebookEntry(BaseModel):
    """What a codebook says of one column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    meaning: str = ""
    unit: str = ""
    codes: dict[str, str] | None = None
    """Code -> label."""
    bounds: Bounds | None = None

    @property
    def said(self) -> str:
        """Everything but the name, on one line."""
        unit = f"({self.unit})" if self.unit else ""
        meant = " ".join(part for part in (self.meaning, unit) if part)
        return "; ".join(part for part in (meant, self.domain) if part)

    @property
    def domain(self) -> str:
        """Codes or range in words; empty where neither is given."""
        if self.codes is not None:
            return "; ".join(
                f"{code} = {label}" if label else code for code, label in self.codes.items()
            )
        return self.bounds.words if self.bounds else ""


class Codebook(BaseModel):
    """Entries in the order of the file, and what was left out on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    sha256: str
    entries: tuple[CodebookEntry, ...]
    notes: tuple[str, ...] = ()
    confirmed_by: str = ""
    """Who looked at what was read and said yes; without that nothing of it is used."""

    def only(self, names: Sequence[str]) -> Codebook:
        """The entries of some columns."""
        return self.model_copy(
            update={"entries": tuple(e for e in self.entries if e.name in names)}
        )


class _Notes:
    """What was noticed while cells were read, each thing once, with the columns it is about."""

    def __init__(self, cells: Cells) -> None:
        self.about: dict[str, list[str]] = {}
        self.formulas = cells.formulas

    def add(self, what: str, name: str) -> None:
        self.about.setdefault(what, []).append(name)

    def sentences(self) -> tuple[str, ...]:
        counted = f"{self.formulas:,} cells hold a formula and were not read."
        told = [
            f"{what}: {quoted(list(dict.fromkeys(names)))}." for what, names in self.about.items()
        ]
        return (*([counted] if self.formulas else []), *told)


def read_codebook(path: Path, limits: Limits = LIMITS) -> Codebook:
    """Read a codebook; headings may stand below a title and have any of their usual names.

    Raises:
        InputError: there is no such file.
        DataError: the file is too large, of another kind, or holds no column of names.
    """
    if path.suffix.lower() == ".json":
        return _recorded(path, limits)
    cells = read_cells(path, limits)
    notes = _Notes(cells)
    rows = cells.rows
    place, found = _headings(rows)
    if "name" not in found or len(found) < 2:
        raise no_codebook(path, "it has no column of names beside a column that describes them")
    entries: dict[str, CodebookEntry] = {}
    for row in rows[place + 1 :]:
        said = {what: row[at] if at < len(row) else "" for what, at in found.items()}
        entry = _entry(said, notes)
        if entry is None:
            continue
        if entry.name in entries:
            notes.add("Described more than once; the first description counts", entry.name)
        entries.setdefault(entry.name, entry)
    if not entries:
        raise no_codebook(path, "it describes no column")
    return Codebook(
        file=path.name,
        sha256=hash_file(path),
        entries=tuple(entries.values()),
        notes=notes.sentences(),
    )


def _recorded(path: Path, limits: Limits) -> Codebook:
    """A codebook as `reproduce.py` keeps it; it has to be confirmed like any other."""
    try:
        if path.stat().st_size > limits.max_bytes:
            raise no_codebook(path, "it is too large")
        kept = Codebook.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise no_codebook(path, "it is no codebook of an earlier run") from None
    return kept.model_copy(update={"confirmed_by": ""})


def _headings(rows: list[list[str]]) -> tuple[int, dict[str, int]]:
    """The row of headings and the place of each; the row that has most of them."""
    best: tuple[int, dict[str, int]] = (0, {})
    for number, row in enumerate(rows[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for at, cell in enumerate(row):
            key = re.sub(r"[^a-z]", "", cell.casefold())
            what = next((what for what, names in HEADINGS.items() if key in names), None)
            if what:
                found.setdefault(what, at)
        if "name" in found and len(found) > len(best[1]):
            best = number, found
    return best


def _entry(cells: dict[str, str], notes: _Notes) -> CodebookEntry | None:
    said: dict[str, str] = {}
    for what, cell in cells.items():
        said[what], hidden = clean(cell)
        if hidden:
            notes.add("Signs that cannot be seen were taken out", said.get("name", "") or "?")
    name = said.pop("name", "").replace("\n", " ")
    if not name:
        return None
    codes, bounds = _domain(name, said, notes)
    return CodebookEntry(
        name=name,
        meaning=said.get("meaning", "").replace("\n", " "),
        unit=said.get("unit", "").replace("\n", " ")[:40],
        codes=codes,
        bounds=bounds,
    )


def _domain(
    name: str, said: dict[str, str], notes: _Notes
) -> tuple[dict[str, str] | None, Bounds | None]:
    """Codes and range, whichever of the two columns they stand in."""
    codes, bounds = None, None
    for text in (said.get("range", ""), said.get("codes", "")):
        if not text:
            continue
        as_range = parse_range(text)
        as_codes = None if as_range else parse_codes(text)
        if as_range is None and as_codes is None:
            notes.add("The codes or the range could not be read", name)
        bounds, codes = bounds or as_range, codes or as_codes
    low, high = said.get("low", ""), said.get("high", "")
    if bounds is None and (low or high):
        bounds = parse_range(f"[{low}; {high}]")
        if bounds is None:
            notes.add("The codes or the range could not be read", name)
    return codes, bounds
