"""What a model may know of a project: chosen fields, names of ours, rounded figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.released import Released, seal
from synthcraft.tools.disclosure.rounding import count

_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
DIGITS = 3
"""Significant digits of a result."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GeneratorFact(_Part):
    """A catalogue entry: our own words, the same for every table."""

    name: str
    title: str
    strengths: str
    weaknesses: str
    claim_level: str


class ResultFact(_Part):
    """What came of one generator; subgroups, messages and columns stay here."""

    generator: str
    status: str
    seconds: int | None = None
    decision: str | None = None
    figures: dict[str, float] = {}
    """Metric id -> value with three significant digits."""


class ProjectFacts(_Part):
    """Everything that a model may be told about where a project stands."""

    episode: str | None = None
    gate: str | None = None
    status: str | None = None
    use_case: str | None = None
    task: str | None = None
    target: str | None = None
    """Alias of the outcome."""
    synthetic_rows: int | None = None
    preset: str | None = None
    tier: str | None = None
    epsilon: float | None = None
    requested: tuple[str, ...] = ()
    budget_minutes: float | None = None
    minutes_used: float | None = None
    next_action: str | None = None
    chance_of_approval: float | None = None
    alternatives: tuple[str, ...] = ()
    generators: tuple[GeneratorFact, ...] = ()
    results: tuple[ResultFact, ...] = ()

    def text(self) -> str:
        """The facts as JSON, as they leave."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True)


def project_facts(
    facts: Mapping[str, Any], known: Aliases, about: Iterable[str] = ()
) -> Released[ProjectFacts]:
    """Choose from the typed facts of a project what may leave.

    Args:
        facts: as `agents.facts.facts_of` gives them.
        known: names of the columns.
        about: generators whose catalogue entry is wanted; those with results are there anyway.
    """
    plan = facts.get("plan") or {}
    choice = facts.get("choice") or {}
    results = _results(facts)
    wanted = {*about, *(result.generator for result in results)}
    return seal(
        ProjectFacts(
            episode=_ours(facts.get("episode")),
            gate=_ours(facts.get("gate")),
            status=_ours(facts.get("status")),
            use_case=_ours(plan.get("use_case")),
            task=_ours(plan.get("task")),
            target=known.names.get(plan.get("target") or ""),
            synthetic_rows=count(plan["rows"]) if plan.get("rows") else None,
            preset=_ours(plan.get("preset")),
            tier=_ours(plan.get("tier")),
            epsilon=_rounded(plan.get("epsilon")),
            requested=_names(plan.get("requested") or ()),
            budget_minutes=_rounded(plan.get("budget_minutes")),
            minutes_used=_rounded(facts.get("minutes_used")),
            next_action=_ours(choice.get("action")),
            chance_of_approval=_rounded(choice.get("confidence")),
            alternatives=_names(a.get("action") for a in choice.get("alternatives") or ()),
            generators=_generators(facts.get("generators") or {}, wanted),
            results=results,
        ),
        "result",
    )


def _results(facts: Mapping[str, Any]) -> tuple[ResultFact, ...]:
    verdicts = {v["candidate"]: v for v in facts.get("verdicts") or ()}
    found = []
    for candidate in facts.get("candidates") or ():
        verdict = verdicts.get(candidate["id"]) or {}
        figures = verdict.get("headline") or {}
        found.append(
            ResultFact(
                generator=_ours(candidate["generator"]) or "generator",
                status=_ours(candidate.get("status")) or "unknown",
                seconds=round(candidate.get("seconds") or 0.0),
                decision=verdict.get("state"),
                figures={
                    name: value
                    for name, raw in figures.items()
                    if _ours(name) and (value := _rounded(raw)) is not None
                },
            )
        )
    return tuple(found)


def _generators(known: Mapping[str, Any], wanted: set[str]) -> tuple[GeneratorFact, ...]:
    return tuple(
        GeneratorFact(
            name=name, **{key: entry[key] for key in GeneratorFact.model_fields if key != "name"}
        )
        for name, entry in known.items()
        if name in wanted
    )


def _ours(value: object) -> str | None:
    """A word in the form of our own names; None where it is anything else."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _names(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(name for value in values if (name := _ours(value)))


def _rounded(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(f"{value:.{DIGITS}g}") if abs(value) < float("inf") else None
