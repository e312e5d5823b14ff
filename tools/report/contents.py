"""The chapters of the report and their numbers (evaluation 5.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Chapter:
    """One numbered chapter; `parts` are the sections in it that have a number below its own."""

    key: str
    title: str
    parts: tuple[str, ...] = ()


CHAPTERS = (
    Chapter("summary", "Status and summary"),
    Chapter("use", "Intended use"),
    Chapter("data", "Source data"),
    Chapter("roles", "Roles of columns"),
    Chapter("split", "Split and flow of rows"),
    Chapter("generators", "Generators"),
    Chapter("plan", "Plan agreed beforehand, and amendments"),
    Chapter("sanity", "Sanity", ("sanity",)),
    Chapter(
        "likeness", "Fidelity and diversity", ("fidelity", "diversity", "detectability", "other")
    ),
    Chapter("usefulness", "Utility", ("utility", "inference")),
    Chapter("subgroup", "Fairness", ("subgroup",)),
    Chapter("risks", "Privacy", ("privacy", "textbook")),
    Chapter("failed", "Threats to validity, what failed, what was not assessed", ("fits",)),
    Chapter("decisions", "Human decisions"),
    Chapter("language", "Use of language models"),
    Chapter("reproduction", "Reproduction"),
    Chapter("residual", "Residual risk"),
    Chapter("checklists", "Checklists"),
    Chapter("paper", "Disclosure text for papers"),
)

NUMBER = {chapter.key: str(i) for i, chapter in enumerate(CHAPTERS)}
"""Key of a chapter -> its number."""


def numbers(sections: Iterable[str]) -> dict[str, str]:
    """Key -> number of every chapter, and of those sections in them that are there."""
    there = set(sections)
    found = dict(NUMBER)
    for chapter in CHAPTERS:
        below = [key for key in chapter.parts if key in there and key != chapter.key]
        found |= {key: f"{found[chapter.key]}.{i}" for i, key in enumerate(below, start=1)}
    return found
