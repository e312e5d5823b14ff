"""Counts of real people in sentences: to the nearest five, and small ones withheld."""

from __future__ import annotations

import re
from collections.abc import Iterable

from synthcraft.tools.disclosure.rounding import MIN_CELL, in_words

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
