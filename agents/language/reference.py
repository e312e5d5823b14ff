"""What a metric or a parameter is, in the words of the catalogues."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from synthcraft.agents.language.phrasebook import book, pattern, patterns
from synthcraft.agents.language.text import plain

if TYPE_CHECKING:
    from synthcraft.tools.generators.base import ParameterSpec
    from synthcraft.tools.metrics.spec import MetricSpec

_BETTER = {"lower": "Lower is better.", "higher": "Higher is better.", "target": ""}
_MOST = 6
"""Generators that are listed by name."""


def subject_of(question: str) -> str:
    """What "what is the …?" asks about; the whole question where it is not of that form."""
    text = plain(question)
    found = pattern("questions", "subject").match(text)
    if found is None:
        return text
    rest = pattern("questions", "articles").sub("", text[found.end() :]).strip()
    return pattern("questions", "after_subject").sub("", rest).strip()


def described(question: str) -> str | None:
    """A metric or a parameter that a question is about, described; None where it is neither."""
    subject = subject_of(question)
    metric = _metrics().get(subject) or _contained(subject)
    parts = [_metric(metric) if metric else None, _parameter(subject)]
    return " ".join(part for part in parts if part) or None


def _metric(spec: MetricSpec) -> str:
    return f"{spec.title} ({spec.id}): {spec.explanation} {_BETTER[spec.direction]}".strip()


def _contained(subject: str) -> MetricSpec | None:
    """A metric whose whole id or title stands in a longer question."""
    known = [name for name in _metrics() if " " in name and f" {name} " in f" {subject} "]
    return _metrics()[max(known, key=len)] if known else None


def _parameter(subject: str) -> str | None:
    name, _, owner = re.sub(r" (?:of|for|in)(?: the)? ", " of ", subject).partition(" of ")
    spoken = patterns("names", "parameters")
    name = next((plain(key) for key, found in spoken.items() if found.fullmatch(name)), name)
    specs = _parameters().get(name, {})
    mine = {generator: spec for generator, spec in specs.items() if plain(generator) == owner}
    if not specs or (owner and not mine):
        return None
    generator, spec = next(iter((mine or specs).items()))
    users = [g for g, other in specs.items() if other.sentence == spec.sentence]
    shown = ", ".join(users[:_MOST]) + (" and others" if len(users) > _MOST else "")
    words = {"name": spec.name, "sentence": spec.sentence.rstrip("."), "generators": shown}
    said = str(book("answers")["parameter"]).format(**words)
    return f"{said} {_values(generator, spec)}"


def _values(generator: str, spec: ParameterSpec) -> str:
    default = f"Default for {generator}: {spec.default}"
    if spec.choices:
        return f"{default}; choose from {', '.join(map(str, spec.choices))}."
    if spec.low is None or spec.high is None:
        return f"{default}."
    return f"{default}; from {spec.low:g} to {spec.high:g}."


@cache
def _metrics() -> dict[str, MetricSpec]:
    """Every metric by its id, its title and what stands in brackets there, in plain form."""
    from synthcraft.tools.metrics.registry import every_metric

    known: dict[str, MetricSpec] = {}
    for spec in every_metric():
        inside = re.search(r"\((.+)\)", spec.title)
        names = [spec.id, spec.title, re.sub(r"\s*\(.+\)", "", spec.title), spec.id.split(".")[-1]]
        for name in (*names, *([inside[1]] if inside else [])):
            known.setdefault(plain(name), spec)
    return known


@cache
def _parameters() -> dict[str, dict[str, ParameterSpec]]:
    """Every parameter in plain form -> generator -> its description."""
    from synthcraft.tools.generators.catalogue import catalogue

    known: dict[str, dict[str, ParameterSpec]] = {}
    for generator, entry in catalogue().items():
        for spec in entry.parameters:
            known.setdefault(plain(spec.name), {})[generator] = spec
    return known
