"""The phrases that the rules know, read from `phrases/*.toml` and compiled once.

A file in `phrases/added` is another language: its tables are named after the phrase files (and
`exemplars`), its lists are added to theirs, and what we say stays as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any


def _phrases() -> Traversable:
    return resources.files("synthcraft.agents.language") / "phrases"


def _files(folder: str) -> list[Traversable]:
    """The phrase files of a folder that may be missing, by name."""
    place = _phrases() / folder
    found = place.iterdir() if place.is_dir() else ()
    return sorted((f for f in found if f.name.endswith(".toml")), key=lambda f: f.name)


def _read(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _languages() -> tuple[dict[str, Any], ...]:
    return tuple(map(_read, _files("added")))


def _joined(ours: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Tables joined key by key, lists end to end; of other entries, ours stand."""
    both = ours | {key: entry for key, entry in more.items() if key not in ours}
    for key in ours.keys() & more.keys():
        if isinstance(ours[key], dict):
            both[key] = _joined(ours[key], more[key])
        elif isinstance(ours[key], list):
            both[key] = [*ours[key], *more[key]]
    return both


@cache
def book(name: str) -> dict[str, Any]:
    """One phrase file as a dictionary; callers do not change it."""
    read = _read(_phrases() / f"{name}.toml")
    for language in _languages():
        read = _joined(read, language.get(name, {}))
    return read


@cache
def exemplars() -> dict[str, dict[str, list[str]]]:
    """Ways of saying each kind of intent: kind -> value, or `any` -> sentences."""
    read = {f.name.removesuffix(".toml"): _read(f) for f in _files("exemplars")}
    for language in _languages():
        read = _joined(read, language.get("exemplars", {}))
    return read


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
