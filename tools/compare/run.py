"""Every family of a plan on every file: jobs in child processes, cached by key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.compare.shadows import are_asked, trained
from synthcraft.tools.compare.tables import SyntheticFile, Tables
from synthcraft.tools.evaluation_plan import FAMILIES, PUBLICATION
from synthcraft.tools.job_records import JobProgress, JobResult, JobSpec
from synthcraft.tools.jobs import JobRunner
from synthcraft.tools.metrics.adjust import adjusted
from synthcraft.tools.metrics.base import Result
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.report.plot_data import PlotData, joined

Listener = Callable[[str, JobProgress], None]
"""Hears (family, how far its job is)."""


@dataclass(frozen=True)
class Work:
    """What the jobs of one evaluation have in common."""

    tables: Tables
    plan: EvaluationPlan
    store: ArtifactStore
    jobs: JobRunner
    memory_mb: int
    timeout_s: float
    listen: Listener
    further: Mapping[str, Any] = field(default_factory=dict)
    """Params that one family has beyond those of all."""


@dataclass
class Measured:
    """What came back by file id: results, and what the figures need beyond them."""

    results: dict[str, list[Result]] = field(default_factory=dict)
    marginals: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    plot_data: dict[str, PlotData] = field(default_factory=dict)


async def measure(work: Work) -> Measured:
    """Run all families side by side; a job that dies leaves an error row for each of its files."""
    files = [f for f in work.tables.files if f.frame is not None]
    if not files:
        return Measured()
    inputs = await asyncio.to_thread(_inputs, work, files)
    families = dict.fromkeys(work.plan.measured)
    if not {"sanity", "fidelity"} & set(families):
        families["sanity"] = None  # never left out: without it nothing else means anything
    found = Measured({f.id: [] for f in files})
    waiting = [_family(work, f, files, inputs) for f in families]
    if are_asked(work.plan):
        waiting.append(_shadow_models(work, files, inputs))
    parts = await asyncio.gather(*waiting)
    for part in parts:
        for row in part.results:
            found.results[row.candidate].append(row)
        found.marginals |= part.marginals
    found.plot_data = {f.id: joined(p.plot_data.get(f.id, {}) for p in parts) for f in files}
    endpoints = work.plan.endpoints
    found.results = {n: adjusted(rows, endpoints) for n, rows in found.results.items()}
    return found


def _inputs(work: Work, files: Sequence[SyntheticFile]) -> dict[str, str]:
    rows, put = work.tables.rows, work.store.put_frame
    frames = {"train": rows.train, "validation": rows.train.iloc[:0], "holdout": rows.holdout}
    frames |= {f"synthetic/{f.id}": f.frame for f in files if f.frame is not None}
    schema = work.tables.schema.model_dump(mode="json")
    hashes = {name: put(frame, "table", "evaluate").sha256 for name, frame in frames.items()}
    return hashes | {"schema": work.store.put_json(schema, "schema", "evaluate").sha256}


@dataclass
class Part:
    """What one family left, by file id where it is not a list."""

    results: list[Result] = field(default_factory=list)
    marginals: dict[str, Any] = field(default_factory=dict)
    plot_data: dict[str, Any] = field(default_factory=dict)


async def _family(
    work: Work, family: str, files: Sequence[SyntheticFile], inputs: dict[str, str]
) -> Part:
    """One job for all files; if it dies, one a file, so that one cannot spoil the others."""
    done = await _job(work, family, files, inputs)
    if done.status == "ok":
        left = {name: work.store.read_json(ref.sha256) for name, ref in done.outputs.items()}
        return Part(
            [Result.model_validate(record) for record in left["results"]],
            left.get("marginals", {}),
            left.get("plot_data", {}),
        )
    if len(files) == 1:
        return Part([_lost(family, files[0].id, done)])
    whole = Part()
    for file in files:
        one = await _family(work, family, [file], inputs)
        whole.results += one.results
        whole.marginals |= one.marginals
        whole.plot_data |= one.plot_data
    return whole


async def _shadow_models(
    work: Work, files: Sequence[SyntheticFile], inputs: dict[str, str]
) -> Part:
    """Generators are trained on halves of the people, then asked about the files."""
    more, params = await trained(work, files)
    return await _family(replace(work, further=params), "shadow", files, inputs | more)


async def _job(
    work: Work, family: str, files: Sequence[SyntheticFile], inputs: dict[str, str]
) -> JobResult:
    names = [file.id for file in files]
    wanted = {f"synthetic/{name}" for name in names}
    spec = JobSpec(
        kind="compare",
        params=_params(work) | {**work.further, "families": [family], "candidates": names},
        inputs={k: v for k, v in inputs.items() if k in wanted or not k.startswith("synthetic/")},
        seed=work.plan.seeds.evaluation,
        memory_mb=work.memory_mb,
        timeout_s=work.timeout_s,
    )
    return await work.jobs.run(spec, lambda progress: work.listen(family, progress))


def _params(work: Work) -> dict[str, Any]:
    plan, roles = work.plan, work.plan.roles
    return {
        "use_case": plan.use_case,
        "tier": plan.tier,
        "target": roles.target,
        "task": work.tables.task,
        "time_column": roles.time,
        "protected": list(roles.protected),
        "sensitive": list(roles.sensitive),
        "quasi_identifiers": list(roles.quasi),
        "risk_threshold": plan.risk_threshold,
        "bands": {name: list(limits) for name, limits in plan.bands.items()},
        "min_cell": plan.min_cell,
        "survey": plan.survey.model_dump(),
        "thresholds": plan.rules(),
        "rows": _expected(work),
        "holdout_seen": work.tables.rows.seen,
    }


def _expected(work: Work) -> int | None:
    """Rows that the plan asks of a file, if it asks for any number."""
    k = work.plan.replicates.k
    return work.tables.real_rows if k == "n" else k


_TITLES = {name: what for name, (what, _) in FAMILIES.items()}
_TITLES["shadow"] = PUBLICATION["privacy.shadow_models"]


def _lost(family: str, name: str, done: JobResult) -> Result:
    return Result(
        metric_id=f"{family}.all",
        family=family,
        title=_TITLES.get(family, "Gross errors"),
        candidate=name,
        status="error",
        message=f"{done.code}: {done.message}",
    )
