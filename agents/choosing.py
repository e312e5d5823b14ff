"""What may be tried on a table, and why everything else may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import TIERS, flags_of_plan
from synthcraft.agents.tables import frozen_parts
from synthcraft.graph.records import ArtifactRef, Flags, GeneratorPlan, Plan, Split
from synthcraft.tools.evaluation_plan import predicted_seconds
from synthcraft.tools.generators.base import GeneratorSpec
from synthcraft.tools.generators.catalogue import catalogue, find
from synthcraft.tools.generators.early_rung import RUNG
from synthcraft.tools.generators.engines import available
from synthcraft.tools.generators.hunt import shortened
from synthcraft.tools.generators.propose import admissible, propose
from synthcraft.tools.generators.search import Arm, ClaimLevel, Search
from synthcraft.tools.ingest import Ingested
from synthcraft.tools.requested import needs_guarantee
from synthcraft.tools.roles import suggest
from synthcraft.tools.target import check_target

ANY: ClaimLevel = "heuristic, no guarantee"
STRICT: ClaimLevel = "formal mechanism, domain from data"
"""Least claim level where privacy comes first."""
_SAVING = 0.5
"""Share of the whole runs that short ones may take to be worth making."""


@dataclass(frozen=True)
class Prepared:
    """A table ready for the search.

    Attributes:
        plan: with roles, task and every engine that can be run.
        search: arms, budget and context; nothing has run.
        refs: the frozen parts and the schema of what is modelled.
        split: their sizes.
        seed: of the whole choice.
        short_runs: whether a short run is much cheaper than a whole one here.
        notes: what the person should know of the table and its parts.
    """

    plan: Plan
    search: Search
    refs: dict[str, ArtifactRef]
    split: Split
    seed: int
    short_runs: bool
    notes: tuple[str, ...] = ()


def prepare(table: Ingested, plan: Plan, seed: int, tools: Toolbox) -> Prepared:
    """Roles, task, context, the usual split, and the arms with what they would take.

    Args:
        table: as it was read.
        plan: purpose, target, preset, budget, and engines where the person named some.
        seed: of every draw.
        tools: the workspace.

    Raises:
        InputError: the target cannot be used, or no generator has the name.
    """
    frame, schema = table.frame, table.schema
    plan = plan.model_copy(update={"requested": tuple(find(n).name for n in plan.requested)})
    if plan.target is not None:
        asked = None if plan.task == "none" else plan.task
        task = check_target(frame, schema, plan.target, asked, plan.time_column)
        plan = plan.model_copy(update={"task": task})
    roles = suggest(frame, schema, table.labels).roles
    own = {n: role for n, role in roles.items() if n not in (plan.target, plan.time_column)}
    plan = plan.model_copy(update={"roles": own})
    flags = flags_of_plan(frame, schema, plan, TIERS[plan.use_case])
    refs, split, notes = frozen_parts(frame, schema, plan, seed, tools.store)
    engines = arms(plan, flags, split.train, len(schema.columns), seed, tools)
    plan = plan.model_copy(update={"generators": engines})
    ready = prepared(plan, flags, refs, split, len(schema.columns), seed, tools)
    return replace(ready, notes=(*table.notes, *notes))


def arms(
    plan: Plan,
    flags: Flags,
    rows: int,
    columns: int,
    seed: int,
    tools: Toolbox,
    round_number: int = 1,
) -> tuple[GeneratorPlan, ...]:
    """Every engine that can be run for this plan, with every parameter, whatever it costs."""
    able = tuple(name for name, why in _barred(plan, flags, tools) if not why)
    if not able:
        return ()
    named = plan.model_copy(update={"requested": able})
    rng = np.random.default_rng(seed)  # not drawn from: every engine is named
    home = tools.jobs.home
    minutes = plan.budget_minutes
    engines = propose(named, flags, rows, columns, seed, minutes, rng, round_number, home)
    return tuple(e.model_copy(update={"reason": find(e.generator).strengths}) for e in engines)


def prepared(
    plan: Plan,
    flags: Flags,
    refs: dict[str, ArtifactRef],
    split: Split,
    columns: int,
    seed: int,
    tools: Toolbox,
    minutes: float | None = None,
) -> Prepared:
    """The search among the engines of a plan.

    Args:
        plan: with the engines that can be run.
        flags: context of the table.
        refs: the frozen parts and the schema of what is modelled.
        split: their sizes.
        columns: columns that are modelled.
        seed: of the whole choice.
        tools: the workspace.
        minutes: time of all runs; None: the budget of the plan.
    """
    look, engines = _look(split.train, columns), plan.generators
    search = Search(
        flags=flags,
        minutes=plan.budget_minutes if minutes is None else max(minutes, 0.0),
        arms=(
            *(_arm(find(e.generator), e.seconds + look) for e in engines),
            *(_arm(find(name), 0.0, why) for name, why in _barred(plan, flags, tools) if why),
        ),
        asked=STRICT if needs_guarantee(plan, flags) else ANY,
    )
    return Prepared(plan, search, refs, split, seed, _saves(engines, split.train, columns, look))


def _barred(plan: Plan, flags: Flags, tools: Toolbox) -> Iterator[tuple[str, str]]:
    """Every generator that is asked about, with why it cannot be used at all, or nothing."""
    fitting = admissible(plan, flags)
    excluded = {find(name).name for name in plan.excluded}
    for name in plan.requested or catalogue():
        spec = find(name)
        if not available(spec, tools.jobs.home):
            yield name, spec.reason
        elif spec.name in excluded:
            yield name, "you asked to leave it out"
        elif plan.requested or spec in fitting:
            yield name, ""
        else:
            yield name, f"it is no candidate for the purpose {plan.use_case}, unless it is named"


def _look(rows: int, columns: int) -> float:
    """Seconds of a first look: what one more table adds, once everything is imported."""
    one, two = (predicted_seconds(rows, columns, ("fidelity", "utility"), n) for n in (1, 2))
    return two - one


def _arm(spec: GeneratorSpec, seconds: float, barred: str = "") -> Arm:
    values = {"name": spec.name, "minutes": seconds / 60, "claim_level": spec.claim_level}
    return Arm.model_validate(values | {"barred": barred})


def _saves(engines: tuple[GeneratorPlan, ...], rows: int, columns: int, look: float) -> bool:
    """Whether short runs of these engines, each with a look, take much less than whole ones."""

    def short(engine: GeneratorPlan) -> float:
        spec = find(engine.generator)
        params, fewer = shortened(spec, engine.params, rows, RUNG)
        return spec.seconds(fewer, columns, params) + look

    whole = sum(engine.seconds + look for engine in engines)
    return sum(map(short, engines)) <= _SAVING * whole
