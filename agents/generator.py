"""The generator specialist: proposes engines with every parameter, runs what was approved."""

from __future__ import annotations

import asyncio

from synthcraft.agents.base import Handler, Toolbox, did_not_work, succeeded
from synthcraft.agents.context import flags_for
from synthcraft.agents.registry import specialist
from synthcraft.agents.tables import make_parts, rng_for
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import Candidate, GeneratorPlan, Plan
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.report.words import duration, setting

generator = specialist("generator")


def planned(state: RunState, plan: Plan, rows: int) -> tuple[GeneratorPlan, ...]:
    """The engines proposed for this plan, with every parameter, cost and reason."""
    from synthcraft.tools.generators.propose import propose

    wanted = state["progress"]["generation"].wanted if "generation" in state["progress"] else ()
    flags = state["flags"]
    if "privacy_guarantee" in wanted:
        flags = flags.model_copy(update={"privacy": "strict"})
    return propose(
        plan=plan,
        flags=flags,
        rows=rows,
        columns=state["source"].columns,
        run_seed=state["seed"],
        minutes_left=plan.budget_minutes - state.get("minutes_used", 0.0),
        rng=rng_for(state, "shortlist", state.get("round", 0)),
        round_number=state.get("round", 0) + 1,
    )


@generator.handles("generation", "shortlist")
async def shortlist(state: RunState, tools: Toolbox) -> Delta:
    """Freeze the split, then propose engines that fit the purpose and the budget."""
    plan = state["plan"]
    if plan.split_by is None:
        plan = plan.model_copy(update={"split_by": plan.protected[:1]})
    refs, sizes, notes = await asyncio.to_thread(make_parts, state, plan, tools)
    flags = await asyncio.to_thread(flags_for, state, plan, tools, purpose_known=True)
    now: RunState = {**state, "flags": flags}
    # A recorded plan that is repeated brings its engines, with parameters and seeds.
    engines = plan.generators or planned(now, plan, sizes.train)
    if not engines:
        return did_not_work(
            f"No generator fits into the {duration(plan.budget_minutes * 60)} that are left. "
            "A larger budget or the preset `quick` would help.",
            refs=refs,
            split=sizes,
            flags=flags,
        )
    names = ", ".join(g.generator for g in engines)
    held = f"{sizes.holdout:,} rows are set aside and no generator will see them."
    return succeeded(
        " ".join((f"I propose {names}.", held, *notes)),
        plan=plan.model_copy(update={"generators": engines}),
        refs=refs,
        split=sizes,
        flags=flags,
    )


def _runs(group: str) -> Handler:
    async def run(state: RunState, tools: Toolbox) -> Delta:
        engines = [g for g in state["plan"].generators if g.group == group]
        made = await asyncio.gather(*(fit(g, state, tools) for g in engines))
        worked = [c for c in made if c.status == "ok"]
        lines = [_told(c) for c in made]
        spent = max((c.seconds for c in made if not c.cached), default=0.0) / 60
        answer = succeeded if worked else did_not_work
        return answer(
            " ".join(lines),
            candidates=list(made),
            minutes_used=state.get("minutes_used", 0.0) + spent,
        )

    return run


for _group in ("gen_fast", "gen_gan", "gen_diffusion", "gen_dp"):
    generator.handles("generation", _group)(_runs(_group))


async def fit(engine: GeneratorPlan, state: RunState, tools: Toolbox) -> Candidate:
    """Train one engine in a child process; whatever happens there becomes a record."""
    split = state["split"]
    result = await tools.run_job(
        "generate",
        {
            "generator": engine.generator,
            "params": engine.params,
            "rows": state["plan"].rows or split.train,
            "where": engine.where,
        },
        {name: state["refs"][ref].sha256 for name, ref in _INPUTS.items()},
        engine.seed,
        engine.id,
    )
    ok = result.status == "ok"
    info = result.info
    return Candidate(
        id=engine.id,
        generator=engine.generator,
        params=engine.params,
        where=engine.where,
        claim_level=engine.claim_level,
        seed=engine.seed,
        rows=int(info.get("rows", 0)),
        sha256=result.outputs["synthetic"].sha256 if ok else "",
        seconds=round(result.seconds, 1),
        peak_mb=round(result.peak_mb),
        status="ok" if ok else ("cancelled" if result.status == "cancelled" else "failed"),
        message=result.message,
        cached=result.cached,
        repaired_cells=int(info.get("repaired_cells", 0)),
        acceptance=info.get("acceptance"),
        round=state.get("round", 0),
    )


