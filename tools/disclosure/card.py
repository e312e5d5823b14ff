"""The Profile Card: all that a language model ever learns of a table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from synthcraft.tools.associations import associations
from synthcraft.tools.disclosure import rounding
from synthcraft.tools.disclosure.aliases import PUBLIC_LABELS, Aliases, aliases
from synthcraft.tools.disclosure.released import Released, seal
from synthcraft.tools.table_schema import Column, TableSchema

SHOWN = 60
"""Columns on a card; the others are counted by kind, so that its size has a limit."""
LEVELS = 12
LINKS = 15
NO_ROLES: Mapping[str, str] = {}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CardColumn(_Part):
    """One column under its alias."""

    name: str
    kind: str
    role: str
    missing_percent: int | None = None
    quantiles: dict[str, float] = {}
    levels: tuple[tuple[str, int], ...] = ()
    """Label or alias -> per cent to the nearest five."""
    granularity: str = ""


class Link(_Part):
    """How strongly two columns go together."""

    first: str
    second: str
    strength: str


class ProfileCard(_Part):
    """Rounded figures with ten people or more behind each."""

    rows: int | None
    events: int | None = None
    target: str | None = None
    columns: tuple[CardColumn, ...]
    further: dict[str, int] = {}
    """Kind -> columns that are not on the card."""
    links: tuple[Link, ...] = ()

    def text(self) -> str:
        """The card word for word as it leaves."""
        head = f"Table: about {self.rows} people." if self.rows else "Table: few people."
        if self.target:
            events = f", about {self.events} with the event" if self.events else ""
            head += f" Outcome: {self.target}{events}."
        lines = [head, *map(_line, self.columns)]
        lines += [f"{n} further columns of kind {kind}." for kind, n in self.further.items()]
        lines += [f"{k.first} and {k.second}: {k.strength} association." for k in self.links]
        return "\n".join(lines)

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def profile_card(
    frame: pd.DataFrame,
    schema: TableSchema,
    roles: Mapping[str, str] = NO_ROLES,
    target: str | None = None,
    people: str | None = None,
    names: Set[str] = frozenset(),
) -> Released[ProfileCard]:
    """Describe a table within the rules of output control.

    Args:
        frame: the real table in canonical dtypes.
        schema: its columns.
        roles: column -> role, where it is not an ordinary feature.
        target: the outcome.
        people: column that numbers the persons; without it every row is a person.
        names: columns whose real names the person let out.

    Source: evaluation 6.2.
    """
    known = aliases(schema, names)
    person = frame[people] if people else pd.Series(np.arange(len(frame)), index=frame.index)
    shown = _shown(schema, roles, target)
    columns = tuple(_column(frame[c.name], c, person, roles, known) for c in shown)
    kinds = pd.Series([c.kind for c in schema.columns if c not in shown], dtype="object")
    return seal(
        ProfileCard(
            rows=rounding.count(person.nunique()),
            events=_events(frame, schema, target, person),
            target=known.names[target] if target else None,
            columns=columns,
            further={str(kind): int(n) for kind, n in sorted(kinds.value_counts().items())},
            links=_links(frame, schema.only(tuple(c.name for c in shown)), person, known),
        ),
        "card",
    )


def kept_card(kept: dict[str, Any]) -> Released[ProfileCard]:
    """A card that was made here before, put before a person and kept in the store."""
    return seal(ProfileCard.model_validate(kept), "card")


def _shown(schema: TableSchema, roles: Mapping[str, str], target: str | None) -> list[Column]:
    """Columns that somebody said something about first, then in table order."""
    named = {c.name for c in schema.columns if c.name == target or c.name in roles}
    ordered = sorted(schema.columns, key=lambda c: (c.name != target, c.name not in named))
    kept = {c.name for c in ordered[:SHOWN]}
    return [c for c in schema.columns if c.name in kept]


def _column(
    series: pd.Series[Any],
    column: Column,
    person: pd.Series[Any],
    roles: Mapping[str, str],
    known: Aliases,
) -> CardColumn:
    present = series.notna()
    everybody = int(person.nunique())
    having = int(person[present].nunique())
    role = roles.get(column.name, "feature")
    quiet = column.kind in ("identifier", "text", "constant") or role in ("identifier", "free_text")
    figures: dict[str, Any] = {} if quiet else _figures(series[present], column, person[present])
    return CardColumn(
        name=known.names[column.name],
        kind=column.kind,
        role=role,
        missing_percent=rounding.missing_percent(everybody - having, having),
        **figures,
    )


def _figures(present: pd.Series[Any], column: Column, person: pd.Series[Any]) -> dict[str, Any]:
    if column.kind in ("numeric", "integer"):
        one_each = present.astype("float64").groupby(person.to_numpy()).mean()
        return {"quantiles": rounding.quantiles(one_each.to_numpy(dtype=float))}
    if column.kind in ("binary", "category"):
        return {"levels": _levels(present, person)}
    return {"granularity": "day"} if column.kind == "date" else {}


def _levels(present: pd.Series[Any], person: pd.Series[Any]) -> tuple[tuple[str, int], ...]:
    counts = person.groupby(present.astype("string").to_numpy()).nunique()
    shown, hidden = rounding.shown_levels([(str(k), int(n)) for k, n in counts.items()])
    few, rest = shown[:LEVELS], shown[LEVELS:]
    whole = sum(n for _, n in shown) + hidden
    labels = [label if label.casefold() in PUBLIC_LABELS else "" for label, _ in few]
    named = [
        (label or f"level {i}", rounding.share(n, whole))
        for i, (label, (_, n)) in enumerate(zip(labels, few, strict=True), start=1)
    ]
    other = hidden + sum(n for _, n in rest)
    return (*named, ("other", rounding.share(other, whole))) if other else tuple(named)


def _events(
    frame: pd.DataFrame, schema: TableSchema, target: str | None, person: pd.Series[Any]
) -> int | None:
    """People of the rarer side of a binary outcome."""
    if target is None or schema[target].kind != "binary":
        return None
    counts = person.groupby(frame[target].astype("string").to_numpy()).nunique()
    return rounding.count(int(counts.min())) if len(counts) == 2 else None


def _links(
    frame: pd.DataFrame, schema: TableSchema, person: pd.Series[Any], known: Aliases
) -> tuple[Link, ...]:
    found = []
    for pair in associations(frame, schema).pairs:
        both = frame[pair.first].notna() & frame[pair.second].notna()
        word = rounding.strength(pair.value)
        if word != "none" and person[both].nunique() >= rounding.PAIRS_FROM:
            first, second = known.names[pair.first], known.names[pair.second]
            found.append(Link(first=first, second=second, strength=word))
    return tuple(found[:LINKS])


def _line(column: CardColumn) -> str:
    parts = [f"{column.name}: {column.kind}, {column.role}"]
    if column.missing_percent:
        parts.append(f"{column.missing_percent} % missing")
    if column.quantiles:
        parts.append(" ".join(f"{name}={value:g}" for name, value in _ordered(column.quantiles)))
    if column.levels:
        parts.append(_joined(f"{name} {pct or '<5'} %" for name, pct in column.levels))
    if column.granularity:
        parts.append(f"by {column.granularity}")
    return "; ".join(parts)


def _ordered(quantiles: dict[str, float]) -> list[tuple[str, float]]:
    """From the lowest: a store may keep them in another order, and the card stays the same."""
    return sorted(quantiles.items(), key=lambda item: int(item[0].removeprefix("p")))


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)
