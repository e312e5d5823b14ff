"""Counts of real people in sentences: to the nearest five, and small ones withheld."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

from synthcraft.tools.disclosure.rounding import MIN_CELL, in_words

One = TypeVar("One", bound=BaseModel)

_PEOPLE = re.compile(
    r"(?<![\d.,])(?<!made )(?<!under )(\d{1,3}(?:,\d{3})+|\d+)"
    r"(?= (?:(?:real|complete|exact|missing|training|validation|holdout|held-back|other) )*"
    r"(?:rows|people|persons|patients|records|events)\b)"
)
"""A count of real people in a sentence; synthetic rows are those that were made."""


def controlled_text(text: str, least: int = MIN_CELL) -> str:
    """A sentence with every count of people to the nearest five, and small ones withheld."""

    def shown(found: re.Match[str]) -> str:
        people = int(found[1].replace(",", ""))
        return in_words(people, least) if people else found[1]

    return _PEOPLE.sub(shown, text)


def texts_shown(texts: Iterable[str], least: int = MIN_CELL) -> tuple[str, ...]:
    """The same of several."""
    return tuple(controlled_text(text, least) for text in texts)


def said(value: Any, least: int = MIN_CELL) -> Any:
    """The same of whatever a field holds: a sentence, several, or none."""
    if isinstance(value, str):
        return controlled_text(value, least)
    return type(value)(said(v, least) for v in value) if isinstance(value, list | tuple) else value


def told(record: One, least: int, *fields: str) -> One:
    """A record with the counts in these fields as they may be told."""
    return record.model_copy(update={name: said(getattr(record, name), least) for name in fields})
