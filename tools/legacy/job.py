"""One metric of synthcity on one pair of tables as a job of its own process."""

from __future__ import annotations

from typing import Any

import pandas as pd

from synthcraft.tools.generators.synthcity_backend import plugins
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.legacy.panel import find
from synthcraft.tools.legacy.score import Asked, score
from synthcraft.tools.table_schema import TableSchema


def _warm(params: dict[str, Any]) -> None:
    """Import synthcity before the fork."""
    plugins()
    import synthcity.metrics  # noqa: F401


@job("legacy", warm=_warm)
def legacy_metric(ctx: JobContext) -> dict[str, Any]:
    """Inputs real, synthetic and schema; for an attack also outside.

    Params: metric, target, task, time_column, sensitive. Returns numbers: key -> value.
    """
    params = ctx.params
    tables = {name: pd.read_parquet(path) for name, path in ctx.inputs.items() if name != "schema"}
    asked = Asked(
        schema=TableSchema.model_validate_json(ctx.inputs["schema"].read_text()),
        target=params["target"],
        task=params["task"],
        time_column=params["time_column"],
        sensitive=tuple(params["sensitive"]),
        seed=ctx.seed,
    )
    found = score(
        find(params["metric"]), tables["real"], tables["synthetic"], asked, tables.get("outside")
    )
    return {"numbers": found}
