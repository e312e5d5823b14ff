"""The legacy panel of an evaluation: one job for each metric of synthcity and pair of tables."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from synthcraft.tools.compare.run import Work
from synthcraft.tools.compare.tables import SyntheticFile, Tables
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.legacy.pairs import Pair, Place, Trio, not_run, pairs
from synthcraft.tools.legacy.panel import PANELS, LegacyMetric, metrics
from synthcraft.tools.legacy.rows import LegacyRow, Outcome, measured, skipped
from synthcraft.tools.metrics.base import Result

Inputs = dict[Place, dict[str, str]]
_SLACK = 4
"""A metric is stopped after so many times what was allowed: predictions are no better than that."""
_START_S = 60.0


async def legacy_panel(
    work: Work, results: Mapping[str, Sequence[Result]], limit_s: float
) -> dict[str, list[LegacyRow]]:
    """Rows by file id, for every number that synthcity is expected to give.

    Args:
        work: the tables and where jobs run.
        results: our own by file id, to stand beside.
        limit_s: predicted seconds over which a metric is not run.
    """
    files = [file for file in work.tables.files if file.frame is not None]
    parts = await asyncio.gather(*(_file(work, f, results.get(f.id, ()), limit_s) for f in files))
    return {file.id: rows for file, rows in zip(files, parts, strict=True)}


def legacy_expectation(tables: Tables, limit_s: float) -> str:
    """What the panel will take, and what it leaves out for its time."""
    apart, kept, seconds = [], 0, 0.0
    rows = len(tables.rows.train)
    files = sum(file.frame is not None for file in tables.files)
    for metric in (m for panel in PANELS for m in metrics(panel, tables.task)):
        took = metric.seconds(rows)
        if took > limit_s:
            apart.append(f"{metric.name} (about {took:.0f} s a comparison)")
            continue
        kept += 1
        seconds += took + 2 * metric.seconds(min(rows, len(tables.rows.holdout)))
    left = f"; not run: {', '.join(apart)}" if apart else ""
    return (
        f"Legacy panel: {kept} metrics of synthcity, about {files * seconds:.0f} seconds of "
        f"processor time{left}."
    )


async def _file(
    work: Work, file: SyntheticFile, ours: Sequence[Result], limit_s: float
) -> list[LegacyRow]:
    rows, roles = work.tables.rows, work.plan.roles
    assert file.frame is not None
    trio = Trio(
        rows.train,
        rows.holdout,
        file.frame,
        sensitive=roles.sensitive or ((roles.target,) if roles.target else ()),
        seen=bool(rows.seen),
        seed=work.plan.seeds.evaluation,
    )
    inputs = {
        attack: await asyncio.to_thread(_inputs, work, trio, pairs(trio, attack=attack))
        for attack in (False, True)
    }
    asked = [metric for panel in PANELS for metric in metrics(panel, work.tables.task)]
    parts = await asyncio.gather(
        *(_metric(work, m, trio, inputs[m.attack], ours, limit_s) for m in asked)
    )
    return [row for part in parts for row in part]


def _inputs(work: Work, trio: Trio, found: Mapping[Place, Pair]) -> Inputs:
    put = work.store.put_frame
    schema = work.tables.schema.model_dump(mode="json")
    common = {
        "real": put(trio.real, "table", "legacy").sha256,
        "schema": work.store.put_json(schema, "schema", "legacy").sha256,
    }
    inputs: Inputs = {}
    for place, pair in found.items():
        frames = {"synthetic": pair.synthetic, "outside": pair.outside}
        inputs[place] = common | {
            name: put(frame, "table", "legacy").sha256
            for name, frame in frames.items()
            if frame is not None
        }
    return inputs


async def _metric(
    work: Work,
    metric: LegacyMetric,
    trio: Trio,
    inputs: Inputs,
    ours: Sequence[Result],
    limit_s: float,
) -> list[LegacyRow]:
    if why := not_run(metric, trio, limit_s):
        return skipped(metric, trio, why, ours)
    done = await asyncio.gather(
        *(_job(work, metric, trio, one, limit_s) for one in inputs.values())
    )
    return measured(metric, trio, dict(zip(inputs, done, strict=True)), ours)


async def _job(
    work: Work, metric: LegacyMetric, trio: Trio, inputs: dict[str, str], limit_s: float
) -> Outcome:
    params: dict[str, Any] = {
        "metric": metric.name,
        "target": work.plan.roles.target,
        "task": work.tables.task,
        "time_column": work.plan.roles.time,
        "sensitive": list(trio.sensitive),
    }
    spec = JobSpec(
        kind="legacy",
        params=params,
        inputs=inputs,
        seed=trio.seed,
        memory_mb=work.memory_mb,
        timeout_s=min(work.timeout_s, _SLACK * limit_s + _START_S),
    )
    done = await work.jobs.run(spec, lambda progress: work.listen("legacy", progress))
    if done.status != "ok":
        return Outcome(code=done.code or "E_JOB", message=done.message)
    return Outcome(done.info["numbers"])
