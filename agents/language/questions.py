"""Telling questions from requests, and finding what a question is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from synthcraft.agents.language.phrasebook import book, pattern, patterns, words
from synthcraft.agents.language.slots import find_generators
from synthcraft.agents.language.text import plain


def is_question(text: str, asks: bool) -> bool:
    """A question by its first words, by a verb of asking, or by its question mark."""
    core = _core(text)
    if pattern("questions", "asking").search(core):
        return True
    if pattern("questions", "not_questions").match(core):
        return False
    if is_polite_request(core):
        return False
    return asks or bool(pattern("questions", "starts").match(core))


def starts_as_question(text: str) -> bool:
    """Whether the first word is one that questions begin with."""
    return bool(pattern("questions", "starts").match(_core(text)))


def before_asking(text: str) -> str:
    """What stands before "and tell me …": a request of its own; empty where there is none."""
    begins = "|".join(pattern("questions", kind).pattern for kind in ("asking", "starts"))
    found = re.match(rf"(.+?)(?: ,| and| then)+ (?={begins})", text)
    return found[1].strip(" ,") if found else ""


def is_polite_request(text: str) -> bool:
    """A request dressed as a question: "could you drop the postcode?"."""
    return bool(pattern("questions", "polite").match(text))


def _core(text: str) -> str:
    """The sentence without "so," or "one question:" before it."""
    opener = pattern("questions", "openers")
    return (opener.sub("", text, count=1) if opener.match(text) else text).strip(" ,")


def topic_of(question: str, generators: Sequence[str] = ()) -> str:
    """What a question is about: a topic of the answers, a glossary term, or `unknown`."""
    text = plain(question)
    topics = patterns("questions", "topics")
    for topic in book("questions")["first"]:
        if topics[topic].search(text):
            return str(topic)
    known = tuple(dict.fromkeys((*generators, *book("names")["generators"])))
    named = [m for m in find_generators(text, known) if not m.group]
    if named:
        return f"generator:{named[0].values[0]}"
    term = glossary_term(text)
    if term:
        return term
    return next((t for t, found in topics.items() if found.search(text)), "unknown")


def glossary_term(text: str) -> str | None:
    """The glossary entry that a text names, the longest alias first."""
    hits = [(len(m[0]), term) for term, p in _aliases().items() for m in p.finditer(text)]
    return max(hits)[1] if hits else None


def is_term(text: str) -> bool:
    """Whether a text is a glossary term and nothing else."""
    return any(found.fullmatch(text) for found in _aliases().values())


@cache
def _aliases() -> dict[str, re.Pattern[str]]:
    return {term: words(entry["aliases"]) for term, entry in book("glossary").items()}
