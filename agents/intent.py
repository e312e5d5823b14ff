"""Intent, the profiler's second episode: what the synthetic data are for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

from synthcraft.agents.base import Toolbox, did_not_work, succeeded
from synthcraft.agents.context import flags_for
from synthcraft.agents.evaluator import evaluation_plan_of
from synthcraft.agents.language.base import Card
from synthcraft.agents.profiler import profiler, suggestion_of
from synthcraft.agents.tables import full_schema, full_table, modelled
from synthcraft.graph.contracts import Changes, Proposal
from synthcraft.graph.errors import DataError
from synthcraft.graph.records import Plan, Source, Tier, UseCase
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.changes import apply_changes, check_changes
from synthcraft.tools.report.words import duration, plain, setting
from synthcraft.tools.requested import check_requested

if TYPE_CHECKING:
    from synthcraft.tools.plan_file import EvaluationPlan

TIERS: tuple[Tier, ...] = get_args(Tier)

PURPOSES: dict[UseCase, str] = {
    "sharing": "sharing data with others who will re-run their analysis on the real rows",
    "augmentation": "adding rows for groups or outcomes that are rare",
    "privacy": "strict privacy first, usefulness second",
    "development": "developing and teaching methods, with relationships deliberately absent",
}


async def _settled(state: RunState, plan: Plan, tools: Toolbox, message: str) -> Delta:
    """The plan with its task checked and the flags that follow from it."""
    if plan.target is not None:
        from synthcraft.tools.target import check_target

        frame, schema = full_table(state, tools), full_schema(state, tools)
        task = await asyncio.to_thread(
            check_target, frame, schema, plan.target, plan.task, plan.time_column
        )
        plan = plan.model_copy(update={"task": task})
    flags = await asyncio.to_thread(flags_for, state, plan, tools, purpose_known=True)
    return succeeded(message, plan=plan, flags=flags)


@profiler.handles("intent", "infer_from_prompt")
async def infer_from_prompt(state: RunState, tools: Toolbox) -> Delta:
    """Read what the person said at the start, in words or as options."""
    schema = full_schema(state, tools)
    plan, said = state["plan"], dict(state["request"].named())
    if state.get("prompt"):
        turn = await tools.language.understand(
            state["prompt"], None, Card(columns=schema.names, plan=plan)
        )
        heard = turn.changes().named()
        fresh = {name: value for name, value in heard.items() if name not in said}
        plan = apply_changes(plan, check_changes(Changes(**fresh), schema.names, tools.jobs.home))
        check_requested(plan)
        said |= fresh
    if not said:
        return did_not_work("What you said at the start does not tell me the purpose.")
    told = ", ".join(f"{plain(name)} {setting(value)}" for name, value in said.items())
    known = f" The target is {plan.target}." if plan.target and "target" not in said else ""
    delta = await _settled(state, plan, tools, f"You asked for: {told}.{known}")
    if plan.target is not None:
        return delta
    # What was said is kept, but what this action is for was not found.
    message = f"{delta.message} You did not say which outcome matters."
    return did_not_work(message, plan=delta.plan, flags=delta.flags)


@profiler.handles("intent", "infer_from_data")
async def infer_from_data(state: RunState, tools: Toolbox) -> Delta:
    """Propose a target column with the evidence for it."""
    if state["plan"].target is not None:
        return await _settled(
            state, state["plan"], tools, f"The target is {state['plan'].target}, as you said."
        )
    candidates = suggestion_of(state, tools).outcome_candidates
    columns = modelled(full_schema(state, tools), state["plan"]).names
    for candidate in candidates:
        if candidate.name not in columns:
            continue
        try:
            plan = apply_changes(state["plan"], Changes(target=candidate.name))
            message = f"I take {candidate.name} for the outcome: {candidate.evidence}"
            return await _settled(state, plan, tools, message)
        except DataError:
            continue
    return did_not_work("No column looks like an outcome. Name one if you want to predict it.")


@profiler.handles("intent", "draft_use_case")
async def draft_use_case(state: RunState, tools: Toolbox) -> Delta:
    """Put the purpose into one sentence and set the thresholds that belong to it."""
    plan = state["plan"]
    return await _settled(state, plan, tools, f"Purpose: {PURPOSES[plan.use_case]}.")


@profiler.handles("intent", "propose_fairness")
async def propose_fairness(state: RunState, tools: Toolbox) -> Delta:
    """Name the groups whose results should be looked at separately."""
    plan = state["plan"]
    suggested = suggestion_of(state, tools)
    columns = modelled(full_schema(state, tools), plan).names
    protected = plan.protected or tuple(s.name for s in suggested.protected if s.name in columns)
    sensitive = plan.sensitive or tuple(s.name for s in suggested.sensitive if s.name in columns)
    if not protected:
        return did_not_work("No column looks like a group that needs protection.")
    return succeeded(
        f"Results will be looked at by {setting(protected)}.",
        plan=plan.model_copy(update={"protected": protected, "sensitive": sensitive}),
    )


@profiler.handles("intent", "propose_augmentation")
async def propose_augmentation(state: RunState, tools: Toolbox) -> Delta:
    """Say whether adding synthetic rows could help, without promising it."""
    flags = state["flags"]
    if not flags.imbalanced:
        return succeeded("The classes are not very uneven, so there is nothing to fill up.")
    return succeeded(
        "The outcome is rare. Synthetic rows can be added for it, but they hold no new "
        "information about people; choose the use case augmentation to try."
    )


def _evaluation_line(plan: EvaluationPlan, source: Source) -> str:
    """The evaluation that is agreed to here, before any result: its hash, endpoints and cost."""
    from synthcraft.tools.evaluation_plan import predicted_seconds

    costs = {
        tier: predicted_seconds(source.rows, source.columns, plan.measured, 1, tier)
        for tier in TIERS
    }
    told = ", ".join(f"{tier} {duration(seconds)}" for tier, seconds in costs.items())
    return (
        f"Evaluation plan {plan.digest[:16]}: {plan.tier} tier; the primary endpoints are "
        f"{setting([plain(name) for name in plan.endpoints.values()])}. Processor time of a file "
        f"by tier: {told}. Later changes are amendments that the report shows."
    )


@profiler.proposes("intent")
async def intent_card(state: RunState, tools: Toolbox) -> Delta:
    """The plan in one card: purpose, target, groups, size, thresholds."""
    from synthcraft.tools.evaluation_plan import proposal_rows

    plan, asked = state["plan"], evaluation_plan_of(state)
    schema = modelled(full_schema(state, tools), plan)
    target = f"{plan.target} ({plan.task})" if plan.target else "none: usefulness is not assessed"
    if plan.time_column is not None:
        target += f", time until it: {plan.time_column}"
    lines = (
        f"Purpose: {PURPOSES[plan.use_case]}.",
        f"Target: {target}.",
        f"Groups to look at: {setting(plan.protected)}. Sensitive: {setting(plan.sensitive)}.",
        f"{len(schema.names)} columns are modelled. Before anything is trained, part of the rows "
        "is set aside as holdout, which no generator sees.",
        f"Size: {plan.rows or 'as many rows as are trained on, to five'}. Preset: {plan.preset}. "
        f"Budget: {plan.budget_minutes:g} minutes.",
        _evaluation_line(asked, state["source"]),
        f"Every number about real people that leaves has {asked.min_cell} of them or more behind "
        "it.",
    )
    return Delta(
        proposal=Proposal(
            gate="intent",
            title="Is this what the synthetic data are for?",
            lines=lines,
            table=tuple(proposal_rows(plan)),
            editable=(
                "use_case",
                "target",
                "task",
                "sensitive",
                "protected",
                "rows",
                "budget_minutes",
                "preset",
                "thresholds",
                "tier",
                "min_cell",
            ),
            evaluation_plan=asked.agreement(),
        )
    )