def recorded(candidate: Candidate, state: RunState) -> GeneratorPlan:
    """The plan of an engine that has run, as it can be run again."""
    from synthcraft.tools.generators.catalogue import find

    spec = find(candidate.generator)
    rows, columns = state["split"].train, state["source"].columns
    return GeneratorPlan(
        id=candidate.id,
        generator=candidate.generator,
        params=candidate.params,
        where=candidate.where,
        claim_level=candidate.claim_level,
        reason="as recorded",
        group=spec.group,
        seconds=spec.seconds(rows, columns, candidate.params),
        memory_mb=spec.memory_mb(rows, columns, candidate.params),
        seed=candidate.seed,
    )


_INPUTS = {"train": "train", "schema": "model_schema"}


def _told(candidate: Candidate) -> str:
    if candidate.status != "ok":
        return f"{candidate.generator} gave no data: {candidate.message}"
    where = "from the cache" if candidate.cached else f"in {duration(candidate.seconds)}"
    return f"{candidate.generator} made {candidate.rows:,} rows {where}."


@generator.proposes("parameters")
async def parameters_card(state: RunState, tools: Toolbox) -> Delta:
    """Every engine with every parameter, its claim level and cost, before anything is trained."""
    from synthcraft.tools.evaluation_plan import proposal_rows

    plan = state["plan"]
    rows = plan.rows or state["split"].train
    seconds = sum(g.seconds for g in plan.generators)
    lines = [f"{g.generator}: {g.reason} Claim level: {g.claim_level}." for g in plan.generators]
    lines.append(
        f"Each makes {rows:,} synthetic rows from {state['split'].train:,} training rows. "
        f"Predicted time together: {duration(seconds)}."
    )
    judged = [row["What"].lower() for row in proposal_rows(plan)]
    lines.append(f"The result will be judged by: {setting(judged)}.")
    table = tuple(
        {
            "generator": g.generator,
            "parameters": ", ".join(f"{k} = {setting(v)}" for k, v in g.params.items()) or "none",
            "claim level": g.claim_level,
            "predicted time": duration(g.seconds),
            "predicted memory": f"{g.memory_mb:,.0f} MB",
        }
        for g in plan.generators
    )
    return Delta(
        proposal=Proposal(
            gate="parameters",
            title="May I train these generators?",
            lines=tuple(lines),
            table=table,
            editable=("include", "exclude", "parameters", "rows", "epsilon", "preset"),
            seconds=seconds,
            memory_mb=max((g.memory_mb for g in plan.generators), default=0.0),
        )
    )


@generator.proposes("generation")
async def generation_card(state: RunState, tools: Toolbox) -> Delta:
    """What was made, what failed and why."""
    current = [c for c in state.get("candidates", []) if c.round == state.get("round", 0)]
    worked = [c for c in current if c.status == "ok"]
    lines = [_told(c) for c in current] or ["No generator has run yet."]
    title = "Are these synthetic data sets worth evaluating?"
    if not worked:
        title = "No synthetic data yet"
        lines.append("Nothing can be evaluated. Name other generators or another preset.")
    table = tuple(
        {
            "candidate": c.id,
            "status": c.status,
            "rows": f"{c.rows:,}",
            "time": duration(c.seconds),
            "peak memory": f"{c.peak_mb:,.0f} MB",
            "cells repaired": f"{c.repaired_cells:,}",
        }
        for c in current
    )
    return Delta(
        proposal=Proposal(
            gate="generation",
            title=title,
            lines=tuple(lines),
            table=table,
            editable=("include", "exclude", "parameters", "rows", "epsilon", "preset"),
        )
    )
