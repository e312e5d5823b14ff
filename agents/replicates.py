"""Independent fits beside the first: no statement about a generator rests on a single run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import minutes_left
from synthcraft.agents.fitting import ending_of, job_of, no_time
from synthcraft.graph.records import ArtifactRef, Candidate, FurtherFit, GeneratorPlan, Plan
from synthcraft.graph.state import RunState
from synthcraft.tools.generators.budget import fits
from synthcraft.tools.job_places import all_ended
from synthcraft.tools.report.fits_missing import missing_fits
from synthcraft.tools.report.words import duration, plain, sentence, setting
from synthcraft.tools.seeds import Replicate, design


def places(seed: int, replicates: int) -> tuple[Replicate, ...]:
    """Seeds of every fit after the first, of an engine whose own seed this is."""
    return design(seed, splits=1, fits=replicates, draws=1)[1:]


def cost_of_fits(plan: Plan, state: RunState) -> list[str]:
    """What fitting each generator several times costs, for the card that approves training."""
    if plan.replicates == 1:
        return []
    seconds = plan.replicates * sum(g.seconds for g in plan.generators)
    lines = [
        f"Each generator is fitted {plan.replicates} times, independently: about "
        f"{duration(seconds)} of training together. Only the table of the first fit can leave; "
        "privacy is tested on all of them, and releasing several multiplies what they may "
        "give away."
    ]
    if not fits(seconds, minutes_left(state)):
        lines.append("There is not time for all of these fits: the report says which are missing.")
    return lines


async def with_further_fits(
    made: Sequence[Candidate],
    engines: Sequence[GeneratorPlan],
    state: RunState,
    tools: Toolbox,
    minutes: float,
) -> list[Candidate]:
    """The candidates with the other fits that the plan asks for, as far as `minutes` reach.

    Candidates take turns, so that a slow one does not leave the others without any.
    """
    seconds = {g.id: g.seconds for g in engines}
    asked = [
        (place, candidate)
        for candidate in made
        if candidate.status == "ok"
        for place in places(candidate.seed, state["plan"].replicates)
    ]
    asked.sort(key=lambda pair: pair[0].fit)
    together, waiting = 0.0, []
    for place, candidate in asked:
        own = seconds[candidate.id]
        if fits(together + own, minutes):
            together += own
            waiting.append(_fit(place, candidate, state, tools, 60 * minutes))
        else:
            waiting.append(_left_out(place, own, minutes - together / 60))
    done = await all_ended(waiting)
    pairs = [(candidate.id, fit) for (_, candidate), fit in zip(asked, done, strict=True)]
    return [
        c.model_copy(update={"replicates": tuple(fit for name, fit in pairs if name == c.id)})
        for c in made
    ]


async def _left_out(place: Replicate, seconds: float, minutes: float) -> FurtherFit:
    message = f"not started: {no_time(seconds, 60 * minutes)}"
    return _record(place, status="refused", message=message)


async def _fit(
    place: Replicate, candidate: Candidate, state: RunState, tools: Toolbox, at_most_s: float
) -> FurtherFit:
    """Fit once more from other seeds; whatever happens becomes a record."""
    params, inputs = job_of(candidate, state)
    result = await tools.run_job(
        "generate",
        params | {"sample_seed": place.sample_seed},
        inputs,
        place.fit_seed,
        f"{candidate.id} · fit {place.fit + 1} of {state['plan'].replicates}",
        at_most_s=at_most_s,
    )
    ok = result.status == "ok"
    return _record(
        place,
        rows=int(result.info.get("rows", 0)),
        sha256=result.outputs["synthetic"].sha256 if ok else "",
        seconds=round(result.seconds, 1),
        status=ending_of(result),
        message=result.message,
        cached=result.cached,
    )


def _record(place: Replicate, **outcome: Any) -> FurtherFit:
    return FurtherFit(
        number=place.fit, fit_seed=place.fit_seed, sample_seed=place.sample_seed, **outcome
    )


def told(candidate: Candidate) -> str:
    """How many of the other fits worked, and why the rest did not; empty for a single fit."""
    asked, missing = len(candidate.replicates), missing_fits(candidate.replicates)
    if not asked:
        return ""
    return " ".join([f"{asked - len(missing)} of {asked} further fits worked.", *missing])


def doubts(candidate: Candidate, refs: Collection[str], families: Iterable[str]) -> list[str]:
    """What a person has to weigh: fits that are missing, and fits on which little was measured.

    `refs` are the names of what is there, `families` what is measured on every fit.
    """
    asked, found = len(candidate.replicates) + 1, len(candidate.further) + 1
    lines = []
    if found < asked:
        why = " ".join(missing_fits(candidate.replicates))
        lines.append(f"{found} of the {asked} independent fits that were agreed worked. {why}")
    for family in families:
        fits = [f for f in candidate.further if ref_of(candidate, f, family) not in refs]
        if fits and f"results/{candidate.id}/{family}" in refs:
            numbers = setting([str(fit.number + 1) for fit in fits])
            lines.append(f"{sentence(plain(family))} could not be measured on fit {numbers}.")
    return lines


def tables(candidate: Candidate) -> dict[str, str]:
    """Inputs of a job that combines the fits: name -> SHA-256."""
    return {f"replicate_{fit.number}": fit.sha256 for fit in candidate.further}


def ref_of(candidate: Candidate, fit: FurtherFit, family: str) -> str:
    """Name of the results of one fit: those of another table of the same number do not count."""
    return f"replicates/{candidate.id}/{fit.number}-{fit.sha256[:12]}/{family}"


def refs_of(candidate: Candidate, refs: dict[str, ArtifactRef]) -> list[ArtifactRef]:
    """Results of every other fit of a candidate."""
    starts = tuple(ref_of(candidate, fit, "") for fit in candidate.further)
    return [ref for name, ref in refs.items() if starts and name.startswith(starts)]
