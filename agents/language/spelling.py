"""Mending words that are one letter away from a word of the phrase files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from synthcraft.agents.language.base import Card
from synthcraft.agents.language.phrasebook import book, exemplars
from synthcraft.agents.language.text import plain

_SHORTEST = 3
_ENDINGS = ("s", "ed", "d", "n", "ing", "er", "ly")
_FILES = ("acts", "cues", "names", "numbers", "questions", "recall")


def mended(utterance: str, card: Card) -> str | None:
    """The message with slips of the keyboard mended; None where there are none.

    A word is mended where exactly one known word is nearest: the same letters with two
    neighbours swapped, or one letter more, less or other. Names are left to the fuzzy search.
    """
    known = {word for name in (*card.columns, *card.generators) for word in plain(name).split()}
    changed = re.sub(
        r"(?<![\w-])[^\W\d_]{3,}(?![\w-])",
        lambda found: _mended(found[0], known),
        utterance,
    )
    return changed if plain(changed) != plain(utterance) else None


def _mended(written: str, names: set[str]) -> str:
    """One word, mended; a name only where two neighbours were swapped."""
    word = written.lower()
    if word in names:
        return written
    alike = (n for n in names if len(n) == len(word) and sorted(n) == sorted(word))
    swapped = [n for n in alike if _one_step(word, n)]
    return swapped[0] if len(swapped) == 1 and len(word) > _SHORTEST else _nearest(word)


@lru_cache(maxsize=2_000)
def _nearest(word: str) -> str:
    vocabulary, index = _index()
    if word in vocabulary or word in _other_words() or _inflected(word, vocabulary):
        return word
    near = {known for key in _shorter(word) for known in index.get(key, ())}
    near = {known for known in near if _one_step(word, known)}
    swapped = {known for known in near if sorted(known) == sorted(word)}
    if len(word) == _SHORTEST and not swapped:
        near = {known for known in near if len(known) > len(word)}
    best = _alike(word, swapped or near)
    return best.pop() if len(best) == 1 else word


def _inflected(word: str, vocabulary: frozenset[str]) -> bool:
    """Whether a word is a known one with an ending: "wants", "taken"."""
    return any(word.endswith(end) and word[: -len(end)] in vocabulary for end in _ENDINGS)


@cache
def _other_words() -> frozenset[str]:
    """Words of our own answers: spelt rightly, and no reason to mend another word."""
    texts = " ".join(_phrases([book(name) for name in ("glossary", "answers", "beyond")]))
    return frozenset(re.findall(r"[a-z]+", texts.lower()))


def _alike(word: str, near: set[str]) -> set[str]:
    """Of several, those that begin and end as the word does, else begin so; the longest."""
    begin = {known for known in near if known[0] == word[0]}
    both = {known for known in begin if known[-1] == word[-1]}
    best = both or begin or near
    return {known for known in best if len(known) == max(map(len, best))}


def _one_step(word: str, known: str) -> bool:
    """One letter more, less or other, or two neighbours swapped."""
    if len(word) != len(known):
        return True  # the shorter one is the longer one without a letter: that is how it was found
    apart = [i for i, (a, b) in enumerate(zip(word, known, strict=True)) if a != b]
    return len(apart) == 1 or (len(apart) == 2 and word[apart[0]] == known[apart[1]])


def _shorter(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


@cache
def _index() -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Every known word; and each by what remains of it without one of its letters."""
    vocabulary = frozenset(w for w in _words() if len(w) >= _SHORTEST)
    index: dict[str, tuple[str, ...]] = {}
    for word in sorted(vocabulary):
        for key in _shorter(word):
            index[key] = (*index.get(key, ()), word)
    return vocabulary, index


def _words() -> Iterator[str]:
    for entry in (*(book(name) for name in _FILES), exemplars()):
        for phrase in _phrases(entry):
            yield from _forms(phrase)


def _phrases(entry: Any) -> Iterator[str]:
    """Every text of a phrase file, whatever it hangs under; foreign words stay out."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            yield from () if key in ("foreign_words", "refusals") else _phrases(value)
            yield key.replace("_", " ")
    elif isinstance(entry, list):
        for value in entry:
            yield from _phrases(value)
    elif isinstance(entry, str):
        yield plain(entry) if "(" not in entry and "?" not in entry else entry


def _forms(phrase: str) -> Iterator[str]:
    """The words of a pattern: `generat(e|ing)` and `networks?` are two words each."""
    for stem, ends, optional in re.findall(r"([a-z]+)\(([a-z|]+)\)(\?)?", phrase):
        yield from (stem + end for end in ends.split("|"))
        yield from (stem,) if optional else ()
    rest = re.sub(r"\\[a-z]|\(\?<?[=!:]|[a-z]+\([a-z|]+\)\??", " ", phrase)
    for word in re.findall(r"[a-z]+\??", rest):
        yield word.rstrip("?")
        yield from (word[:-2],) if word.endswith("?") else ()
