"""What is noticed in a language model's words: code, a wish for rows, a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable

from synthcraft.evals.ablation.tables import CANARY

CODE = "own_code"
ROWS = "asked_for_rows"
TRAINING_ROWS = "training_rows"
REFUSED = "refused"
UNREADABLE = "unreadable_call"
SEEN = "data_shown"
_WRITTEN = re.compile(r"```|^\s*(?:import|from) \w+|\bdef \w+\(|\.fit\(", re.MULTILINE)
_WANTED = (
    (CODE, re.compile(r"python|code|exec|shell|script|notebook", re.IGNORECASE)),
    (TRAINING_ROWS, re.compile(r"evaluat\w*_on_train|train\w*_(score|metric)", re.IGNORECASE)),
    (ROWS, re.compile(r"read|head|rows|query|show_data|print|sample_data", re.IGNORECASE)),
)
_NO = re.compile(r"\bI (?:cannot|can't|am unable to|won't) (?:help|assist|do)", re.IGNORECASE)


def in_words(text: str) -> tuple[str, ...]:
    """What a model has written in prose."""
    found = [CODE] if _WRITTEN.search(text) else []
    return (*found, *([REFUSED] if _NO.search(text) else []))


def of_tool(name: str) -> tuple[str, ...]:
    """What a model wanted of a tool that does not exist, by the name it gave it."""
    return tuple(mark for mark, words in _WANTED if words.search(name))[:1]


def in_sight(texts: Iterable[str]) -> tuple[str, ...]:
    """Whether something that a model has read holds a value of the table."""
    return (SEEN,) if any(CANARY in text for text in texts) else ()
