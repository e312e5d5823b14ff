"""Numbers in words and digits, with what they count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from synthcraft.agents.language.phrasebook import book, words


@dataclass(frozen=True)
class Quantity:
    """A number and its place in the text; `unit` is a key of `[units]`, or empty."""

    value: float
    unit: str
    start: int
    end: int
    relative: bool = False
    """A share of the original number of rows ("half", "twice as many")."""


def number(text: str) -> float | None:
    """The value of a whole text such as "10k", "five thousand" or "1.5 million"."""
    scales: dict[str, int] = book("numbers")["scales"]
    found = re.fullmatch(r"((?:-|minus )?(?:\d+(?:\.\d+)?|\.\d+))\s?([a-z]*)", text.strip())
    if found:
        scale = scales.get(found[2]) if found[2] else 1
        return None if scale is None else float(found[1].replace("minus ", "-")) * scale
    return _spelled(text.split())


def _spelled(parts: list[str]) -> float | None:
    book_ = book("numbers")
    small: dict[str, float] = book_["small"]
    scales: dict[str, int] = book_["scales"]
    total, current, seen = 0.0, 0.0, False
    for part in parts:
        if part in small:
            current, seen = current + small[part], True
        elif part in scales:
            grown = (current if seen else 1.0) * scales[part]
            seen = True
            total, current = (total, grown) if scales[part] < 1000 else (total + grown, 0.0)
        elif part != "and":
            return None
    return total + current if seen else None


def quantities(text: str) -> list[Quantity]:
    """Every number of a plain text, with its unit where it has one."""
    found = _relative(text)
    for match in _number_pattern().finditer(text):
        if any(q.start < match.end() and match.start() < q.end for q in found):
            continue
        value = number(match[0])
        if value is not None:
            found.append(_with_unit(text, value, match.start(), match.end()))
    return sorted(found, key=lambda q: q.start)


@cache
def _number_pattern() -> re.Pattern[str]:
    book_ = book("numbers")
    scales = "|".join(sorted(book_["scales"], key=len, reverse=True))
    spelled = "|".join(sorted([*book_["small"], *book_["scales"]], key=len, reverse=True))
    spelled = f"(?:{spelled})(?: (?:and )?(?:{spelled}))*"
    digits = rf"(?<![\w.])(?:-|minus )?(?:\d+(?:\.\d+)?|\.\d+)(?:\s?(?:{scales}))?"
    return re.compile(rf"(?:{digits}|(?<!\w){spelled})(?!\w)")


def _with_unit(text: str, value: float, start: int, end: int) -> Quantity:
    units: dict[str, dict[str, list[str]]] = book("numbers")["units"]
    for name in units:
        after = _unit(name, "after").match(text[end:])
        if after:
            factor = book("numbers")["factors"].get(name, 1.0)
            kind = "minutes" if name in ("hours", "seconds") else name
            return Quantity(value * factor, kind, start, end + after.end())
    for name in units:
        before = _unit(name, "before").search(text[:start])
        if before:
            return Quantity(value, name, before.start(), end)
    return Quantity(value, "", start, end)


@cache
def _unit(name: str, place: str) -> re.Pattern[str]:
    """A unit as it stands after or before its number."""
    numbers = book("numbers")
    forms = words(numbers["units"][name].get(place, [])).pattern
    return re.compile(rf"\s*{forms}" if place == "after" else rf"{forms}{numbers['gap']}$")


def _relative(text: str) -> list[Quantity]:
    return [
        Quantity(share, "rows", match.start(), match.end(), relative=True)
        for share_text, phrases in book("numbers")["relative"].items()
        for share in [float(share_text)]
        for match in words(phrases).finditer(text)
    ]
