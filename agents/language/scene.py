"""One sentence with everything in it that was recognised, and what is left over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from synthcraft.agents.language.base import Card, Intent
from synthcraft.agents.language.cues import Cue, Governed, find_cues, govern
from synthcraft.agents.language.numbers import Quantity, quantities
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.slots import (
    Mention,
    find_columns,
    find_generators,
    find_misspelt,
)


@dataclass
class Reading:
    """Intents of one sentence; or the question to ask back."""

    intents: list[Intent] = field(default_factory=list)
    ask: str | None = None
    fuzzy: bool = False
    guessed: bool = False
    """By the classifier, not by a rule."""
    note: str = ""
    """What the person should know of how it was read."""

    def add(self, other: Reading) -> None:
        """Join another part of the same message; the first question to ask stays."""
        self.intents += other.intents
        self.ask = self.ask or other.ask
        self.fuzzy = self.fuzzy or other.fuzzy
        self.guessed = self.guessed or other.guessed
        self.note = " ".join(filter(None, (self.note, other.note)))


@dataclass
class Scene:
    """A sentence taken apart. `covered` grows while readers recognise parts of it."""

    text: str
    card: Card
    asks: bool
    governed: list[Governed]
    cues: list[Cue]
    quantities: list[Quantity]
    covered: list[tuple[int, int]]
    owners: set[tuple[int, int]] = field(default_factory=set)
    """Names that were said to give them a value."""

    @property
    def mentions(self) -> list[Mention]:
        """All names in the sentence."""
        return [g.mention for g in self.governed]

    def cover(self, match: re.Match[str]) -> None:
        """Note that a part has been understood."""
        self.covered.append(match.span())

    def leftover(self, start: int = 0, end: int | None = None) -> str:
        """Words of a stretch that nothing explains."""
        stop = book("names")["stopwords"]
        stretch = range(start, len(self.text) if end is None else end)
        free = [
            m[0]
            for m in re.finditer(r"[^\s,:=<>%]+", self.text)
            if m.start() in stretch
            and m[0] not in stop
            and not any(m.start() < e and s < m.end() for s, e in self.covered)
        ]
        return " ".join(free)


def make_scene(raw: str, text: str, asks: bool, card: Card) -> Scene:
    """Find names, numbers and cues in a sentence in plain form."""
    columns = find_columns(raw, text, card.columns)
    counted = quantities(text)
    # "every generator" in "fit every generator 5 times" says how often, not which
    times = [q for q in counted if q.unit == "replicates"]
    named = find_generators(text, card.generators)
    # a column "network" is not meant by "bayesian network"
    columns = [c for c in columns if not any(_inside(c, g) for g in named)]
    generators = [
        g
        for g in named
        if not any(c.overlaps(g.start, g.end) for c in columns)
        and not any(q.start <= g.start and g.end <= q.end for q in times)
    ]
    mentions = columns + generators
    cues = find_cues(text, mentions)
    numbers = [q for q in counted if not any(m.overlaps(q.start, q.end) for m in mentions)]
    spans = [(x.start, x.end) for group in (mentions, cues, numbers) for x in group]
    mentions += find_misspelt(text, spans, card.columns, card.generators)
    governed = govern(text, mentions, cues)
    covered = [(x.start, x.end) for group in (mentions, cues, numbers) for x in group]
    return Scene(text, card, asks, governed, cues, numbers, covered)


def _inside(one: Mention, other: Mention) -> bool:
    """Whether a name is no more than a part of another."""
    within = other.start <= one.start and one.end <= other.end
    return within and one.end - one.start < other.end - other.start


def say(name: str, /, **values: object) -> str:
    """A sentence to ask back with, from the phrase file."""
    return str(book("acts")["refusals"][name]).format(**values)


def listed(names: list[str], last: str = "or") -> str:
    """Names as a short list in words; `last` stands before the last one."""
    shown = [name[:60] for name in names]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
