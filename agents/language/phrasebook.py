"""The phrases that the rules know, read from `phrases/*.toml` and compiled once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any


@cache
def book(name: str) -> dict[str, Any]:
    """One phrase file as a dictionary; callers do not change it."""
    file = resources.files("synthcraft.agents.language") / "phrases" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def exemplars() -> dict[str, dict[str, list[str]]]:
    """Ways of saying each kind of intent: kind -> value, or `any` -> sentences."""
    folder = resources.files("synthcraft.agents.language") / "phrases" / "exemplars"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {
        f.name.removesuffix(".toml"): tomllib.loads(f.read_text(encoding="utf-8")) for f in files
    }


def words(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the phrases as whole words, the longest first.

    Phrases are plain words; `(a|b)` and `?` may be used in them.
    """
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)" if ordered else r"(?!)")


@cache
def pattern(file: str, *path: str) -> re.Pattern[str]:
    """The compiled list of phrases that stands at `path` in a phrase file."""
    entry: Any = book(file)
    for key in path:
        entry = entry[key]
    return words(entry)


@cache
def patterns(file: str, section: str) -> dict[str, re.Pattern[str]]:
    """Every list of a section, compiled: key -> pattern."""
    return {key: words(entry) for key, entry in book(file)[section].items()}
