"""What a case study found, small enough to keep: numbers, steps and comparisons."""

from __future__ import annotations

from typing import Any, Literal, get_args

from synthcraft.evals.machine import Machine
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.records import Preset
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.procedures.fact import Fact

Ending = Literal["ok", "failed", "not run"]
Verdict = Literal["agrees", "differs", "not run", "not assessed"]

_PLURAL = {"agrees": "agree", "differs": "differ"}


class Done(Frozen):
    """One step, as it ended.

    Attributes:
        about: the engine, or the analysis of all engines.
        predicted: seconds on a quiet core.
        seconds: what it took when it was done, maybe in an earlier call.
        cached: whether it was there before this call.
    """

    name: str
    about: str
    mode: Mode
    predicted: float
    status: Ending
    seconds: float = 0.0
    cached: bool = False
    message: str = ""


class Verdicts(Frozen):
    """One printed figure or sentence beside ours.

    Attributes:
        says: what the paper says.
        printed: its figure, as printed; a dash where it is a sentence.
        place: where it stands in the paper.
        fact: name of the number that it is compared with.
        ours: mode -> our number with its interval, as text.
        facts: mode -> the same as numbers; of a sentence, the first of its two sides.
        verdict: mode -> whether ours agrees.
        why: what explains a difference.
    """

    says: str
    printed: str
    place: str
    fact: str
    ours: dict[Mode, str]
    facts: dict[Mode, Fact]
    verdict: dict[Mode, Verdict]
    why: str = ""
    low: float | None = None
    value: float | None = None
    high: float | None = None


class CaseResults(Frozen):
    """Everything on the page but its tables and figures.

    Attributes:
        at: when the page was made.
        data: rows and columns of the real table, its digest, and the rows that are kept away from
            every engine in rigorous mode: none where each fold has its turn.
        claims: engine -> what may be claimed about privacy.
        fits: engine -> fits that rigorous mode rests on.
        notes: why ours may differ from what is printed.
        facts: mode -> every number of the analyses.
    """

    schema_version: int = 1
    at: str
    case: str
    title: str
    machine: Machine
    command: str
    preset: Preset
    seed: int
    engines: tuple[str, ...]
    data: dict[str, Any]
    claims: dict[str, str]
    fits: dict[str, int]
    notes: tuple[str, ...]
    steps: tuple[Done, ...]
    compared: tuple[Verdicts, ...]
    facts: dict[Mode, tuple[Fact, ...]]

    @property
    def name(self) -> str:
        """What it is kept as: runs of another preset stand beside it."""
        return f"case_{self.case}_{self.preset}"

    @property
    def missing(self) -> tuple[Done, ...]:
        """Steps without a result."""
        return tuple(step for step in self.steps if step.status != "ok")

    def counted(self, mode: Mode) -> str:
        """How many of the printed figures and sentences end in each verdict."""
        verdicts = [each.verdict[mode] for each in self.compared]
        found = {name: verdicts.count(name) for name in get_args(Verdict)}
        return ", ".join(f"{n} {_PLURAL.get(name, name)}" for name, n in found.items() if n)
