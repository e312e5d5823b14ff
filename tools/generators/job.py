"""The job behind every generator: encode, fit, sample, decode, repair."""

from __future__ import annotations

import importlib.metadata
import time
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.encoding import keyed_rng
from synthcraft.tools.generators.training import Drawn, load, train
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.labels import write_labelled
from synthcraft.tools.table_schema import TableSchema

_ENGINE = {"synthcity": "synthcity", "cart": "scikit-learn"}
_FIT_SHARE = 0.85


def warm(params: dict[str, Any]) -> None:
    """Import what the generator needs, before the process is forked."""
    spec = find(str(params.get("generator", "")))
    module = load(spec)
    if module and spec.backend == "synthcity":
        module.plugins()


def part_of(table: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """So many rows by chance, in their order; of equal generators the larger holds the smaller."""
    kept = rng.permutation(len(table))[:rows]
    return table.iloc[np.sort(kept)].reset_index(drop=True)


@job("generate", warm=warm)
def generate(ctx: JobContext) -> dict[str, Any]:
    """Train one generator and draw a synthetic table in the form of the real one.

    The draw has the seed of the job too, unless the params name a `sample_seed`. With `train_rows`
    it learns from so many of the rows only, to see early what it can do. Engines of survival need
    `follow_up`: the columns `time` and `event`.
    """
    table = pd.read_parquet(ctx.inputs["train"])
    if some := ctx.params.get("train_rows"):
        table = part_of(table, some, keyed_rng(ctx.seed, "train rows"))
    schema = TableSchema.model_validate_json(ctx.inputs["schema"].read_bytes())
    rows = int(ctx.params.get("rows") or len(table))

    started = time.monotonic()
    trained = train(
        table,
        schema,
        ctx.params["generator"],
        ctx.params.get("params") or {},
        ctx.seed,
        lambda share, words: ctx.progress(_FIT_SHARE * share, words),
        ctx.cache,
        ctx.params.get("follow_up"),
    )
    fit_seconds = time.monotonic() - started
    ctx.progress(_FIT_SHARE, "sampling")
    drawn = trained.draw(
        rows,
        int(ctx.params.get("sample_seed", ctx.seed)),
        ctx.params.get("where"),
        lambda share, words: ctx.progress(_FIT_SHARE + (1 - _FIT_SHARE) * share, words),
    )
    return _written(ctx, drawn) | {
        "engine": _engine(trained.spec.backend),
        "fit_seconds": round(fit_seconds, 2),
        "sample_seconds": round(time.monotonic() - started - fit_seconds, 2),
        **getattr(trained.fitted, "facts", {}),
    }


def _engine(backend: str) -> str:
    """The library of a backend with its version; an engine elsewhere tells its own."""
    name = _ENGINE.get(backend, "")
    return f"{name} {importlib.metadata.version(name)}" if name else ""


def _written(ctx: JobContext, drawn: Drawn) -> dict[str, Any]:
    """The file, and what was done to it."""
    target = ctx.workdir / "synthetic.parquet"
    write_labelled(drawn.frame, target, str(ctx.params["generator"]))
    ctx.outputs["synthetic"] = target
    cells = {name: int(count) for name, count in drawn.report.cells_repaired.items() if count}
    return {
        "rows": len(drawn.frame),
        "repaired_cells": sum(cells.values()),
        "repaired": cells,
        "acceptance": drawn.sample.acceptance,
        "drawn": drawn.sample.drawn,
    }
