"""How well people are understood: rules alone, and each further try, on the labelled messages."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import Understander
from synthcraft.agents.language.rules import Rules
from synthcraft.evals.language_set import Part, judged, kinds_of, labelled, understood
from synthcraft.evals.machine import Machine, this_machine
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.stats.proportions import wilson

READERS: dict[str, Callable[[], Understander]] = {
    "rules alone": Rules,
    "with recall and spelling": lambda: Offline(guessing=False),
    "with the classifier (default)": Offline,
}
DEFAULT = "with the classifier (default)"
SEVERAL = "several"


class Counts(BaseModel):
    """Messages that were read right, asked about, or read wrong."""

    model_config = ConfigDict(frozen=True)

    right: int = 0
    asked: int = 0
    wrong: int = 0
    false_approvals: int = 0

    @property
    def all(self) -> int:
        """How many messages there are."""
        return self.right + self.asked + self.wrong

    def share(self, count: int) -> tuple[float, float, float]:
        """A count as a share of all, with its 95 % interval (Wilson)."""
        share = count / self.all
        return (share, *wilson(share, self.all))


class Outcome(BaseModel):
    """One reader on one part of the set.

    Attributes:
        groups: counts of each group of messages, and of `all`.
        confusion: expected kind -> kind that was read -> messages; `ask` is a question back.
        milliseconds: time of a turn after warm-up, 50th and 95th centile.
        missed: messages that were not read right, with the result; not of the part kept apart.
    """

    model_config = ConfigDict(frozen=True)

    groups: dict[str, Counts]
    confusion: dict[str, dict[str, int]]
    milliseconds: tuple[float, float]
    missed: dict[str, str] = {}


class LanguageResults(BaseModel):
    """One run of the benchmark."""

    model_config = ConfigDict(frozen=True)

    at: str
    command: str
    machine: Machine
    parts: dict[Part, dict[str, Outcome]]


def run(parts: tuple[Part, ...], command: str = "synthcraft bench language") -> LanguageResults:
    """Read every message with every reader."""
    outcomes = {
        part: {name: measure(make(), part) for name, make in READERS.items()} for part in parts
    }
    return LanguageResults(at=utc_now(), command=command, machine=this_machine(), parts=outcomes)


def measure(reader: Understander, part: Part) -> Outcome:
    """One reader on one part; every message is read twice, the second time on the clock."""
    said = labelled(part)
    card = said.table()
    counts: dict[str, Counter[str]] = {}
    confusion: dict[str, Counter[str]] = {}
    missed: dict[str, str] = {}
    seconds = []
    for group, message in said.cases():
        turn = understood(reader, message, said.gate, card)
        began = time.perf_counter()
        understood(reader, message, said.gate, card)
        seconds.append(time.perf_counter() - began)
        result = judged(message, turn)
        false = turn.verdict() == "approve" and message.kinds != ["approve"]
        for key in (group, "all"):
            counts.setdefault(key, Counter()).update([result, *["false_approvals"] * false])
        expected, read = _one(message.kinds), _one(kinds_of(turn))
        confusion.setdefault(expected, Counter()).update([read])
        if result != "right" and part != "test":
            missed[message.say] = result
    seconds.sort()
    middle, late = (1000 * seconds[int(q * len(seconds))] for q in (0.5, 0.95))
    return Outcome(
        groups={group: Counts(**found) for group, found in counts.items()},
        confusion={expected: dict(found) for expected, found in confusion.items()},
        milliseconds=(middle, late),
        missed=missed,
    )


def _one(kinds: list[str]) -> str:
    return kinds[0] if len(kinds) == 1 else SEVERAL
