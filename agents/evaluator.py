"""The evaluator: runs the agreed metric families on every candidate and says what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthcraft.agents.base import Handler, Toolbox, did_not_work, succeeded
from synthcraft.agents.crossfit import Refits, refits
from synthcraft.agents.registry import specialist
from synthcraft.agents.replicates import doubts as fits_missing
from synthcraft.agents.replicates import places, ref_of, refs_of, tables
from synthcraft.agents.shadows import shadows
from synthcraft.agents.tables import PARTS, rows_to_make, seed_for
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import ArtifactRef, Candidate, FurtherFit, Verdict
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.job_places import all_ended
from synthcraft.tools.job_records import JobResult
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.report.words import plain, setting, timestamp

if TYPE_CHECKING:
    from synthcraft.tools.amendments import Amendment
    from synthcraft.tools.metrics.base import Result
    from synthcraft.tools.plan_file import EvaluationPlan

evaluator = specialist("evaluator")

FAMILIES = {
    "pick_fidelity": "fidelity",
    "pick_utility": "utility",
    "pick_privacy": "privacy_metrics",
    "pick_subgroup": "subgroup",
    "pick_plots": "plots",
    "pick_detectability": "detectability",
}
"""Action of the router -> family of metrics."""

_FITTED_ANEW = {"utility": ("crossfit", refits), "privacy_metrics": ("shadow", shadows)}
"""Family -> the one that comes with it, and what fits the generators for that."""

SHOWN = 6
"""Reasons and gaps on a card; the rest is in the report."""


def working(state: RunState) -> list[Candidate]:
    """Candidates that can be evaluated."""
    return [c for c in state.get("candidates", []) if c.status == "ok"]


async def _evaluate(
    candidate: Candidate, family: str, state: RunState, tools: Toolbox, refit: Refits | None = None
) -> JobResult:
    params, inputs = _asked(candidate, family, candidate.sha256, state)
    if refit is not None:
        inputs |= refit.inputs
        params |= {"refits_missing": refit.missing, "refitted": refit.said}
    if family == "utility":
        inputs |= tables(candidate)
    subject = f"{candidate.id} · {plain(family)}"
    return await tools.run_job("evaluate", params, inputs, seed_for(state, "evaluate"), subject)


async def _evaluate_fit(
    candidate: Candidate, fit: FurtherFit, family: str, state: RunState, tools: Toolbox
) -> JobResult:
    """What is measured on every fit, with seeds of its own."""
    from synthcraft.tools.metrics.over_fits import metrics_on_every_fit

    params, inputs = _asked(candidate, family, fit.sha256, state)
    params |= {"replicate": fit.number, "only": list(metrics_on_every_fit(family))}
    place = places(candidate.seed, state["plan"].replicates)[fit.number - 1]
    seed = place.attack_seed if family == "privacy_metrics" else place.downstream_seed
    subject = f"{candidate.id} · {plain(family)} · fit {fit.number + 1}"
    return await tools.run_job("evaluate", params, inputs, seed, subject)


def _asked(
    candidate: Candidate, family: str, table: str, state: RunState
) -> tuple[dict[str, Any], dict[str, str]]:
    """Params and inputs of the evaluation of one table."""
    plan = state["plan"]
    refs = state["refs"]
    params: dict[str, Any] = {
        "candidate": candidate.id,
        "generator": candidate.generator,
        "generator_params": candidate.params,
        "families": [family],
        "tier": plan.tier,
        "target": plan.target,
        "task": plan.task,
        "time_column": plan.time_column,
        "risk_threshold": plan.risk_threshold,
        "bands": {name: list(limits) for name, limits in plan.bands.items()},
        "canaries": list(plan.canaries),
        "protected": list(plan.protected),
        "sensitive": list(plan.sensitive),
        "quasi_identifiers": list(plan.quasi_identifiers),
        "use_case": plan.use_case,
        "thresholds": plan.thresholds,
        "rows": rows_to_make(plan, state["split"]),
    }
    if plan.min_cell:  # named only where it was raised: jobs from before keep their keys
        params["min_cell"] = plan.min_cell
    inputs = {part: refs[part].sha256 for part in PARTS}
    return params, inputs | {"synthetic": table, "schema": refs["model_schema"].sha256}


def _other_fits(candidates: list[Candidate], family: str) -> list[tuple[Candidate, FurtherFit]]:
    """The other fits that a family is measured on, too."""
    from synthcraft.tools.metrics.over_fits import ON_EVERY_FIT

    return [(c, fit) for c in candidates for fit in c.further if family in ON_EVERY_FIT]


def _over_fits(
    fits: list[tuple[Candidate, FurtherFit]], family: str, done: list[JobResult]
) -> tuple[dict[str, ArtifactRef], list[str]]:
    """Results of the other fits of all candidates, and what could not be measured on them."""
    refs: dict[str, ArtifactRef] = {}
    failed = []
    for (candidate, fit), result in zip(fits, done, strict=True):
        if result.status == "ok":
            refs[ref_of(candidate, fit, family)] = result.outputs["results"]
        else:
            failed.append(f"{candidate.id}, fit {fit.number + 1}: {result.message}")
    return refs, failed


def _picks(family: str) -> Handler:
    async def run(state: RunState, tools: Toolbox) -> Delta:
        candidates = working(state)
        if not candidates:
            return did_not_work("There is no synthetic data to evaluate.")
        parts: list[tuple[Candidate, str, Refits | None]] = [(c, family, None) for c in candidates]
        again: dict[str, Refits] = {}
        if family in _FITTED_ANEW:
            beside, fit_anew = _FITTED_ANEW[family]
            again = await fit_anew(candidates, state, tools)
            parts += [(c, beside, again[c.id]) for c in candidates if c.id in again]
        fits = _other_fits(candidates, family)
        jobs = [_evaluate(c, f, state, tools, r) for c, f, r in parts]
        done = await all_ended(
            [*jobs, *(_evaluate_fit(c, fit, family, state, tools) for c, fit in fits)]
        )
        refs, failed = _over_fits(fits, family, done[len(parts) :])
        for (candidate, part, _), result in zip(parts, done[: len(parts)], strict=True):
            if result.status != "ok":
                failed.append(f"{candidate.id}: {result.message}")
                continue
            for name, ref in result.outputs.items():
                refs[f"{name}/{candidate.id}/{part}"] = ref
        plan = state["plan"]
        families = tuple(dict.fromkeys((*plan.metrics, family)))
        now: RunState = {**state, "refs": {**state["refs"], **refs}}
        changes: dict[str, Any] = {
            "refs": refs,
            "plan": plan.model_copy(update={"metrics": families}),
            "verdicts": judge(now, families, tools),
        }
        if spent := sum(r.seconds for r in again.values()) / 60:
            changes["minutes_used"] = state.get("minutes_used", 0.0) + spent
        name = plain(family)
        if failed:
            return did_not_work(f"{name}: {'; '.join(failed)}", **changes)
        return succeeded(f"Measured {name} of {setting([c.id for c in candidates])}.", **changes)

    return run


for _action, _family in FAMILIES.items():
    evaluator.handles("evaluation", _action)(_picks(_family))


def evaluation_plan_of(state: RunState) -> EvaluationPlan:
    """What the files are measured by, as far as it has been agreed."""
    from synthcraft.tools.plan_of_run import evaluation_plan

    return evaluation_plan(state["plan"], seed_for(state, "split"), seed_for(state, "evaluate"))


def results_of(state: RunState, candidate: str, tools: Toolbox) -> list[Result]:
    """Every result of one candidate's file, with what looking at many at once does to them."""
    from synthcraft.tools.metrics.adjust import adjusted

    return adjusted(_own(state, candidate, tools), evaluation_plan_of(state).endpoints)


