"""Propose outcome, quasi-identifiers, sensitive and protected columns, each with its evidence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import pandas as pd
from pydantic import BaseModel, ConfigDict

from synthcraft.graph.records import Role, Task
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.identifiers import tokens_of
from synthcraft.tools.report.words import percent
from synthcraft.tools.table_schema import Column, Kind, TableSchema

MAX_CANDIDATES = 5
PREVALENCE = (0.005, 0.5)
NO_LABELS: Mapping[str, str] = {}

_NOT_FEATURES: dict[Kind, tuple[Role, str]] = {
    "identifier": ("identifier", "it points at a person or a record"),
    "text": ("free_text", "it holds free text, or too many different texts for a category"),
    "constant": ("drop", "it has one value or none, so there is nothing to learn"),
    "date": ("date", "it holds dates"),
}


class Evidence(BaseModel):
    """One proposed column and why, in a sentence for the person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    evidence: str
    score: float = 1.0


class Suggestion(BaseModel):
    """Roles to confirm; nothing here is decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome_candidates: tuple[Evidence, ...] = ()
    """Best first."""
    task: Task = "none"
    """Of the best candidate."""
    quasi_identifiers: tuple[Evidence, ...] = ()
    sensitive: tuple[Evidence, ...] = ()
    protected: tuple[Evidence, ...] = ()
    roles: dict[str, Role] = {}
    """Only roles other than `feature`."""
    role_evidence: dict[str, str] = {}


def suggest(
    frame: pd.DataFrame, schema: TableSchema, labels: Mapping[str, str] = NO_LABELS
) -> Suggestion:
    """Propose roles from names, descriptions, kinds and prevalence; never from single rows."""
    words = {c.name: _words(c.name, labels.get(c.name, "")) for c in schema.columns}
    features = [c for c in schema.columns if c.kind not in _NOT_FEATURES]
    linkable = [c for c in schema.columns if c.kind in ("date", "identifier", "text")]
    found = [_outcome(frame, c, words[c.name]) for c in features]
    candidates = sorted((e for e in found if e), key=lambda e: -e.score)[:MAX_CANDIDATES]
    quasi = _vocabulary("age", "sex", "ethnicity", "place", "social")
    delicate = _vocabulary("sensitive")
    protected = _vocabulary("age", "sex", "ethnicity")
    roles = {c.name: _NOT_FEATURES[c.kind] for c in schema.columns if c.kind in _NOT_FEATURES}
    return Suggestion(
        outcome_candidates=tuple(candidates),
        task=_task(schema[candidates[0].name]) if candidates else "none",
        quasi_identifiers=_named([*features, *linkable], words, quasi, "may be known to others"),
        sensitive=_named(features, words, delicate, "may harm people if it became known"),
        protected=_named(features, words, protected, "is a protected characteristic"),
        roles={name: role for name, (role, _) in roles.items()},
        role_evidence={name: f"{name!r} is no feature: {why}." for name, (_, why) in roles.items()},
    )


@cache
def _vocabulary(*roles: str) -> frozenset[str]:
    """The words that suggest any of the roles."""
    text = files("synthcraft.tools").joinpath("role_words.toml").read_text(encoding="utf-8")
    words: dict[str, str] = tomllib.loads(text)
    return frozenset(word for role in roles for word in words[role].split())


def _words(name: str, label: str) -> set[str]:
    """Words of the name and, where the file has one, of its description."""
    return tokens_of(name) | {word for part in label.split() for word in tokens_of(part)}


def _named(
    columns: list[Column], words: dict[str, set[str]], known: frozenset[str], why: str
) -> tuple[Evidence, ...]:
    hits = {c.name: sorted(words[c.name] & known) for c in columns}
    return tuple(
        Evidence(name=name, evidence=f"{name!r} {why} (from the word {hit[0]!r}).")
        for name, hit in hits.items()
        if hit
    )


def _outcome(frame: pd.DataFrame, column: Column, words: set[str]) -> Evidence | None:
    """How much a column looks like an outcome: its name counts most, then its prevalence."""
    personal = words & _vocabulary("age", "sex", "ethnicity", "place", "social")
    hits = sorted(words & _vocabulary("outcome"))
    if personal or (column.kind != "binary" and not hits):
        return None
    score = 0.6 if hits else 0.0
    parts = [f"its name has the word {hits[0]!r}"] if hits else []
    if column.kind == "binary":
        counts = frame[column.name].value_counts()
        rarest, share = int(counts.min()), float(counts.min() / counts.sum())
        low, high = PREVALENCE
        score += 0.4 if low <= share <= high and rarest >= MIN_CELL else 0.0
        shown = (
            f"in {percent(share)} of rows" if rarest >= MIN_CELL else f"in under {MIN_CELL} rows"
        )
        parts.append(f"it has two values, the rarer one {shown}")
    if score == 0.0:
        return None
    return Evidence(
        name=column.name, evidence=f"{column.name!r}: {' and '.join(parts)}.", score=score
    )


def _task(column: Column) -> Task:
    return "classification" if column.kind in ("binary", "category") else "regression"
