"""Finding the things a sentence names: columns, generators, episodes, checkpoints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache
from typing import Literal, cast

from synthcraft.agents.language.phrasebook import book, patterns, words
from synthcraft.agents.language.text import plain
from synthcraft.graph.contracts import EpisodeName

FUZZY = 0.85
MAX_WORDS = 8
"""Longest column name, in words, that is looked for."""
Kind = Literal["column", "generator"]


@dataclass(frozen=True)
class Mention:
    """Something that exists and was named; several values when a group or a twin was meant."""

    kind: Kind
    values: tuple[str, ...]
    start: int
    end: int
    fuzzy: bool = False
    group: str = ""

    def overlaps(self, start: int, end: int) -> bool:
        """Whether the place of the mention touches another."""
        return self.start < end and start < self.end


@lru_cache(maxsize=20_000)
def squeeze(name: str) -> str:
    """A name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", plain(name))


def find_columns(raw: str, text: str, columns: Sequence[str]) -> list[Mention]:
    """Columns named in a sentence: exactly, or apart from case, blanks and underscores."""
    twins = _twins(tuple(columns))
    stop = set(book("names")["stopwords"])
    tokens = list(re.finditer(r"[^\s,:=]+", text))
    found: list[Mention] = []
    for size in range(min(MAX_WORDS, len(tokens)), 0, -1):
        for window in (tokens[i : i + size] for i in range(len(tokens) - size + 1)):
            start, end = window[0].start(), window[-1].end()
            said = squeeze(text[start:end])
            names = twins.get(said) or twins.get(said.removesuffix("s"), [])
            quoted = any(re.search(rf"[\"'`]{re.escape(n)}[\"'`]", raw) for n in names)
            if not names or (text[start:end] in stop and not quoted):
                continue
            if not any(m.overlaps(start, end) for m in found):
                found.append(Mention("column", _as_written(names, raw), start, end))
    return found


@lru_cache(maxsize=16)
def _twins(columns: tuple[str, ...]) -> dict[str, list[str]]:
    """Columns by what remains of their names without case, blanks and punctuation."""
    twins: dict[str, list[str]] = {}
    for column in columns:
        twins.setdefault(squeeze(column), []).append(column)
    return twins


def _as_written(names: list[str], raw: str) -> tuple[str, ...]:
    """Of names that differ in spelling only, the one that was written letter by letter."""
    exact = [n for n in names if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", raw)]
    return tuple(exact if len(exact) == 1 else names)


def find_generators(text: str, available: Sequence[str]) -> list[Mention]:
    """Generators named directly, by a plain synonym, or as a group."""
    known = available or tuple(book("names")["generators"])
    found: list[Mention] = []
    plainly = [name for name in known if name not in book("names")["everyday"]]
    named = {name: _by_name(name) for name in plainly}
    synonyms = {n: p for n, p in patterns("names", "generators").items() if n in known}
    matches = [
        (match, (name,), "")
        for source in (named, synonyms)
        for name, pattern in source.items()
        for match in pattern.finditer(text)
    ]
    members = book("names")["group_members"]
    usual = [name for name in known if name not in book("names")["special"]]
    for group, pattern in patterns("names", "groups").items():
        inside = tuple(n for n in members.get(group, usual) if n in known)
        matches += [(match, inside, group) for match in pattern.finditer(text)]
    for match, values, group in sorted(matches, key=lambda m: -len(m[0][0])):
        if values and not any(m.overlaps(*match.span()) for m in found):
            found.append(Mention("generator", values, *match.span(), group=group))
    return found


@cache
def _by_name(generator: str) -> re.Pattern[str]:
    return words([re.escape(plain(generator))])


def find_misspelt(
    text: str, taken: Sequence[tuple[int, int]], columns: Sequence[str], generators: Sequence[str]
) -> list[Mention]:
    """Names that are nearly there (ratio of at least 0.85), among the words not yet taken."""
    targets: list[tuple[str, Kind, str]] = [(squeeze(c), "column", c) for c in columns]
    known = generators or tuple(book("names")["generators"])
    targets += [(squeeze(g), "generator", g) for g in known]
    stop = set(book("names")["stopwords"])
    tokens = [
        m
        for m in re.finditer(r"[^\s,:=]+", text)
        if not any(m.start() < end and start < m.end() for start, end in taken)
    ]
    found: list[Mention] = []
    for size in (4, 3, 2, 1):
        for window in (tokens[i : i + size] for i in range(len(tokens) - size + 1)):
            start, end = window[0].start(), window[-1].end()
            said = squeeze(text[start:end])
            ends_on_filler = window[0][0] in stop or window[-1][0] in stop
            if ends_on_filler or len(said) < 4 or any(m.overlaps(start, end) for m in found):
                continue
            scored = [(_ratio(said, key), kind, name) for key, kind, name in targets]
            best = max(scored, default=(0.0, "column", ""))
            if best[0] >= FUZZY:
                ties = tuple(s[2] for s in scored if s[0] == best[0] and s[1] == best[1])
                found.append(Mention(best[1], ties, start, end, fuzzy=True))
    return found


@lru_cache(maxsize=20_000)
def _ratio(left: str, right: str) -> float:
    if left[:1] != right[:1] and left[-1:] != right[-1:]:
        return 0.0
    if 2 * min(len(left), len(right)) < FUZZY * (len(left) + len(right)):
        return 0.0
    return SequenceMatcher(None, left, right).ratio()


def nearest(name: str, among: Sequence[str], count: int = 3) -> list[str]:
    """The names that look most like what was said, the nearest first."""
    keys = {squeeze(candidate): candidate for candidate in among}
    close = get_close_matches(squeeze(name), list(keys), n=count, cutoff=0.0)
    return [keys[key] for key in close]


def find_episode(text: str) -> EpisodeName | None:
    """The episode that a phrase names, the first one said."""
    hits = [
        (match.start(), -len(match[0]), name)
        for name, pattern in patterns("names", "episodes").items()
        if (match := pattern.search(text))
    ]
    return cast(EpisodeName, min(hits)[2]) if hits else None


def find_checkpoint(raw: str, checkpoints: Sequence[str]) -> str | None:
    """A checkpoint id that stands in the message; a beginning of 6 letters is enough."""
    for word in re.findall(r"[\w-]+", raw):
        hits = [c for c in checkpoints if c == word or (len(word) >= 6 and c.startswith(word))]
        if len(hits) == 1:
            return hits[0]
    return None