def _own(state: RunState, candidate: str, tools: Toolbox) -> list[Result]:
    start = f"results/{candidate}/"
    return _read([ref for name, ref in state["refs"].items() if name.startswith(start)], tools)


def _read(refs: list[ArtifactRef], tools: Toolbox) -> list[Result]:
    from synthcraft.tools.metrics.base import Result

    found = (tools.store.read_json(ref.sha256) for ref in refs)
    return [Result.model_validate(record) for records in found for record in records]


def replicate_results(state: RunState, candidate: Candidate, tools: Toolbox) -> list[Result]:
    """Every result of the other fits of one candidate."""
    return _read(refs_of(candidate, state["refs"]), tools)


def _judged(state: RunState, candidate: Candidate, tools: Toolbox) -> list[Result]:
    """What the decision aid reads: the results of the file, taken over all fits."""
    from synthcraft.tools.evaluation_plan import thresholds_from
    from synthcraft.tools.metrics.adjust import adjusted
    from synthcraft.tools.metrics.over_fits import over_fits

    plan = state["plan"]
    rows = over_fits(
        _own(state, candidate.id, tools),
        replicate_results(state, candidate, tools),
        thresholds_from(plan.use_case, plan.thresholds),
    )
    return adjusted(rows, evaluation_plan_of(state).endpoints)


