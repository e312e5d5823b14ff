"""Whether typed words read like the record of a person: looked for before anything is done."""

from __future__ import annotations

import re

from synthcraft.graph.errors import InputError

_DATE = re.compile(r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2}))\b")
_LONG_NUMBER = re.compile(r"(?<![\w.,])(?=(?:[ -]?\d){7,})\+?\d[\d -]{5,}\d(?![\w])")
_CODED = re.compile(r"\b[A-Z]{1,4}[-_]?\d{4,}\b")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")
_PERSON = re.compile(
    r"\b(?:date of birth|d\.?o\.?b\.?|born|m\.?r\.?n\.?|nhs (?:no|number)|medical record|ssn|"
    r"patient (?:id|no|number|name)|mrs?\.|insurance (?:no|number)|address|phone)(?![\w])",
    re.IGNORECASE,
)
_PAIR = re.compile(r"(?:^|[;,|\n])\s*[A-Za-z][\w .()/-]{0,30}\s*[:=]\s*\S")
_SPLIT = re.compile(r"[\t;|,]")
_VALUE = re.compile(r"[<>]?[+-]?\d+(?:\.\d+)?\s*(?:%|[a-zA-Z/]{1,8})?")
_SETTING = re.compile(
    r"\b(?:epsilon|rows?|preset|budget|minutes|tier|seed|epochs|iterations|n_iter|replicates|"
    r"targets?|sensitive|protected|outcome|roles?|generators?)\b",
    re.IGNORECASE,
)
PAIRS, FIELDS, VALUES = 4, 5, 3
"""Named values in one message, fields of a pasted row, and numbers or dates among them."""


def reads_like_a_record(text: str) -> bool:
    """A pasted row, a list of named values, or two different marks of one person."""
    undated = _DATE.sub(" ", text)
    marks = [mark.search(undated) for mark in (_LONG_NUMBER, _CODED, _MAIL, _PERSON)]
    if (undated != text) + sum(found is not None for found in marks) >= 2:
        return True
    if _SETTING.search(text):
        return False
    if len(_PAIR.findall(text)) >= PAIRS and len(re.findall(r"\d", text)) >= PAIRS:
        return True
    rows = [_values_and_words(line) for line in text.splitlines()]
    mixed = any(values >= VALUES and words and values + words >= FIELDS for values, words in rows)
    return mixed or sum(values >= VALUES for values, _ in rows) >= 2


def _values_and_words(line: str) -> tuple[int, int]:
    fields = [field.strip().strip("\"'") for field in _SPLIT.split(line)]
    values = [f for f in fields if _VALUE.fullmatch(f) or _DATE.fullmatch(f)]
    words = [f for f in fields if f and f not in values and len(f.split()) <= 3]
    return len(values), len(words)


def check_words(text: str) -> None:
    """Refuse words that read like the record of a person, before they are kept anywhere.

    Raises:
        InputError: they do.
    """
    if reads_like_a_record(text):
        raise InputError(
            "This reads like the record of a person. It was held back: nothing of it was used, "
            "written down or sent.",
            "Say it without the names, dates and values of a person.",
            code="E_RECORD",
        )
