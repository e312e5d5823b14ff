"""Which generators to run, with every parameter: a seeded choice within budget and privacy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from synthcraft.graph.errors import InputError
from synthcraft.graph.records import Flags, GeneratorPlan, Plan, Preset
from synthcraft.tools.generators.base import GeneratorSpec
from synthcraft.tools.generators.budget import SAFETY
from synthcraft.tools.generators.catalogue import catalogue, find, validate_params
from synthcraft.tools.generators.encoding import keyed_rng
from synthcraft.tools.generators.engines import available
from synthcraft.tools.generators.quality import Belief, QualityModel
from synthcraft.tools.requested import needs_guarantee

AT_MOST = 3
_DEVELOPMENT = ("marginal_distributions", "bayesian_network")
_FLOOR = "structure removed on purpose"
_CHEAPER: dict[Preset, tuple[Preset, ...]] = {
    "quick": ("quick",),
    "standard": ("standard", "quick"),
    "paper": ("paper",),
}


def propose(
    plan: Plan,
    flags: Flags,
    rows: int,
    columns: int,
    run_seed: int,
    minutes_left: float,
    rng: np.random.Generator,
    round_number: int = 1,
    home: Path | None = None,
    learnt: Mapping[str, tuple[int, int]] | None = None,
) -> tuple[GeneratorPlan, ...]:
    """Generators for this plan.

    Args:
        plan: what was agreed; the generators it names are proposed exactly, whatever they cost.
        flags: context of the project.
        rows: training rows.
        columns: columns that are modelled.
        run_seed: seed of the run; each generator's own seed follows from it and its name.
        minutes_left: compute that is left.
        rng: for the one draw from the prior scores.
        round_number: part of the ids and seeds, so that another round differs.
        home: workspace whose installed engines may be asked for by name.
        learnt: counts of the quality that generators had on other tables.

    Returns:
        Two or three generators, fewer where the budget or the catalogue leaves no more.

    Raises:
        InputError: a requested generator is not available, or a parameter cannot be used.
    """
    if plan.requested:
        specs = [find(name) for name in plan.requested]
        for spec in specs:
            if not available(spec, home):
                raise InputError(f"{spec.title} is not available here: {spec.reason}")
        chosen = [(spec, plan.preset, "You asked for it.") for spec in specs]
    else:
        model = QualityModel.of_catalogue(learnt)
        chosen = _choose(plan, flags, rows, columns, minutes_left, rng, model)
    return tuple(
        _planned(spec, preset, why, plan, rows, columns, run_seed, round_number)
        for spec, preset, why in chosen
    )


def _choose(
    plan: Plan,
    flags: Flags,
    rows: int,
    columns: int,
    minutes: float,
    rng: np.random.Generator,
    model: QualityModel,
) -> list[tuple[GeneratorSpec, Preset, str]]:
    """The best drawn scores first, one of each group before a second of any, while time lasts."""
    scores, beliefs = model.draw(flags, rng), model.believed(flags)
    ranked = sorted(admissible(plan, flags), key=lambda spec: -scores[spec.name])
    firsts: dict[str, GeneratorSpec] = {}
    for spec in ranked:
        firsts.setdefault(spec.group, spec)
    queue = [*firsts.values(), *(spec for spec in ranked if spec not in firsts.values())]
    chosen: list[tuple[GeneratorSpec, Preset, str]] = []
    left = minutes * 60
    for spec in queue:
        for preset in _CHEAPER[plan.preset]:
            seconds = SAFETY * spec.seconds(rows, columns, _params(spec, preset, plan, rows))
            if seconds <= left and len(chosen) < AT_MOST:
                why = " ".join((_why(spec, plan, flags), *_seen(beliefs[spec.name])))
                if preset != plan.preset:
                    why += f" Preset {preset}, to stay inside the time that is left."
                chosen.append((spec, preset, why))
                left -= seconds
                break
    return chosen


def admissible(plan: Plan, flags: Flags) -> list[GeneratorSpec]:
    """The generators that fit the purpose, its privacy and its task, whatever they cost."""
    excluded = {find(name).name for name in plan.excluded}
    specs = [
        s
        for s in catalogue().values()
        if s.available and s.name not in excluded and s.task in ("any", plan.task)
    ]
    if needs_guarantee(plan, flags):
        return [s for s in specs if s.differentially_private]
    if plan.use_case == "development":
        return [s for s in specs if s.name in _DEVELOPMENT]
    # A floor to compare with is no candidate for sharing.
    specs = [s for s in specs if s.claim_level != _FLOOR]
    if plan.epsilon is None:
        specs = [s for s in specs if s.group != "gen_dp"]
    return specs


def _why(spec: GeneratorSpec, plan: Plan, flags: Flags) -> str:
    if needs_guarantee(plan, flags):
        return f"Privacy comes first here. {spec.strengths}"
    if plan.use_case == "development":
        return f"Enough for method development. {spec.strengths}"
    return spec.strengths


def _seen(belief: Belief) -> tuple[str, ...]:
    """What was learnt here of a generator, if anything was."""
    if not belief.runs:
        return ()
    times = f"{belief.runs:.0f} time{'' if belief.runs == 1 else 's'}"
    return (f"Run here {times} before: expected quality {belief.mean:.2f} of 1.",)


def _params(spec: GeneratorSpec, preset: Preset, plan: Plan, rows: int) -> dict[str, object]:
    params = spec.at(preset, rows)
    if plan.epsilon is not None and "epsilon" in params:
        params |= validate_params(spec, {"epsilon": plan.epsilon})
    for name, values in plan.overrides.items():
        if find(name).name == spec.name:
            params |= validate_params(spec, values)
    return params


def _planned(
    spec: GeneratorSpec,
    preset: Preset,
    why: str,
    plan: Plan,
    rows: int,
    columns: int,
    run_seed: int,
    round_number: int,
) -> GeneratorPlan:
    params = _params(spec, preset, plan, rows)
    seed = int(keyed_rng(run_seed, spec.name, str(round_number)).integers(2**31))
    return GeneratorPlan(
        id=f"{spec.name}-{round_number}",
        generator=spec.name,
        params=params,
        claim_level=spec.claim_level,
        reason=why,
        group=spec.group,
        seconds=spec.seconds(rows, columns, params),
        memory_mb=spec.memory_mb(rows, columns, params),
        seed=seed,
    )
