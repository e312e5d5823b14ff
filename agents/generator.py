"""The generator specialist: proposes engines with every parameter, runs what was approved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from synthcraft.agents.base import Handler, Toolbox, did_not_work, succeeded
from synthcraft.agents.context import flags_for, minutes_left
from synthcraft.agents.crossfit import cost_lines
from synthcraft.agents.fitting import fit, not_admitted, not_started, row_of, too_long, why, within
from synthcraft.agents.learnt import learnt_of_generators
from synthcraft.agents.piloting import piloted
from synthcraft.agents.registry import specialist
from synthcraft.agents.replicates import cost_of_fits, told, with_further_fits
from synthcraft.agents.searching import REF, card, choice_made, ready_for, search, searchable
from synthcraft.agents.searching import told as told_of_choice
from synthcraft.agents.shadows import cost_lines as shadow_cost
from synthcraft.agents.tables import make_parts, rng_for, rows_to_make
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import Candidate, GeneratorPlan, Plan
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.evaluation_plan import proposal_rows
from synthcraft.tools.job_places import all_ended
from synthcraft.tools.report.words import UNKNOWN, duration, setting, share_of_drawn
from synthcraft.tools.requested import without_guarantee

generator = specialist("generator")

EDITABLE = (
    "include", "exclude", "parameters", "rows", "epsilon", "preset", "budget_minutes", "replicates",
    "choose",
)  # fmt: skip
"""What a person may change about the generators."""


def planned(state: RunState, plan: Plan, rows: int, tools: Toolbox) -> tuple[GeneratorPlan, ...]:
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
        minutes_left=minutes_left({**state, "plan": plan}) / plan.replicates,
        rng=rng_for(state, "shortlist", state.get("round", 0)),
        round_number=state.get("round", 0) + 1,
        home=tools.jobs.home,
        learnt=learnt_of_generators(state, tools),
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
    proposed = searchable if plan.choose else planned
    engines = plan.generators or proposed(now, plan, sizes.train, tools)
    if not engines:
        return did_not_work(
            f"No generator fits into the {duration(plan.budget_minutes * 60)} that are left. "
            "A larger budget or the preset `quick` would help.",
            refs=refs,
            split=sizes,
            flags=flags,
        )
    names = ", ".join(g.generator for g in engines)
    names = f"to choose among {names}" if plan.choose else names
    held = f"{sizes.holdout:,} rows are set aside and no generator will see them."
    return succeeded(
        " ".join((f"I propose {names}.", held, *notes, *_without_epsilon(plan, engines))),
        plan=plan.model_copy(update={"generators": engines}),
        refs=refs,
        split=sizes,
        flags=flags,
    )


def _without_epsilon(plan: Plan, engines: Sequence[GeneratorPlan]) -> tuple[str, ...]:
    """Which engines an epsilon that was asked for says nothing about."""
    names = [g.generator for g in engines if "epsilon" not in g.params]
    if plan.epsilon is None or not names:
        return ()
    return (
        f"The epsilon of {plan.epsilon:g} does not bind {setting(names)}: such engines take none "
        "and promise no differential privacy. `generators list` shows those that do.",
    )


def _runs(group: str) -> Handler:
    async def run(state: RunState, tools: Toolbox) -> Delta:
        if state["plan"].choose:
            return await _searched(state, tools)
        of_kind = [g for g in state["plan"].generators if g.group == group]
        barred = [g for g in of_kind if without_guarantee(g, state["plan"], state["flags"])]
        engines = [g for g in of_kind if g not in barred]
        left, before_it = minutes_left(state), tools.minutes_worked
        started, late = within(engines, left)
        firsts = await all_ended(fit(g, state, tools) for g in started)
        left -= tools.minutes_worked - before_it
        fitted = await with_further_fits(firsts, started, state, tools, left)
        spent = tools.minutes_worked - before_it
        before = sum(g.seconds for g in started)
        made = [*fitted, *(not_started(g, state, before) for g in late)]
        made += [not_admitted(g, state) for g in barred]
        answer = succeeded if any(c.status == "ok" for c in made) else did_not_work
        return answer(
            " ".join(_told(c) for c in made),
            candidates=made,
            minutes_used=state.get("minutes_used", 0.0) + spent,
        )

    return run


async def _searched(state: RunState, tools: Toolbox) -> Delta:
    """Run the search that was approved, and the further fits of the engine that it chose."""
    before = tools.minutes_worked
    made, ref, choice = await search(state, tools)
    left = minutes_left(state) - choice.minutes
    made = await with_further_fits(made, state["plan"].generators, state, tools, left)
    spent = tools.minutes_worked - before
    answer = succeeded if choice.run else did_not_work
    return answer(
        " ".join((choice.result, choice.time)),
        candidates=made,
        refs={REF: ref},
        minutes_used=state.get("minutes_used", 0.0) + spent,
    )


for _group in ("gen_fast", "gen_gan", "gen_diffusion", "gen_dp"):
    generator.handles("generation", _group)(_runs(_group))


def _told(candidate: Candidate) -> str:
    if candidate.status != "ok":
        return f"{candidate.generator} gave no data: {candidate.message}"
    where = "from the cache" if candidate.cached else f"in {duration(candidate.seconds)}"
    made = f"{candidate.generator} made {candidate.rows:,} rows {where}."
    return " ".join(filter(None, (made, told(candidate))))


def _judged_by(plan: Plan) -> str:
    judged = [row["What"].lower() for row in proposal_rows(plan)]
    return f"The result will be judged by: {setting(judged)}."


@generator.proposes("parameters")
async def parameters_card(state: RunState, tools: Toolbox) -> Delta:
    """Every engine with every parameter, its claim level and cost, before anything is trained."""
    if state["plan"].choose:
        return await _search_card(state, tools)
    plan, pilots = await piloted(state, tools)
    state = {**state, "plan": plan}
    rows = rows_to_make(plan, state["split"])
    seconds = plan.replicates * sum(g.seconds for g in plan.generators)
    lines = [f"{g.generator}: {g.reason} Claim level: {g.claim_level}." for g in plan.generators]
    lines += _without_epsilon(plan, plan.generators)
    lines += pilots
    lines += [f"{g.generator} will not be started: {why(g, state)}" for g in too_long(state)]
    lines.append(
        f"Each makes {rows:,} synthetic rows from {state['split'].train:,} training rows. "
        f"Predicted time together: {duration(seconds)}."
    )
    lines += cost_of_fits(plan, state)
    lines += [*await cost_lines(state, tools), *shadow_cost(state)]
    lines.append(_judged_by(plan))
    table = tuple(row_of(g, plan.replicates * g.seconds) for g in plan.generators)
    return Delta(
        plan=plan,
        proposal=Proposal(
            gate="parameters",
            title="May I train these generators?",
            lines=tuple(lines),
            table=table,
            editable=EDITABLE,
            seconds=seconds,
            memory_mb=max((g.memory_mb for g in plan.generators), default=0.0),
        ),
    )


async def _search_card(state: RunState, tools: Toolbox) -> Delta:
    """Everything that a search might train, and its time limit, before anything is trained."""
    plan, ready = state["plan"], await asyncio.to_thread(ready_for, state, tools)
    lines, table = card(ready)
    lines += _without_epsilon(plan, plan.generators)
    if plan.replicates > 1:
        lines.append(f"The one that is chosen is then fitted {plan.replicates} times in all.")
    lines.append(_judged_by(plan))
    return Delta(
        proposal=Proposal(
            gate="parameters",
            title="May I train these, one choice after the other, while there is time?",
            lines=tuple(lines),
            table=table,
            editable=EDITABLE,
            seconds=min(60 * ready.search.minutes, sum(g.seconds for g in plan.generators)),
            memory_mb=max((g.memory_mb for g in plan.generators), default=0.0),
        ),
    )


@generator.proposes("generation")
async def generation_card(state: RunState, tools: Toolbox) -> Delta:
    """What was made, what failed and why."""
    current = [c for c in state.get("candidates", []) if c.round == state.get("round", 0)]
    worked = [c for c in current if c.status == "ok"]
    run = {c.id for c in current}
    late = [not_started(g, state) for g in too_long(state) if g.id not in run]
    lines = [_told(c) for c in (*current, *late)] or ["No generator has run yet."]
    choice = choice_made(state, tools.store) if state["plan"].choose else None
    lines += told_of_choice(choice) if choice else []
    title = "Are these synthetic data sets worth evaluating?"
    if not worked:
        title = "No synthetic data yet"
        lines.append(
            "Nothing can be evaluated. Name other generators or another preset, or allow more time."
        )
    table = tuple(
        {
            "candidate": c.id,
            "status": c.status,
            "rows": f"{c.rows:,}",
            "time": duration(c.seconds),
            "peak memory": f"{c.peak_mb:,.0f} MB",
            "rows accepted": share_of_drawn(c.acceptance) if c.status == "ok" else UNKNOWN,
            "cells repaired": f"{c.repaired_cells:,}",
        }
        for c in (*current, *late)
    )
    return Delta(
        candidates=late,
        proposal=Proposal(
            gate="generation",
            title=title,
            lines=tuple(lines),
            table=table,
            editable=EDITABLE,
        ),
    )
