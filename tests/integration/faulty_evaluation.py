"""An evaluation in which the privacy metrics break; workers import this file."""

from __future__ import annotations

from typing import Any

import pandas as pd

from synthcraft.tools import job_kinds
from synthcraft.tools.job_kinds import JobContext, job_function

_real = job_function("evaluate")


def evaluate(ctx: JobContext) -> dict[str, Any]:
    """The real work, but for one family."""
    if ctx.params["families"] == ["privacy_metrics"]:
        raise ValueError(f"bad cell {pd.read_parquet(ctx.inputs['synthetic']).head(3)}")
    return _real(ctx)


job_kinds._KINDS["evaluate"] = evaluate
