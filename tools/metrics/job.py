"""The evaluation of one synthetic file as a job of its own process."""

from __future__ import annotations

import json
import time
from typing import Any

import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.disclosure.rounding import least_of
from synthcraft.tools.evaluation_plan import thresholds_from
from synthcraft.tools.folds import FOLD
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.crossfit import Fold
from synthcraft.tools.metrics.marginals import marginals
from synthcraft.tools.metrics.plot_data import plot_data
from synthcraft.tools.metrics.registry import metrics_of
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.privacy.dp_record import claimed
from synthcraft.tools.privacy.shadow_halves import Halves, Shadows
from synthcraft.tools.survey_columns import SurveyColumns
from synthcraft.tools.table_schema import TableSchema

_TABLES = ("train", "validation", "holdout", "synthetic")


def warm(params: dict[str, Any]) -> None:
    """Import every metric before the fork: each job of one family would spend seconds on it."""
    metrics_of(())


@job("evaluate", warm=warm)
def evaluate_file(ctx: JobContext) -> dict[str, Any]:
    """Inputs train, validation, holdout, synthetic (Parquet) and schema (JSON).

    For cross-fitting also folds, the whole table with its folds, and fold_0, fold_1, ..., what the
    generator made of the table without each. For shadow models also halves, who was in which half
    of the people, and shadow_0, shadow_1, ..., what was made of each. For what combines several
    fits of one generator also replicate_1, replicate_2, ..., the tables of the others.

    Params: candidate, replicate (which fit this is), only (metric ids; default: all of the
    families), use_case, families, tier, target, task, protected, sensitive, quasi_identifiers,
    time_column, canaries, risk_threshold, bands, survey, thresholds, bootstrap, rows, holdout_seen.
    Where a generator was fitted anew: refitted (which, in a sentence) or refits_missing (why not).
    Outputs: results; marginals when "plots" is among the families; plot_data when a metric has
    a figure of its own.
    """
    params = ctx.params
    context = context_of(ctx)
    families = tuple(params.get("families", ("fidelity", "privacy_metrics")))
    thresholds = thresholds_from(params.get("use_case", "sharing"), params.get("thresholds") or {})
    results, seconds = evaluate(
        context,
        families,
        thresholds,
        tier=params.get("tier", "standard"),
        candidate=str(params.get("candidate", "")),
        replicate=int(params.get("replicate", 0)),
        only=frozenset(params.get("only", ())),
        progress=ctx.progress,
    )
    path = ctx.workdir / "results.json"
    path.write_text(json.dumps([r.model_dump(mode="json") for r in results], allow_nan=False))
    ctx.outputs["results"] = path
    if "plots" in families:
        began = time.monotonic()
        path = ctx.workdir / "marginals.json"
        path.write_text(json.dumps(marginals(context), allow_nan=False))
        ctx.outputs["marginals"] = path
        seconds["plots"] = round(time.monotonic() - began, 3)
    if drawn := plot_data(context, results):
        path = ctx.workdir / "plot_data.json"
        path.write_text(json.dumps(drawn, allow_nan=False))
        ctx.outputs["plot_data"] = path
    headline = {r.metric_id: r.value for r in results if r.column is None and r.value is not None}
    return {"headline": headline, "seconds": seconds}


def _folds(ctx: JobContext) -> tuple[Fold, ...]:
    if "folds" not in ctx.inputs:
        return ()
    table = pd.read_parquet(ctx.inputs["folds"])
    fold, table = table[FOLD], table.drop(columns=FOLD)
    return tuple(
        Fold(
            table[fold != k].reset_index(drop=True),
            table[fold == k].reset_index(drop=True),
            pd.read_parquet(ctx.inputs[f"fold_{k}"]),
        )
        for k in range(int(fold.max()) + 1)
    )


def _shadows(ctx: JobContext) -> Shadows | None:
    if "halves" not in ctx.inputs:
        return None
    halves = Halves.of(pd.read_parquet(ctx.inputs["halves"]))
    tables = (pd.read_parquet(ctx.inputs[f"shadow_{i}"]) for i in range(len(halves.inside)))
    return Shadows(halves, tuple(tables), str(ctx.params.get("refitted", "")))


def _replicates(ctx: JobContext) -> tuple[pd.DataFrame, ...]:
    """Tables of the other fits in their order; a fit that failed leaves a gap in the numbers."""
    start = "replicate_"
    numbers = sorted(int(n.removeprefix(start)) for n in ctx.inputs if n.startswith(start))
    return tuple(pd.read_parquet(ctx.inputs[f"{start}{number}"]) for number in numbers)


def context_of(ctx: JobContext) -> EvalContext:
    """The tables and the question of a job."""
    params = ctx.params
    missing = [name for name in (*_TABLES, "schema") if name not in ctx.inputs]
    if missing:
        raise JobError(f"The evaluation lacks its inputs: {', '.join(missing)}.", code="E_INPUTS")
    tables = {name: pd.read_parquet(ctx.inputs[name]) for name in _TABLES}
    if tables["train"].empty or tables["holdout"].empty:
        raise JobError("The evaluation needs training and holdout rows.", code="E_NO_ROWS")
    seeds, rows = params.get("seeds") or {}, len(tables["train"])
    return EvalContext(
        train=tables["train"],
        validation=tables["validation"],
        holdout=tables["holdout"],
        synthetic=tables["synthetic"],
        schema=TableSchema.model_validate_json(ctx.inputs["schema"].read_text()),
        target=params.get("target"),
        task=params.get("task", "none"),
        protected=tuple(params.get("protected", ())),
        sensitive=tuple(params.get("sensitive", ())),
        quasi_identifiers=tuple(params.get("quasi_identifiers", ())),
        time_column=params.get("time_column"),
        risk_threshold=params.get("risk_threshold"),
        bands={name: tuple(cuts) for name, cuts in (params.get("bands") or {}).items()},
        least=least_of(params),
        survey=SurveyColumns.model_validate(params.get("survey") or {}),
        claim=claimed(str(params.get("generator")), params.get("generator_params") or {}, rows),
        canaries=tuple(params.get("canaries", ())),
        seed=int(seeds.get("evaluation", ctx.seed) if isinstance(seeds, dict) else ctx.seed),
        bootstrap=int(params.get("bootstrap", 1000)),
        replicates=_replicates(ctx),
        folds=_folds(ctx),
        folds_missing=params.get("refits_missing") or EvalContext.folds_missing,
        shadows=_shadows(ctx),
        shadows_missing=params.get("refits_missing") or EvalContext.shadows_missing,
        expected_rows=params.get("rows"),
        holdout_seen=str(params.get("holdout_seen", "")),
    )
