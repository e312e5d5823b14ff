"""Moments of a run: the nth time that something happens in its folders, and a little later."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Literal, NamedTuple

from synthcraft.evals.crash.watch import Watch
from synthcraft.graph.sqlite import FILE
from synthcraft.tools.artifacts import HALF

Victim = Literal["parent", "worker", "both"]
VICTIMS: tuple[Victim, ...] = ("parent", "worker", "both")
LATER_S = {
    "checkpoint": 0.004,
    "artefact": 0.004,
    "record": 0.004,
    "log": 0.004,
    "fit": 2.0,
    "measurement": 4.0,
    "report": 0.004,
}
"""Kind of moment -> up to how long after it the kill comes: a write is short, a fit is not."""
_EVERY_BYTE = [f"{number:02x}" for number in range(256)]


class Moment(NamedTuple):
    """When to kill, and whom."""

    kind: str
    nth: int
    later_s: float
    victim: Victim

    def words(self) -> str:
        """As it is told and given again: `kind:nth:milliseconds:victim`."""
        return f"{self.kind}:{self.nth}:{1e3 * self.later_s:.1f}:{self.victim}"

    @classmethod
    def read(cls, words: str) -> Moment:
        """The moment of such words.

        Raises:
            ValueError: they are none.
        """
        kind, nth, later, victim = words.split(":")
        if kind not in LATER_S:
            raise ValueError(f"no kind of moment is named {kind!r}")
        whom = next((each for each in VICTIMS if each == victim), None)
        if whom is None:
            raise ValueError(f"nobody is named {victim!r}")
        return cls(kind, int(nth), float(later) / 1e3, whom)


class Place(NamedTuple):
    """Where a run works and writes."""

    home: Path
    out: Path

    def watch(self, watch: Watch) -> None:
        """See everything that a moment is told by."""
        deep = [self.home / name / part for name in ("artifacts", "jobs") for part in _EVERY_BYTE]
        below = [self.out / name for name in ("synthetic", "tables", "figures")]
        beside = [self.home / name for name in ("work", "audit")]
        for folder in (self.home, *beside, *deep, self.out, *below):
            watch.add(folder)

    def kind(self, path: Path, fit: str) -> str | None:
        """What a path that appeared or changed is a sign of; `fit` is the key of the training."""
        if path.is_relative_to(self.out):
            return "report" if path.name.startswith(HALF) else None
        top, *_ = path.relative_to(self.home).parts
        half = path.name.startswith(HALF)
        return {
            f"{FILE}-wal": "checkpoint",
            "audit": "log",
            "work": "fit" if path.name.startswith(fit[:12]) else "measurement",
            "artifacts": "artefact" if half else None,
            "jobs": "record" if half else None,
        }.get(top)


def moments(seed: int, happened: Mapping[str, int]) -> Iterator[Moment]:
    """Moments without end: kinds and victims in turn, the rest drawn.

    Args:
        seed: same seed, same moments.
        happened: kind -> how often it happens in a whole run.
    """
    rng = random.Random(seed)
    pairs = [(kind, victim) for victim in VICTIMS for kind in LATER_S if happened.get(kind)]
    for kind, victim in cycle(pairs):
        # What happens close together is seen as one, so not every run has as many.
        nth = rng.randint(1, math.ceil(0.9 * happened[kind]))
        yield Moment(kind, nth, rng.uniform(0, LATER_S[kind]), victim)
