"""The paper's printed figures beside ours, by one rule for each kind of figure or sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from synthcraft.evals.case.protocol import MODES
from synthcraft.evals.case.records import Verdict, Verdicts
from synthcraft.graph.contracts import Frozen
from synthcraft.tools.inference.table import UNKNOWN, Mode, fixed
from synthcraft.tools.procedures.fact import Fact

_SOURCE = Path(__file__).with_name("printed.toml")
Kind = Literal["figure", "below", "above", "like", "no gain"]


class Printed(Frozen):
    """An entry of `printed.toml`; what its kinds mean stands there.

    Attributes:
        rigorous: the fact that rigorous mode has in place of `fact`, if it is another.
    """

    says: str
    kind: Kind
    fact: str
    about: str
    place: str
    than: tuple[str, ...] = ()
    rigorous: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    percent: bool = False
    why: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Printed:
        if (self.kind == "figure") != (self.value is not None):
            raise ValueError(f"{self.says}: a figure has a value, and nothing else has one")
        if (self.kind in ("below", "above", "like")) != bool(self.than):
            raise ValueError(f"{self.says}: a comparison says with what")
        return self


def printed(case: str) -> tuple[Printed, ...]:
    """What the paper prints of a case study."""
    with _SOURCE.open("rb") as file:
        return tuple(Printed.model_validate(each) for each in tomllib.load(file)[case])


def notes(case: str) -> tuple[str, ...]:
    """Why ours may differ, whatever was found."""
    with _SOURCE.open("rb") as file:
        return tuple(tomllib.load(file)["notes"][case])


def compare(
    case: str, facts: Mapping[Mode, Sequence[Fact]], absent: Mapping[str, str]
) -> tuple[Verdicts, ...]:
    """Every printed figure beside ours.

    Args:
        case: its name.
        facts: mode -> our numbers.
        absent: engine -> why it gave nothing, for those without a result.
    """
    return tuple(_beside(each, facts, absent) for each in printed(case))


def _beside(
    each: Printed, facts: Mapping[Mode, Sequence[Fact]], absent: Mapping[str, str]
) -> Verdicts:
    ours: dict[Mode, str] = {}
    numbers: dict[Mode, Fact] = {}
    verdict: dict[Mode, Verdict] = {}
    for mode in MODES:
        name = (each.rigorous if mode == "rigorous" else "") or each.fact
        known = {f.about: f for f in facts[mode] if f.name == name and not f.group}
        mine, others = known.get(each.about), [known.get(n) for n in each.than]
        ours[mode] = _said(each, mine, dict(zip(each.than, others, strict=True)))
        if mine is not None:
            numbers[mode] = mine
        verdict[mode] = _verdict(each, mine, others)
    names = (each.about, *each.than)
    lacking = "not run" in verdict.values()
    gone = " ".join(f"{n}: {absent[n]}." for n in names if lacking and n in absent)
    differs = "differs" in verdict.values()
    return Verdicts(
        says=each.says,
        printed=_printed(each),
        place=each.place,
        fact=each.fact,
        ours=ours,
        facts=numbers,
        verdict=verdict,
        why=" ".join(part for part in (each.why if differs else "", gone) if part),
        value=each.value,
        low=each.low,
        high=each.high,
    )


def _verdict(each: Printed, mine: Fact | None, others: Sequence[Fact | None]) -> Verdict:
    if mine is None or None in others:
        return "not run"
    beside = [other for other in others if other is not None]
    if any(fact.value is None for fact in (mine, *beside)):
        return "not assessed"
    return "agrees" if _RULES[each.kind](each, mine, beside) else "differs"


def _value(fact: Fact | Printed) -> float:
    return float("nan") if fact.value is None else fact.value


def _low(fact: Fact | Printed) -> float:
    return _value(fact) if fact.low is None else fact.low


def _high(fact: Fact | Printed) -> float:
    return _value(fact) if fact.high is None else fact.high


def _overlap(one: Fact | Printed, other: Fact | Printed) -> bool:
    """Whether two intervals meet; a number without one is a point."""
    return _low(one) <= _high(other) and _low(other) <= _high(one)


_RULES: dict[Kind, Callable[[Printed, Fact, Sequence[Fact]], bool]] = {
    "figure": lambda each, mine, others: _overlap(each, mine),
    "like": lambda each, mine, others: all(_low(o) <= _value(mine) <= _high(o) for o in others),
    "below": lambda each, mine, others: all(_high(mine) < _value(o) for o in others),
    "above": lambda each, mine, others: all(_low(mine) > _value(o) for o in others),
    "no gain": lambda each, mine, others: _low(mine) <= 0,
}


def _printed(each: Printed) -> str:
    if each.value is None:
        return UNKNOWN
    return _written(each, each)


def _said(each: Printed, mine: Fact | None, others: Mapping[str, Fact | None]) -> str:
    if mine is None:
        return UNKNOWN
    beside = [f"{name} {fixed(f.value, _digits(each))}" for name, f in others.items() if f]
    return _written(each, mine) + (f"; {', '.join(beside)}" if beside else "")


def _digits(each: Printed) -> int:
    return {"people": 0, "mean interval overlap": 2, "mse": 4}.get(each.fact, 3)


def _written(each: Printed, fact: Fact | Printed) -> str:
    """`0.818 (0.773–0.859)`, or the same in percent; the dash is `to` beside a minus."""
    if fact.value is None:
        return "suppressed"
    times, digits, unit = (100, 1, " %") if each.percent else (1, _digits(each), "")
    value = f"{fixed(times * fact.value, digits)}{unit}"
    if fact.low is None or fact.high is None:
        return value
    low, high = (fixed(times * end, digits) for end in (fact.low, fact.high))
    return f"{value} ({low}{' to ' if fact.low < 0 else '–'}{high})"
