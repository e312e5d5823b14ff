"""Refinement, the generator specialist's second episode: what to change and why, or to stop."""

from __future__ import annotations

from typing import Any

from synthcraft.agents.base import Toolbox, did_not_work, succeeded
from synthcraft.agents.context import minutes_left
from synthcraft.agents.evaluator import FAMILIES, judge, working
from synthcraft.agents.fitting import recorded
from synthcraft.agents.generator import generator, planned
from synthcraft.agents.searching import choice_made
from synthcraft.agents.tables import seed_for
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import Fix, GeneratorPlan, Verdict
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.generators.budget import fits
from synthcraft.tools.report.words import duration, setting

RANK = {"CRITERIA MET": 0, "REFER": 1, "BLOCKED": 2}


def best(verdicts: list[Verdict]) -> Verdict | None:
    """The verdict to build on: the mildest state, then the fewest reasons, then by name."""
    order = sorted(verdicts, key=lambda v: (RANK[v.state], len(v.reasons), v.candidate))
    return order[0] if order else None


@generator.handles("refinement", "diagnose")
async def diagnose(state: RunState, tools: Toolbox) -> Delta:
    """Say which agreed criteria were missed and by which candidate."""
    top = best(state.get("verdicts", []))
    if top is None:
        return did_not_work("There are no results to look at.")
    if top.state == "CRITERIA MET":
        reason = f"{top.candidate} met every agreed criterion; nothing has to change."
    else:
        named = " ".join(top.reasons[:2]) or "some agreed items were not assessed."
        reason = f"{top.candidate} is nearest to the agreed criteria. Still open: {named}"
    return succeeded(reason, fix=Fix(kind="accept", reason=reason))


def _fits(seconds: float, state: RunState) -> bool:
    return fits(seconds, minutes_left(state))


@generator.handles("refinement", "tune_hparams")
async def tune(state: RunState, tools: Toolbox) -> Delta:
    """The best engine again, trained longer, where it has iterations and time is left."""
    from synthcraft.tools.generators.catalogue import find

    top = best(state.get("verdicts", []))
    engine = _engine_of(state, top)
    if top is None or engine is None:
        return did_not_work("There is no engine to train longer.")
    if top.state == "CRITERIA MET":
        return did_not_work("Nothing has to be tuned: the agreed criteria were met.")
    spec = find(engine.generator)
    bounds = {p.name: p for p in spec.parameters}
    if "n_iter" not in engine.params:
        return did_not_work(f"{spec.title} has no number of iterations to raise.")
    longer = int(min(engine.params["n_iter"] * 3, bounds["n_iter"].high or 10_000))
    params = engine.params | {"n_iter": longer}
    rows, columns = state["split"].train, state["source"].columns
    seconds = spec.seconds(rows, columns, params)
    if not _fits(seconds, state):
        return did_not_work("Longer training does not fit into the time that is left.")
    reason = f"Train {spec.title} for {longer:,} iterations instead of {engine.params['n_iter']:,}."
    tuned = _again(engine, state, params=params, seconds=seconds, reason=reason)
    return succeeded(reason, fix=Fix(kind="tune", reason=reason, generators=(tuned,)))


@generator.handles("refinement", "switch_generator")
async def switch(state: RunState, tools: Toolbox) -> Delta:
    """An engine that was not tried yet."""
    top = best(state.get("verdicts", []))
    if top is not None and top.state == "CRITERIA MET":
        return did_not_work("Another engine is not needed: the agreed criteria were met.")
    choice = choice_made(state, tools.store)
    searched = {run.generator for run in choice.runs} if choice else set()
    tried = tuple(searched | {c.generator for c in state.get("candidates", [])})
    plan = state["plan"].model_copy(update={"excluded": (*state["plan"].excluded, *tried)})
    engines = planned(state, plan, state["split"].train, tools)[:1]
    if not engines:
        return did_not_work("No other engine fits the purpose and the time that is left.")
    fresh = _again(engines[0], state)
    reason = f"Try {fresh.generator} as well: {fresh.reason}"
    return succeeded(reason, fix=Fix(kind="switch", reason=reason, generators=(fresh,)))


@generator.handles("refinement", "rebalance")
async def rebalance(state: RunState, tools: Toolbox) -> Delta:
    """More rows with the rare outcome, for augmentation only: elsewhere it would distort."""
    plan = state["plan"]
    engine = _engine_of(state, best(state.get("verdicts", [])))
    if engine is None or plan.target is None or plan.task != "classification":
        return did_not_work("There is no class to balance.")
    if plan.use_case != "augmentation":
        return did_not_work("Rebalancing would change the prevalence, which sharing must keep.")
    if not _fits(engine.seconds, state):
        return did_not_work("More rows of rare cases do not fit into the time that is left.")
    rare = tools.store.read_frame(state["refs"]["train"].sha256)[plan.target].value_counts()
    level = rare.index[-1].item() if hasattr(rare.index[-1], "item") else rare.index[-1]
    reason = f"Make rows of the rarest class of {plan.target} with {engine.generator}."
    balanced = _again(engine, state, where={plan.target: level}, reason=reason)
    return succeeded(reason, fix=Fix(kind="rebalance", reason=reason, generators=(balanced,)))


@generator.handles("refinement", "re_evaluate")
async def re_evaluate(state: RunState, tools: Toolbox) -> Delta:
    """Judge all records once more, so that the card rests on what is stored."""
    if not working(state):
        return did_not_work("There is nothing to evaluate again.")
    families = tuple(f for f in FAMILIES.values() if f in state["plan"].metrics)
    verdicts = judge(state, families, tools)
    same = verdicts == state.get("verdicts", [])
    told = "The stored results lead to the same verdicts." if same else "The verdicts changed."
    return succeeded(told, verdicts=verdicts)


def _engine_of(state: RunState, verdict: Verdict | None) -> GeneratorPlan | None:
    if verdict is None:
        return None
    candidate = next((c for c in working(state) if c.id == verdict.candidate), None)
    if candidate is None:
        return None
    return recorded(candidate, state)


def _again(engine: GeneratorPlan, state: RunState, **changes: Any) -> GeneratorPlan:
    """The engine under the id and seed of the next round."""
    number_of_round = state.get("round", 0) + 2
    name = f"{engine.generator}-{number_of_round}"
    seed = seed_for(state, "fit", engine.generator, number_of_round)
    return engine.model_copy(update={"id": name, "seed": seed, **changes})


@generator.proposes("refinement")
async def refinement_card(state: RunState, tools: Toolbox) -> Delta:
    """Keep what there is, or one more round with every changed parameter named."""
    fix = state.get("fix")
    top = best(state.get("verdicts", []))
    lines = [f"{v.candidate}: {v.state}." for v in state.get("verdicts", [])]
    if fix is None or fix.kind == "accept":
        title = "Keep these results?"
        lines.insert(0, fix.reason if fix else "Nothing was changed.")
        seconds = None
    else:
        title = "One more round with this change?"
        seconds = state["plan"].replicates * sum(g.seconds for g in fix.generators)
        lines.insert(0, f"{fix.reason} Predicted time: {duration(seconds)}.")
        lines += [
            f"{g.generator}: {', '.join(f'{k} = {setting(v)}' for k, v in g.params.items())}. "
            f"Claim level: {g.claim_level}."
            for g in fix.generators
        ]
    if top is not None:
        lines.append(f"Nearest to the agreed criteria so far: {top.candidate}.")
    return Delta(
        proposal=Proposal(
            gate="refinement",
            title=title,
            lines=tuple(lines),
            editable=("include", "parameters", "preset", "budget_minutes"),
            seconds=seconds,
        )
    )