def amendments_of(state: RunState, tools: Toolbox) -> tuple[Amendment, ...]:
    """Changes of the evaluation plan in knowledge of results."""
    from synthcraft.tools.plan_of_run import amendments

    lineage = tools.audit.lineage(state.get("audit_head", ""))
    return amendments(lineage, tools.audit.all(), evaluation_plan_of(state))


def judge(state: RunState, families: tuple[str, ...], tools: Toolbox) -> list[Verdict]:
    """What the records mean for the agreed use, one verdict a candidate."""
    from synthcraft.tools.amendments import concerns
    from synthcraft.tools.decision import decide
    from synthcraft.tools.metrics.over_fits import ON_EVERY_FIT

    plan = evaluation_plan_of(state)
    doubts = concerns(amendments_of(state, tools))
    return [
        decide(
            _judged(state, c, tools),
            plan.use_case,
            candidate=c.id,
            families=families,
            tier=plan.tier,
            primary=plan.endpoints.values(),
            concerns=(*doubts, *fits_missing(c, state["refs"], ON_EVERY_FIT)),
        )
        for c in working(state)
    ]


def not_assessed_lines(verdicts: list[Verdict]) -> list[str]:
    """What was not assessed for any candidate: each once, cut with a count."""
    items = list(dict.fromkeys(item for v in verdicts for item in v.not_assessed))
    lines = [f"Not assessed: {item}" for item in items[:SHOWN]]
    if len(items) > SHOWN:
        lines.append(f"Not assessed: {len(items) - SHOWN} more, all named in the report.")
    return lines


def _agreement(state: RunState, plan: EvaluationPlan, tools: Toolbox) -> str:
    """Under which plan was measured, and who agreed to it before."""
    from synthcraft.tools.plan_of_run import agreed

    found = agreed(tools.audit.lineage(state.get("audit_head", "")))
    named = f"Evaluation plan {plan.digest[:16]}, {plan.tier} tier"
    if found.get("digest") != plan.digest:
        return f"{named}: not agreed before; this card asks for it."
    return f"{named}: agreed by {found['actor']} on {timestamp(found['at'])}."


@evaluator.proposes("evaluation")
async def evaluation_card(state: RunState, tools: Toolbox) -> Delta:
    """The verdict and headline numbers of every candidate, and what was not assessed."""
    verdicts = state.get("verdicts", [])
    plan = evaluation_plan_of(state)
    lines: list[str] = [_agreement(state, plan, tools)]
    lines += [a.sentence() for a in amendments_of(state, tools)]
    for verdict in verdicts:
        lines.append(f"{verdict.candidate}: {verdict.state}.")
        lines += [f"{verdict.candidate}: {reason}" for reason in verdict.reasons[:SHOWN]]
    lines += not_assessed_lines(verdicts)
    table = tuple(
        {"candidate": v.candidate, "decision aid": v.state}
        | {t: f"{v.headline[m]:.3f}" for m, t in headline_titles().items() if m in v.headline}
        for v in verdicts
    )
    return Delta(
        proposal=Proposal(
            gate="evaluation",
            title="Is this evaluation enough to decide?",
            lines=tuple(lines) if verdicts else (lines[0], "Nothing has been measured yet."),
            table=table,
            editable=("thresholds", "protected", "tier", "min_cell"),
            evaluation_plan=plan.agreement(),
        )
    )
