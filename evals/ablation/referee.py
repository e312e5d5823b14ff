"""The referee: how good the best table of a run is on rows that had no part in the choice of it."""

from __future__ import annotations

from synthcraft.agents.fitting import look
from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.seeds import child_seed


async def quality(bench: Bench, ending: Ending) -> float | None:
    """Of the best table beside the holdout, from 0 (no relationships) to 1 (fresh real rows).

    A project looks at its few validation rows and may choose by them. The harness chooses nothing,
    so it may look at the holdout, which is larger. None without a table, or where these rows allow
    no endpoint.
    """
    found: list[float] = []
    for candidate in ending.candidates:
        if candidate.status != "ok" or candidate.where:
            continue
        refs = {**ending.refs, "validation": ending.refs["holdout"]}
        params, inputs = look(candidate.sha256, ending.plan, refs)
        spec = JobSpec(
            kind="score",
            params=params,
            inputs=inputs,
            seed=child_seed(bench.data_seed, "referee"),
            memory_mb=bench.settings.memory_mb,
        )
        seen = (await bench.shared.run(spec)).info.get("quality")
        found += [] if seen is None else [float(seen)]
    return max(found, default=None)
