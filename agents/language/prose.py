"""Whether prose that a model wrote may be shown: its numbers and words are checked."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*(?![\w])|(?<![\w.])-?\d+(?:\.\d+)?(?=\s?%)")
_VERDICTS = re.compile(
    r"\b(?:saf(?:e|ely)|anonym\w*|guarante\w*|complian\w*|risk-free|can be (?:shared|released)"
    r"|ready to (?:share|release)|approve[ds]?)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^>]+>|```|\]\(|https?://|!\[|[{}]")
_EMPTY = re.compile(r"\b(?:sorry|as an ai|(?:cannot|can't|unable to) (?:help|answer))\b", re.I)
_FEWEST_WORDS = 4
LONGEST = 1200
_WORDS = dict(
    three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10, eleven=11, twelve=12
)  # fmt: skip


def fits(prose: str, facts: str) -> bool:
    """Whether every number stands in the facts, and there is no verdict, markup or excuse in it.

    Args:
        prose: what the model wrote.
        facts: all that it was told, as text.
    """
    if not prose.strip() or len(prose) > LONGEST:
        return False
    if any(found.search(prose) for found in (_VERDICTS, _MARKUP, _EMPTY)):
        return False
    if len(prose.split()) < _FEWEST_WORDS:
        return False
    known = _numbers(facts)
    return all(_known(number, known) for number in _numbers(prose))


def _numbers(text: str) -> set[float]:
    found = {_value(match[0]) for match in _NUMBER.finditer(text)}
    lower = text.casefold()
    found |= {float(number) for word, number in _WORDS.items() if re.search(rf"\b{word}\b", lower)}
    return found


def _value(text: str) -> float:
    whole = re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text)
    plain = text.replace(",", "") if whole else text.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return float("nan")


def _known(number: float, known: set[float]) -> bool:
    """The same number, or its form in per cent."""
    if number in (0.0, 1.0, 2.0):
        return True  # "one of two"
    return any(abs(number - k) < 1e-9 or abs(number - 100 * k) < 1e-6 for k in known)
