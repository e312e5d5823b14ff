"""The result to see first: the worst of a kind, with what could have been seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import label_of, section_of, subset_of
from synthcraft.tools.report.words import STATUS_WORDS, interval, number

_ORDER = ("fail", "refer", "error", "uninformative", "not_assessed", "suppressed", "pass")


def of_section(results: Iterable[Result], key: str) -> list[Result]:
    """Results that a section shows."""
    return [r for r in results if section_of(r) == key]


def worst(results: Sequence[Result]) -> Result | None:
    """The measured result with the worst status, and among equals the farthest from ideal."""
    measured = [r for r in results if r.value is not None and r.status in _ORDER]
    return min(measured, key=lambda r: (_ORDER.index(r.status), -_way(r)), default=None)


def _way(result: Result) -> float:
    """How far it is on the way from fresh real rows to the anchor of the defect, 0 to 1."""
    ideal = result.anchors.get("A1")
    defect = result.anchors.get("A2" if section_of(result) == "privacy" else "A0")
    if result.value is None or ideal is None or defect is None or ideal == defect:
        return 0.0
    return abs((result.value - ideal) / (defect - ideal))


def sentence_of(result: Result) -> str:
    """The result in one line: what, where, how much, how it was judged."""
    where = ", ".join(part for part in (result.candidate, subset_of(result)) if part)
    told = interval(result.ci_low, result.ci_high)
    limits = f" (95 % interval {told})" if told else ""
    said = f" {result.message}" if result.message else ""
    value = f"{label_of(result)}, {where}: {number(result.value)}{limits}"
    return f"{value}. {STATUS_WORDS.get(result.status, result.status)}.{said}"


def detectable(result: Result) -> str:
    """The smallest effect that the test could have seen."""
    if result.mde is None:
        return "The smallest effect that this test could have seen is not known."
    return f"The smallest effect that this test could have seen (MDE) is {number(result.mde)}."
