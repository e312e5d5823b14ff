"""The second line: does a text that is to leave hold something of a person in the table?

It blocks and says why, and never edits. Texts that output control made are not scanned for single
values, for a legitimate card shares many numbers with some cell (evaluation 6.3).
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.tools.disclosure.aliases import PUBLIC_LABELS
from synthcraft.tools.disclosure.decode import plain, readings
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.table_schema import TableSchema

Reason = Literal["value", "row", "identifier", "rows_of_text"]
COMMON = 0.05
"""A value that more people share says little of any of them."""
TOGETHER = 3
"""Uncommon cells of one person."""
WINDOW = 20
"""Turns that are looked at together: all that a project may send."""
_GRAM = 5
_RUN = 8
"""Words of a label that are looked for."""
_DIGITS = 3
_LONG = 4

_TOKEN = re.compile(r"[-+]?\d[\d.,:/-]*\d|\d|[^\W\d_][\w'-]*")
_WORD = re.compile(r"\w+")
_DIRECT = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    re.compile(r"(?<![\d.])\+?(?:\d[ ()-]{0,2}){8,}\d(?![\d.])"),
    re.compile(r"\b(?:mrn|nhs|ssn|patient (?:id|no|number))\W{0,3}\d{4,}", re.IGNORECASE),
    re.compile(r"\b(?i:mr|mrs|ms|miss|herr|frau)\.? [A-Z][a-z]+"),
    re.compile(r"\b(?:dob|born|date of birth)\W{0,4}\d", re.IGNORECASE),
)


@dataclass
class Scanner:
    """What is known of the table, and the last turns."""

    rare: frozenset[str]
    """Values that point at few people: identifiers, rare numbers and labels, words of texts."""
    cells: Mapping[str, tuple[tuple[int, NDArray[np.int32]], ...]]
    """Uncommon value -> column and the rows that hold it."""
    texts: frozenset[str] = frozenset()
    """Whole texts that must not leave, such as paths."""
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=WINDOW))

    @classmethod
    def of(cls, frame: pd.DataFrame, schema: TableSchema, others: Iterable[str] = ()) -> Scanner:
        """Learn a table; `others` are further texts that must not leave, such as paths."""
        rare: set[str] = set()
        cells: dict[str, list[tuple[int, NDArray[np.int32]]]] = defaultdict(list)
        for place, column in enumerate(schema.columns):
            shapes = frame[column.name].dropna().map(_shape)
            if column.kind == "text":
                rare |= {gram for text in shapes for gram in _grams(text)}
            groups = shapes.groupby(shapes).indices
            at = np.flatnonzero(frame[column.name].notna().to_numpy()).astype(np.int32)
            for value, where in groups.items():
                key = str(value)
                if column.kind == "identifier" or _telling(key, len(where)):
                    rare |= {key, _run(key)}
                if len(where) <= max(COMMON * len(frame), MIN_CELL) and key not in PUBLIC_LABELS:
                    cells[key].append((place, at[where]))
        texts = frozenset(plain(text) for text in others if len(text) >= _LONG)
        return cls(frozenset(rare), {key: tuple(at) for key, at in cells.items()}, texts)

    def found(self, text: str) -> Reason | None:
        """Why a person's own words must not leave; None where nothing was found."""
        if any(pattern.search(text) for pattern in _DIRECT):
            return "identifier"
        for reading in readings(text):
            if self._holds_rare(reading) or any(text in reading for text in self.texts):
                return "value"
        if self._one_person(" ".join((*self.recent, text))):
            return "row"
        return None

    def passed(self, text: str) -> None:
        """Remember a text that left, for the next turns."""
        self.recent.append(text)

    def _holds_rare(self, reading: str) -> bool:
        tokens = list(_tokens(reading))
        if any(token in self.rare for token in tokens):
            return True
        if any(gram in self.rare for gram in _grams(reading)):
            return True
        words = _WORD.findall(reading)
        sizes = range(2, _RUN + 1)
        runs = (" ".join(words[i : i + n]) for n in sizes for i in range(len(words) - n + 1))
        return any(run in self.rare for run in runs)

    def _one_person(self, text: str) -> bool:
        """Whether uncommon cells of three columns of one person stand in it."""
        columns: dict[int, set[int]] = defaultdict(set)
        # reversed numbers are numbers of somebody else: only that reading is left out
        forms = [reading for place, reading in enumerate(readings(text)) if place != 1]
        for token in {token for reading in forms for token in _tokens(reading)}:
            for place, rows in self.cells.get(token, ()):
                for row in rows.tolist():
                    columns[row].add(place)
        return any(len(places) >= TOGETHER for places in columns.values())


def _telling(value: str, people: int) -> bool:
    """Whether a value is of few people and no everyday number or word."""
    if people >= MIN_CELL or value in PUBLIC_LABELS:
        return False
    if re.fullmatch(r"[-+]?[\d.]+", value):
        digits = value.lstrip("+-0.") if "." in value else value.strip("+-0")
        return len(digits.replace(".", "")) >= _DIGITS
    return len(value) >= _DIGITS


def _shape(value: Any) -> str:
    """The form in which a cell is looked for."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(plain(str(value)).split())


def _run(value: str) -> str:
    """The words of a value as they are compared with the words of a text."""
    return " ".join(_WORD.findall(value)[:_RUN]) if " " in value else value


def _tokens(text: str) -> Iterator[str]:
    """Words, numbers and dates, each in the form of a cell."""
    for found in _TOKEN.finditer(text):
        token = found[0].rstrip(".,:/'-")
        yield token
        if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", token):
            yield token.replace(",", "")
        elif re.fullmatch(r"[-+]?\d+,\d+", token):
            yield token.replace(",", ".")
        if re.fullmatch(r"[-+]?\d+\.\d+", token):
            yield f"{float(token):g}"
        if date := _date(token):
            yield date


def _date(token: str) -> str:
    parts = re.split(r"[./-]", token)
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return ""
    if len(parts[0]) == 4:
        year, month, day = parts
    else:
        day, month, year = parts
    return f"{int(year):04d}-{int(month):02d}-{int(day):02d}" if len(year) == 4 else ""


def _grams(text: str) -> Iterator[str]:
    words = _WORD.findall(text)
    for i in range(len(words) - _GRAM + 1):
        yield " ".join(words[i : i + _GRAM])
