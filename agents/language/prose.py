"""Whether prose that a model wrote may be shown: its numbers and words are checked."""

from __future__ import annotations

import re

_WITH_DIGITS = re.compile(r"[^\s()\[\]\"“”]*\d[^\s()\[\]\"“”]*")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*(?!\w)")
_VERDICTS = re.compile(
    r"\b(?:saf(?:e|ely)|anonym\w*|de-?identif\w*|guarante\w*|complian\w*|risk-free"
    r"|no (?:privacy )?risks?|privacy[- ]preserving|approve[ds]?"
    r"|can (?:now )?be (?:shared|released|published)|(?:you|we) (?:can|may|should) (?:now )?"
    r"(?:share|release|publish)|(?:ready|fit|fine|ok|okay|good|suitable|cleared) (?:to|for) "
    r"(?:share|sharing|release|publish|publication))\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^>]+>|```|\]\(|https?://|www\.|!\[|[{}\\]")
_CODE = re.compile(r"(?<!\w)/\w+/|--|\w\(\w*\)|\b(?:SELECT|DROP|INSERT|DELETE|UPDATE)\b|;\s*$")
_ASKING = re.compile(
    r"\b(?:paste|upload|e-?mail|password|(?:send|give|show) me|instructions)\b", re.I
)
_EMPTY = re.compile(r"\b(?:sorry|as an ai|(?:cannot|can't|unable to) (?:help|answer))\b", re.I)
FEWEST_WORDS = 4
LONGEST = 1200
_SMALL = dict(
    zero=0, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10, eleven=11, twelve=12,
    thirteen=13, fourteen=14, fifteen=15, sixteen=16, seventeen=17, eighteen=18, nineteen=19,
)  # fmt: skip
_LARGE = dict(
    twenty=20, thirty=30, forty=40, fifty=50, sixty=60, seventy=70, eighty=80, ninety=90,
    hundred=100, thousand=1000, million=1e6, half=0.5, third=1 / 3, quarter=0.25, double=2,
)  # fmt: skip
_WORDS: dict[str, float] = {**_SMALL, **_LARGE}
"""One and two are left out: "one of two" counts nothing."""


def fits(prose: str, facts: str) -> bool:
    """Whether every number stands in the facts, and there is no verdict, code or excuse in it.

    Args:
        prose: what the model wrote.
        facts: all that it was told, as text.
    """
    if not prose.strip() or len(prose) > LONGEST:
        return False
    if any(found.search(prose) for found in (_VERDICTS, _MARKUP, _CODE, _ASKING, _EMPTY)):
        return False
    if len(prose.split()) < FEWEST_WORDS:
        return False
    return _told(prose, facts)


def _told(prose: str, facts: str) -> bool:
    """Whether everything with a digit in it, and every number in words, stands in the facts."""
    known = {_value(match[0]) for match in _NUMBER.finditer(facts)}
    words = set(re.findall(r"[^\W\d]+", prose.casefold()))
    numbers = [number for word, number in _WORDS.items() if word in words]
    for found in _WITH_DIGITS.finditer(prose):
        token = found[0].strip(".,;:!?'%")
        if re.search(rf"(?<![\w.-]){re.escape(token)}(?![\w.-])", facts):
            continue
        if not _NUMBER.fullmatch(token):
            return False
        numbers.append(_value(token))
    return all(_known(number, known) for number in numbers)


def _value(text: str) -> float:
    whole = re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text)
    plain = text.replace(",", "") if whole else text.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return float("nan")


def _known(number: float, known: set[float]) -> bool:
    """The same number, or its form in per cent."""
    return any(abs(number - k) < 1e-9 or abs(number - 100 * k) < 1e-6 for k in known)
