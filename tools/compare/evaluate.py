"""Evaluate synthetic files from anywhere beside one real table: the Python call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.compare.ledger import Ledger
from synthcraft.tools.compare.legacy import legacy_expectation, legacy_panel
from synthcraft.tools.compare.record import Comparison, comparison, with_legacy
from synthcraft.tools.compare.run import Listener, Work, measure
from synthcraft.tools.compare.tables import Tables, read_tables
from synthcraft.tools.disclosure.comparison import (
    Curves,
    released_comparison,
    released_curves,
)
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.evaluation_plan import predicted_seconds
from synthcraft.tools.jobs import JobRunner
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.provenance import utc_now


@dataclass(frozen=True)
class Workplace:
    """Where jobs run and what they may use.

    Attributes:
        tell: hears a sentence before the long part begins.
        listen: hears (family, how far its job is).
    """

    home: Path
    store: ArtifactStore
    jobs: JobRunner
    memory_mb: int
    timeout_s: float
    tell: Callable[[str], None] = lambda text: None
    listen: Listener = lambda family, progress: None


@dataclass(frozen=True)
class Evaluated:
    """The record, and by file what the figures need beyond it, as both may leave."""

    released: Released[Comparison]
    curves: Released[Curves]

    @property
    def record(self) -> Comparison:
        """What may be printed."""
        return self.released.value


async def evaluate_files(
    real: Path,
    synthetic: Sequence[Path],
    plan: EvaluationPlan,
    place: Workplace,
    holdout: Path | None = None,
    legacy_s: float | None = None,
) -> Evaluated:
    """Measure every file under one plan: same real rows, same seeds, same anchors.

    The plan is in the log of this real file before any result exists. Without a holdout nothing
    is said about privacy, and prediction is stamped (specs: evaluation, 0 and 2.1).

    Args:
        real: the rows that a generator may have seen.
        synthetic: the files, of any readable format.
        plan: what is asked.
        place: workspace, store and jobs.
        holdout: real rows that no generator saw, if there are any.
        legacy_s: synthcity's own metrics stand beside ours, but for those whose comparison is
            predicted to take more seconds than this; None: they are not asked for.

    Raises:
        InputError: the real file, the holdout or the plan cannot be used, or no synthetic file
            can be read.
    """
    tables = await asyncio.to_thread(read_tables, real, synthetic, holdout, plan)
    readable = [file for file in tables.files if file.frame is not None]
    if not readable:
        raise next(file.problem for file in tables.files if file.problem is not None)
    place.tell(_expectation(tables, plan, len(readable)))
    if legacy_s is not None:
        place.tell(legacy_expectation(tables, legacy_s))
    ledger = Ledger(place.home, tables.real_sha256)
    begun = utc_now()
    changed = ledger.planned(plan, (file.sha256 for file in readable), begun)
    work = Work(
        tables, plan, place.store, place.jobs, place.memory_mb, place.timeout_s, place.listen
    )
    measured = await measure(work)
    record = comparison(tables, plan, measured, changed, begun)
    states = {f.sha256: f.decision.state for f in record.files if f.status == "evaluated"}
    ledger.done(plan, states, utc_now())
    if legacy_s is not None:
        record = with_legacy(record, await legacy_panel(work, measured.results, legacy_s))
    curves = released_curves(record, measured.marginals, measured.plot_data)
    return Evaluated(released_comparison(record), curves)


def _expectation(tables: Tables, plan: EvaluationPlan, files: int) -> str:
    people, columns = in_words(tables.real_rows, plan.min_cell), len(tables.schema.names)
    seconds = predicted_seconds(tables.real_rows, columns, plan.measured, files, plan.tier)
    return (
        f"{people} real rows, {columns} columns, {files} synthetic "
        f"{'file' if files == 1 else 'files'}: about {seconds:.0f} seconds of processor time."
    )
