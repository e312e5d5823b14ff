"""The job that runs a generator for a moment, to say what the whole run will take.

Engines that train in passes make a few of them on all the rows; the others train twice on a share
of the rows. Both draw a few rows. The peak of the process is that of the pilot, in which the
larger share comes last.
"""

from __future__ import annotations

import resource
import time
from typing import Any, NamedTuple

import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.generators.base import GeneratorSpec
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.encoding import keyed_rng
from synthcraft.tools.generators.job import part_of, warm
from synthcraft.tools.generators.prediction import (
    Loop,
    Point,
    Prediction,
    of_passes,
    of_rows,
    power_law,
    straight,
)
from synthcraft.tools.generators.training import Trained, complete, train
from synthcraft.tools.job_kinds import JobContext, job
from synthcraft.tools.table_schema import TableSchema

_PASSES = (6, 60)
"""Passes of a pilot, fewest and most."""
_ABOUT_S = 4.0
"""Seconds that its passes should take, by the catalogue."""
_EVERY = 3
"""Passes between two looks at the validation part."""
_SHARES = (8, 4)
"""One row of so many, in the two fits of an engine without passes."""
_FEW_ROWS = 60
_DRAWN = (100, 400)


class _Run(NamedTuple):
    """The whole run that is foretold."""

    table: pd.DataFrame
    schema: TableSchema
    spec: GeneratorSpec
    params: dict[str, Any]
    rows: int
    follow_up: dict[str, str] | None


@job("pilot", warm=warm)
def pilot(ctx: JobContext) -> dict[str, Any]:
    """Predict seconds and peak memory of the job `generate` with the same inputs and params."""
    began = time.monotonic()
    table = pd.read_parquet(ctx.inputs["train"])
    schema = TableSchema.model_validate_json(ctx.inputs["schema"].read_bytes())
    reading = time.monotonic() - began
    spec = find(ctx.params["generator"])
    params = complete(spec, ctx.params.get("params") or {}, len(table))
    rows = int(ctx.params.get("rows") or len(table))
    by_passes = bool(spec.cost.iterations) and not spec.cost.ends_early
    run = _Run(table, schema, spec, params, rows, ctx.params.get("follow_up"))
    found = (_by_passes if by_passes else _by_rows)(ctx, run)
    took = time.monotonic() - began
    reading_too = found.model_copy(update={"seconds": round(found.seconds + reading, 1)})
    return reading_too.model_dump(mode="json") | {"pilot_seconds": round(took, 1)}


def _by_passes(ctx: JobContext, run: _Run) -> Prediction:
    table, schema, spec, params, rows, follow_up = run
    planned = int(params[spec.cost.iterations])
    few, every = _few(spec, len(table), len(schema.columns)), int(params.get("n_iter_print", 0))
    short = {spec.cost.iterations: few}
    if every:
        short |= {"n_iter_print": _EVERY, "n_iter_min": few}
    begins: list[float] = []

    def heard(share: float, words: str) -> None:
        if words.endswith(f"of {few}"):
            begins.append(time.monotonic())
            ctx.progress(0.8 * len(begins) / few, words)

    began = time.monotonic()
    trained = train(table, schema, spec.name, params | short, ctx.seed, heard, ctx.cache, follow_up)
    ended = time.monotonic()
    if len(begins) < 2:
        raise JobError(f"{spec.title} did not say how far it was: nothing can be predicted.")
    passes = [after - before for before, after in zip(begins, [*begins[1:], ended], strict=True)]
    outside = begins[0] - began - sum(trained.table.spared)  # what the run finds in the cache
    loop = Loop(outside, passes, few // _EVERY if every else 0)
    fewest = max(int(params.get("n_iter_min", planned)), int(params.get("patience", 0)) * every)
    first, second = (_drawn(trained, n, ctx.seed) for n in _DRAWN)
    draw = straight(first, second, rows)
    basis = f"{few} passes on {in_words(len(table))} rows and a draw of {_DRAWN[-1]}"
    return of_passes(loop, planned, fewest, every, draw, _peak_mb(), basis)


def _few(spec: GeneratorSpec, rows: int, columns: int) -> int:
    """Passes that take a few seconds by the catalogue, in whole rounds of looks."""
    none, hundred = (spec.seconds(rows, columns, {spec.cost.iterations: n}) for n in (0, 100))
    wanted = int(100 * _ABOUT_S / (hundred - none)) if hundred > none else _PASSES[0]
    few = min(max(wanted, _PASSES[0]), _PASSES[1])
    return few - few % _EVERY


def _by_rows(ctx: JobContext, run: _Run) -> Prediction:
    table, schema, spec, params, rows, _ = run
    fits, draws, peaks = [], [], []
    for turn, share in enumerate(_SHARES):
        count = min(max(len(table) // share, _FEW_ROWS * (turn + 1)), len(table))
        part = part_of(table, count, keyed_rng(ctx.seed, "pilot"))
        began = time.monotonic()
        trained = train(part, schema, spec.name, params, ctx.seed)
        fits.append(Point(count, time.monotonic() - began))
        draws.append(_drawn(trained, count, ctx.seed))
        peaks.append(Point(count, _peak_mb()))
        ctx.progress((turn + 1) / len(_SHARES), f"{in_words(count)} of {in_words(len(table))} rows")
    small, large = fits
    drawing = straight(draws[0], draws[1], rows)
    memory = straight(peaks[0], peaks[1], len(table))
    basis = " and ".join(in_words(part.rows) for part in fits) + f" of {in_words(len(table))} rows"
    return of_rows(power_law(small, large, len(table)) + drawing, memory, basis)


def _drawn(trained: Trained, rows: int, seed: int) -> Point:
    """One draw, below the checks: hardly trained engines make hardly a valid row."""
    began = time.monotonic()
    trained.fitted.sample(rows, None, seed)
    return Point(rows, time.monotonic() - began)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
