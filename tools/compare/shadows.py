"""Generators trained on halves of all people, beside files whose own generator is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synthcraft.tools.compare.holdout import Rows
from synthcraft.tools.folds import Ints, people_of
from synthcraft.tools.job_records import JobResult, JobSpec
from synthcraft.tools.metrics.columns import is_compared
from synthcraft.tools.privacy.shadow_engine import first_that_fits, no_time, stand_in
from synthcraft.tools.privacy.shadow_halves import SHADOWS, draw_halves, tables_of
from synthcraft.tools.seeds import child_seed

if TYPE_CHECKING:
    from synthcraft.tools.compare.run import Work
    from synthcraft.tools.compare.tables import SyntheticFile
    from synthcraft.tools.plan_file import EvaluationPlan

_WHY = "the generator of a file from elsewhere is not known"


def are_asked(plan: EvaluationPlan) -> bool:
    """Whether the plan asks for shadow models."""
    return plan.tier == "publication" and "privacy_metrics" in plan.measured


async def trained(
    work: Work, files: Sequence[SyntheticFile]
) -> tuple[dict[str, str], dict[str, str]]:
    """Further inputs and params of the family `shadow`; one training serves all files.

    Each table has as many rows as the file of middle length. What one job may take is the limit
    of all trainings together. Where nothing can be trained the params say why.
    """
    rows = work.tables.rows
    if rows.seen:
        return {}, {}  # nobody is known to be outside, as the metric says itself
    columns = [c.name for c in work.tables.schema.columns if is_compared(c)]
    made = int(np.median([len(f.frame) for f in files if f.frame is not None]))
    half = (len(rows.train) + len(rows.holdout)) // 2
    engine = stand_in(max(half, made), len(columns), SHADOWS, _WHY)
    if first_that_fits([engine], work.timeout_s / 60) is None:
        return {}, {"refits_missing": no_time(engine, work.timeout_s / 60)}
    stored = await asyncio.to_thread(_stored, work, columns)
    params = {"generator": engine.generator, "params": engine.params, "rows": made}
    done = await asyncio.gather(*(_fit(work, params, stored, i) for i in range(SHADOWS)))
    for number, result in enumerate(done):
        if result.status != "ok":
            missing = f"On half {number + 1} {engine.generator} gave no data: {result.message}"
            return {}, {"refits_missing": missing}
    tables = {f"shadow_{i}": r.outputs["synthetic"].sha256 for i, r in enumerate(done)}
    return {"halves": stored["halves"]} | tables, {"refitted": engine.said}


async def _fit(
    work: Work, params: dict[str, Any], stored: dict[str, str], number: int
) -> JobResult:
    spec = JobSpec(
        kind="generate",
        params=params,
        inputs={"train": stored[f"half_{number}"], "schema": stored["schema"]},
        seed=child_seed(work.plan.seeds.evaluation, "shadow", number),
        memory_mb=work.memory_mb,
        timeout_s=work.timeout_s,
    )
    return await work.jobs.run(spec, lambda progress: work.listen("shadow", progress))


def _stored(work: Work, columns: list[str]) -> dict[str, str]:
    """SHA-256 of who is in which half, the rows of each, and the schema of what is compared."""
    rows, put = work.tables.rows, work.store.put_frame
    rng = np.random.default_rng(child_seed(work.plan.seeds.evaluation, "halves"))
    halves = draw_halves(_people(rows, work.plan.unit), SHADOWS, rng)
    frames = {"halves": halves.frame}
    parts = tables_of(rows.train[columns], rows.holdout[columns], halves)
    frames |= {f"half_{i}": table for i, table in enumerate(parts)}
    schema = work.tables.schema.only(tuple(columns)).model_dump(mode="json")
    hashes = {name: put(frame, "table", "evaluate").sha256 for name, frame in frames.items()}
    return hashes | {"schema": work.store.put_json(schema, "schema", "evaluate").sha256}


def _people(rows: Rows, unit: str | None) -> Ints:
    """A number for the person of each row of T, then H."""
    if unit is None or unit not in rows.train or unit not in rows.holdout:
        return np.arange(len(rows.train) + len(rows.holdout))
    return people_of(pd.concat([rows.train[unit], rows.holdout[unit]], ignore_index=True))
