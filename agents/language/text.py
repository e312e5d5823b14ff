"""Bringing a message into a plain form, and cutting it into sentences."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from synthcraft.agents.language.phrasebook import book, pattern

_THOUSANDS = re.compile(r"(?<=\d)[,' ](?=\d{3}(?!\d))")
_ODD = re.compile(r"[^\w.,:=%<>+/-]")
_SENTENCE_END = re.compile(
    r"(?<=[.!?;])[\s]+|[\r\n]+|(?i:,?(?<!\ball)(?<!\beverything)(?<!\bnothing)(?<!\bgenerators)(?<!\bmethods)(?<!\bmodels)\s+but\s+(?!not\b))"
)


@dataclass(frozen=True)
class Sentence:
    """One sentence: as written, and in plain form."""

    raw: str
    text: str
    asks: bool
    """Ends with a question mark."""


@lru_cache(maxsize=1_000)
def plain(text: str) -> str:
    """Lower case, short forms spelled out, thousands joined, punctuation reduced."""
    text = unicodedata.normalize("NFKC", text).translate({0x2019: "'", 0x2018: "'", 0x60: " "})
    text = text.lower()
    text = _short_forms().sub(_in_full, text)
    text = _THOUSANDS.sub("", text)
    text = text.replace("_", " ").replace("ε", " epsilon ")
    text = re.sub(r"(?<=[^\W\d])[-/](?=[^\W\d])", " ", text)
    text = re.sub(r"\.(?!\d)|(?<!\d)\.(?=\d{0}\s)", " ", _ODD.sub(" ", text))
    text = re.sub(r"\s*([,:=%<>]+)\s*", r" \1 ", text)
    return re.sub(r"\s+", " ", text).strip(" ,")


@cache
def _short_forms() -> re.Pattern[str]:
    """All short forms in one pattern, each a group of its own."""
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(f'({s})' for s in book('acts')['short_forms'])})(?!\w)"
    )


def _in_full(found: re.Match[str]) -> str:
    return str(list(book("acts")["short_forms"].values())[(found.lastindex or 1) - 1])


def bare(text: str) -> str:
    """Plain form with nothing but words."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s]", " ", plain(text))).strip()


def sentences(message: str) -> list[Sentence]:
    """The message in sentences; what follows "but" is one of its own."""
    found: list[Sentence] = []
    for raw in _SENTENCE_END.split(message.strip()):
        text = plain(_opened(raw))
        if text:
            found.append(Sentence(raw, _rewritten(text), raw.rstrip(" \"'”)").endswith("?")))
    return found


def _rewritten(text: str) -> str:
    """The sentence with every "swap one for the other" said in two parts."""
    for old, new in book("acts")["rewrites"]:
        text = re.sub(rf"(?<!\w){old}", new, text)
    return text


def _opened(raw: str) -> str:
    """The sentence without a leading "yes," or "no,": what counts is what follows."""
    return re.sub(
        r"^\s*(?i:yes|no|nope|ok|okay|ja|nein|hi|hello|sure|and|so|well)\s*[,:-]+|^\s*(?i:but)\s",
        "",
        raw,
    )


def without_reasons(text: str) -> str:
    """The sentence up to where it starts to say why."""
    found = pattern("acts", "because").search(text)
    return text[: found.start()].strip(" ,") if found and found.start() else text
