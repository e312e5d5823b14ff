"""One of the paper's analyses as a job of its own process."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from synthcraft.graph.errors import InputError, JobError
from synthcraft.tools.disclosure.rounding import least_of
from synthcraft.tools.generators import job as generation
from synthcraft.tools.generators.training import train
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import is_compared
from synthcraft.tools.procedures.record import Drawn
from synthcraft.tools.procedures.registry import Answer, Procedure, Question, find, procedures
from synthcraft.tools.seeds import child_seed
from synthcraft.tools.table_schema import TableSchema


def _warm(params: dict[str, Any]) -> None:
    """Import the analyses and every generator that will be fitted."""
    procedures()
    for name in params["generators"]:
        generation.warm({"generator": name})


@job("analyse", warm=_warm)
def analyse_rows(ctx: JobContext) -> dict[str, Any]:
    """Inputs train, holdout, schema, and `synthetic/NAME/i` (Parquet) for the files of `sets`.

    Params: procedure, mode, sets (name -> how many files), generators, fits, target, task,
    time_column, protected, sensitive, quasi_identifiers, holdout_seen, bands, min_cell, patient,
    bootstrap;
    params (generator -> its parameters), where they are not those of the standard preset.
    Outputs: answer, with every table and number, and every figure as SVG with its rows.
    """
    params = ctx.params
    asked = find(params["procedure"])
    try:
        answer = asked.run(_question(ctx, asked))
    except InputError as error:
        raise JobError(error.message, error.hint, code=error.code) from error
    path = ctx.workdir / "answer.json"
    path.write_text(json.dumps(_plain(answer)))
    ctx.outputs["answer"] = path
    return {}


def _question(ctx: JobContext, asked: Procedure) -> Question:
    params = ctx.params
    sets = {
        name: tuple(pd.read_parquet(ctx.inputs[f"synthetic/{name}/{i}"]) for i in range(count))
        for name, count in params["sets"].items()
    }
    real = pd.read_parquet(ctx.inputs["train"])
    held = pd.read_parquet(ctx.inputs["holdout"])
    context = EvalContext(
        train=real,
        validation=real.iloc[:0],
        holdout=held,
        synthetic=real,
        schema=TableSchema.model_validate_json(ctx.inputs["schema"].read_text()),
        target=params["target"],
        task=params["task"],
        protected=tuple(params["protected"]),
        sensitive=tuple(params["sensitive"]),
        quasi_identifiers=tuple(params["quasi_identifiers"]),
        holdout_seen=params["holdout_seen"],
        time_column=params["time_column"],
        bands={name: tuple(cuts) for name, cuts in params["bands"].items()},
        least=least_of(params),
        seed=ctx.seed,
        bootstrap=params["bootstrap"],
    )
    if "generators" not in asked.needs:
        sets |= _made(ctx, context)
    return Question(
        context,
        sets,
        params["mode"],
        tuple(params["generators"]),
        params.get("params", {}),
        params["patient"],
        ctx.progress,
    )


def _made(ctx: JobContext, context: EvalContext) -> dict[str, tuple[pd.DataFrame, ...]]:
    """Tables of the named generators; the paper's way, they learn from all real rows."""
    rows = context.train
    if ctx.params["mode"] == "paper":
        rows = pd.concat([rows, context.holdout], ignore_index=True)
    # persons' numbers and free text are never compared, and no generator takes them
    taken = tuple(c.name for c in context.schema.columns if is_compared(c))
    schema = context.schema.only(taken)
    given = ctx.params.get("params", {})
    made = {}
    for name in ctx.params["generators"]:
        ctx.progress(0.0, f"fitting {name}")
        seeds = [child_seed(ctx.seed, "fit", name, i) for i in range(ctx.params["fits"])]
        made[name] = tuple(
            train(rows[list(taken)], schema, name, given.get(name, {}), seed)
            .draw(len(rows), seed)
            .frame
            for seed in seeds
        )
    return made


def _plain(answer: Answer) -> dict[str, Any]:
    return {
        "tables": [table.model_dump(mode="json") for table in answer.tables],
        # as fields, and not as a dump: that leaves out the drawing and its rows
        "figures": [dict(Drawn.of(picture)) for picture in answer.pictures],
        "facts": [fact.model_dump(mode="json") for fact in answer.facts],
    }
