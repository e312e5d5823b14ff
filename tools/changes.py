"""Typed changes meet the plan: what may be said, what it alters, what it reopens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from synthcraft.graph.contracts import Changes, EpisodeName
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import MAX_REPLICATES, Plan
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.raw_table import missing_column

_PLAIN = (
    "use_case", "target", "task", "time_column", "sensitive", "protected", "rows", "epsilon",
    "tier", "replicates", "choose", "min_cell",
)  # fmt: skip
_INTENT = {
    "use_case", "target", "task", "time_column", "sensitive", "protected", "thresholds",
}  # fmt: skip
_GENERATION = {
    "include",
    "exclude",
    "parameters",
    "rows",
    "epsilon",
    "budget_minutes",
    "preset",
    "replicates",
    "choose",
}
MAX_ROWS = 1_000_000
FEWEST = 2
"""Generators among which there is a choice."""


def apply_changes(plan: Plan, changes: Changes) -> Plan:
    """The plan with the changes made; generators are proposed anew from it later."""
    said = changes.named()
    update: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
    update |= _task(said, plan)
    if changes.roles:
        update["roles"] = {**plan.roles, **changes.roles}
    if changes.preset:
        update["preset"] = changes.preset
    if changes.budget_minutes is not None:
        update["budget_minutes"] = changes.budget_minutes
    if changes.include:
        update["requested"] = changes.include
    elif changes.choose and len(plan.requested) < FEWEST:
        update["requested"] = ()  # one alone is no choice: it is open to all again
    if changes.exclude:
        update["excluded"] = tuple(dict.fromkeys((*plan.excluded, *changes.exclude)))
        update["requested"] = tuple(g for g in plan.requested if g not in changes.exclude)
    if changes.parameters:
        names = {**plan.overrides, **changes.parameters}
        update["overrides"] = {
            name: {**plan.overrides.get(name, {}), **changes.parameters.get(name, {})}
            for name in names
        }
    if changes.thresholds:
        update["thresholds"] = {**plan.thresholds, **changes.thresholds}
    outcome = [update.get(name, getattr(plan, name)) for name in ("target", "time_column")]
    roles = update.get("roles", plan.roles)
    update["roles"] = {name: role for name, role in roles.items() if name not in outcome}
    return plan.model_copy(update=update)


def _task(said: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """What a new target or time says of the task; a time goes with survival alone."""
    task = said.get("task", plan.task)
    if "task" not in said and {"target", "time_column"} & set(said):
        task = "survival" if "time_column" in said else "none"
    time = said.get("time_column", plan.time_column) if task == "survival" else None
    return {"task": task, "time_column": time}


def reopens(changes: Changes) -> EpisodeName | None:
    """The earliest episode whose subject these changes alter."""
    said = set(changes.named())
    if "roles" in said:
        return "intake"
    if said & _INTENT:
        return "intent"
    if said & _GENERATION:
        return "generation"
    if said & {"tier", "min_cell"}:
        return "evaluation"
    return None


def check_changes(changes: Changes, columns: Sequence[str], home: Path | None = None) -> Changes:
    """The changes with generators under their catalogue names; engines are those of `home`.

    Raises:
        InputError: a column, generator, parameter or number that cannot be used.
    """
    from synthcraft.tools.generators.catalogue import find, validate_params
    from synthcraft.tools.generators.engines import available

    for name in _columns_named(changes):
        if name not in columns:
            raise missing_column(name, columns)
    if changes.rows is not None and not 1 <= changes.rows <= MAX_ROWS:
        raise InputError(
            f"{changes.rows:,} synthetic rows cannot be made.",
            f"Ask for a number from 1 to {MAX_ROWS:,}.",
        )
    if changes.epsilon is not None and not 0 < changes.epsilon <= 100:
        raise InputError(
            f"An epsilon of {changes.epsilon:g} has no meaning here.",
            "Choose one above 0 and at most 100; 1 is common, above 10 promises next to nothing.",
        )
    if changes.budget_minutes is not None and not 0 < changes.budget_minutes <= 7 * 24 * 60:
        raise InputError("The budget must be above 0 minutes and at most a week.")
    if changes.replicates is not None and not 1 <= changes.replicates <= MAX_REPLICATES:
        raise InputError(
            f"{changes.replicates:,} independent fits of a generator cannot be made.",
            f"Ask for a number from 1 to {MAX_REPLICATES}; from 5 on, fits can be compared.",
        )
    if changes.min_cell is not None:
        check_least(changes.min_cell)
    include = tuple(dict.fromkeys(find(name).name for name in changes.include))
    exclude = tuple(dict.fromkeys(find(name).name for name in changes.exclude))
    for name in include:
        spec = find(name)
        if not available(spec, home):
            raise InputError(f"{spec.title} is not available here: {spec.reason}")
    parameters = {
        find(name).name: validate_params(find(name), values)
        for name, values in changes.parameters.items()
    }
    return changes.model_copy(
        update={"include": include, "exclude": exclude, "parameters": parameters}
    )


def check_least(people: int) -> None:
    """Refuse a minimum of people below the one that always holds.

    Raises:
        InputError: fewer than ten people would stand behind a number.
    """
    if people < MIN_CELL:
        raise InputError(
            f"At least {MIN_CELL} people stand behind every number about real people, and "
            f"{people:,} would be fewer.",
            f"Ask for {MIN_CELL} or more: the minimum can only be raised.",
        )


def _columns_named(changes: Changes) -> list[str]:
    named = [changes.target, changes.time_column]
    groups = [changes.roles, changes.sensitive or (), changes.protected or ()]
    return [name for name in named if name] + [name for group in groups for name in group]
