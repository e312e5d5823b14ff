"""The job behind every generator: encode, fit, sample, decode, repair."""

from __future__ import annotations

import importlib
import importlib.metadata
import time
from typing import Any

import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import GeneratorSpec, backend_of
from synthcraft.tools.generators.catalogue import find, validate_params
from synthcraft.tools.generators.encoding import encode
from synthcraft.tools.generators.sampling import Sample, draw
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.table_schema import TableSchema

BACKENDS = {
    "synthcity": "synthcraft.tools.generators.synthcity_backend",
    "cart": "synthcraft.tools.generators.cart",
}
_ENGINE = {"synthcity": "synthcity", "cart": "scikit-learn"}
_FIT_SHARE = 0.85


def warm(params: dict[str, Any]) -> None:
    """Import what the generator needs, before the process is forked."""
    spec = find(str(params.get("generator", "")))
    module = importlib.import_module(BACKENDS[spec.backend])
    if spec.backend == "synthcity":
        module.plugins()


def complete(spec: GeneratorSpec, params: dict[str, Any]) -> dict[str, Any]:
    """Every parameter: what was given over the standard preset."""
    return spec.presets["standard"] | validate_params(spec, params)


@job("generate", warm=warm)
def generate(ctx: JobContext) -> dict[str, Any]:
    """Train one generator and draw a synthetic table in the form of the real one."""
    spec = find(ctx.params["generator"])
    if not spec.available:
        raise JobError(f"{spec.title} is not available here: {spec.reason}", code="E_UNAVAILABLE")
    train = pd.read_parquet(ctx.inputs["train"])
    schema = TableSchema.model_validate_json(ctx.inputs["schema"].read_bytes())
    rows = int(ctx.params.get("rows") or len(train))

    started = time.monotonic()
    ctx.progress(0.0, "encoding")
    table = encode(train, schema, ctx.seed)
    if table.frame.empty:
        raise JobError("Every column is constant: there is nothing to learn.", code="E_NOTHING")
    importlib.import_module(BACKENDS[spec.backend])
    fitted = backend_of(spec)(spec).fit(
        table,
        complete(spec, ctx.params.get("params") or {}),
        ctx.seed,
        lambda share, words: ctx.progress(_FIT_SHARE * share, words),
    )
    fit_seconds = time.monotonic() - started
    ctx.progress(_FIT_SHARE, "sampling")
    sample = draw(
        fitted,
        table,
        rows,
        ctx.params.get("where") or {},
        ctx.seed,
        lambda share, words: ctx.progress(_FIT_SHARE + (1 - _FIT_SHARE) * share, words),
    )
    info = _finish(ctx, sample, schema, rows)
    engine = _ENGINE[spec.backend]
    return info | {
        "engine": f"{engine} {importlib.metadata.version(engine)}",
        "fit_seconds": round(fit_seconds, 2),
        "sample_seconds": round(time.monotonic() - started - fit_seconds, 2),
    }


def _finish(ctx: JobContext, sample: Sample, schema: TableSchema, rows: int) -> dict[str, Any]:
    """Repair, check the count, write."""
    from synthcraft.tools.repair import repair

    frame, report = repair(sample.frame, schema)
    if len(frame) != rows or tuple(frame.columns) != schema.names:
        raise JobError("The repaired table has another shape than was asked for.")
    target = ctx.workdir / "synthetic.parquet"
    frame.to_parquet(target, index=False, engine="pyarrow", compression="zstd")
    ctx.outputs["synthetic"] = target
    cells = {name: int(count) for name, count in report.cells_repaired.items() if count}
    return {
        "rows": len(frame),
        "repaired_cells": sum(cells.values()),
        "repaired": cells,
        "acceptance": sample.acceptance,
        "drawn": sample.drawn,
    }
