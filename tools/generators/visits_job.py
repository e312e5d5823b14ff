"""The job behind tables of visits: encode, fit, sample people with their visits, restore."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import Progress
from synthcraft.tools.generators.encoding import Array, keyed_rng
from synthcraft.tools.generators.job import warm
from synthcraft.tools.generators.sampling import MIN_VALID
from synthcraft.tools.generators.training import complete
from synthcraft.tools.generators.visits import EncodedVisits, encode_visits, engine_of_visits
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.labels import write_labelled
from synthcraft.tools.table_schema import TableSchema

NOT_EVALUATED = (
    "Nothing was measured: no metric of fidelity, utility or privacy is available for visits."
)
_FIT_SHARE = 0.85
_ROUNDS = 5
_SPARE = 1.2
_APART = 10**9
"""More than the people of one round."""
Sampler = Callable[[int, int], tuple[pd.DataFrame, pd.DataFrame, Array]]


@job("visits", warm=warm)
def visits(ctx: JobContext) -> dict[str, Any]:
    """Train an engine of time series and draw exactly so many people with their visits.

    Params: `generator`, `params`, `subject` and `time` (columns), `people`.
    """
    from synthcraft.tools.generators.visits_engine import fit_visits

    spec = engine_of_visits(str(ctx.params["generator"]))
    frame = pd.read_parquet(ctx.inputs["train"])
    schema = TableSchema.model_validate_json(ctx.inputs["schema"].read_bytes())
    ctx.progress(0.0, "encoding")
    table = encode_visits(frame, schema, ctx.params["subject"], ctx.params["time"], ctx.seed)
    params = complete(spec, ctx.params.get("params") or {}, len(frame))
    people = int(ctx.params.get("people") or table.people)

    started = time.monotonic()
    fitted = fit_visits(
        spec, table, params, ctx.seed, lambda share, words: ctx.progress(_FIT_SHARE * share, words)
    )
    fit_seconds = time.monotonic() - started
    made, valid = _draw(fitted.sample, table, people, ctx.seed, ctx.progress)
    whole, repaired = table.restored(made)
    target = ctx.workdir / "synthetic.parquet"
    write_labelled(whole, target, str(ctx.params["generator"]))
    ctx.outputs["synthetic"] = target
    return {
        "people": people,
        "rows": len(whole),
        "real_people": table.people,
        "repaired": repaired,
        "repaired_cells": sum(repaired.values()),
        "acceptance": round(valid, 4),
        "evaluation": NOT_EVALUATED,
        "fit_seconds": round(fit_seconds, 2),
        "sample_seconds": round(time.monotonic() - started - fit_seconds, 2),
    }


def _draw(
    sample: Sampler, table: EncodedVisits, people: int, seed: int, progress: Progress
) -> tuple[pd.DataFrame, float]:
    """Exactly so many people, each with a visit at least, and the share of visits that were valid.

    Raises:
        JobError: hardly a visit can be read, or too few people have one.
    """
    parts: list[pd.DataFrame] = []
    drawn = kept = found = 0
    for turn in range(_ROUNDS):
        ask = people if not turn else math.ceil(_SPARE * (people - found))
        turn_seed = int(keyed_rng(seed, "visits", str(turn)).integers(2**31))
        fixed, rows, owner = sample(ask, turn_seed)
        part = table.decode(fixed, rows, owner)
        drawn, kept = drawn + len(rows), kept + len(part)
        if kept < MIN_VALID * drawn:
            raise JobError(
                f"The engine is undertrained: only {kept / drawn:.1%} of the visits are valid.",
                "Give it more iterations, or choose another engine.",
                code="E_UNDERTRAINED",
            )
        chosen = part[table.subject].unique()[: people - found]
        part = part[part[table.subject].isin(chosen)]
        parts.append(part.assign(**{table.subject: part[table.subject] + turn * _APART}))
        found += len(chosen)
        progress(_FIT_SHARE + (1 - _FIT_SHARE) * found / people, f"{found:,} of {people:,} people")
        if found == people:
            return pd.concat(parts, ignore_index=True), kept / drawn
    raise JobError(
        f"Only {found:,} of {people:,} people have a visit that can be read.",
        "Give it more iterations, or choose another engine.",
        code="E_TOO_FEW_ROWS",
    )
