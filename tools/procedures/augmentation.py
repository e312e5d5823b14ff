"""P4 as one call: count, set a target, make the rows, and see whether they help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.augmentation import (
    Cell,
    Enrichment,
    Rule,
    Unit,
    cells_of,
    doses,
    enrich,
    enrichment,
    integrated,
)
from synthcraft.tools.augmentation_arms import Shortage
from synthcraft.tools.augmentation_trial import (
    DOSES,
    HYPOTHESIS,
    Outcome,
    bench,
    compared,
    dose_curve,
    hybrid_curve,
)
from synthcraft.tools.generators.sampling import meets
from synthcraft.tools.generators.training import Trained, train
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.procedures.discrimination import STAMPS
from synthcraft.tools.seeds import child_seed
from synthcraft.tools.table_schema import TableSchema


@dataclass(frozen=True)
class AugmentationStudy:
    """Everything that was counted, made and seen.

    Attributes:
        cells: rows and events of every group among the training rows.
        extra: rows to add to each, by `rule` in `unit`.
        made: the synthetic rows and what became of each request.
        cohort: training and synthetic rows, told apart by `is_synthetic`.
        group: the group whose prediction is the primary question.
        arms: every comparator at the full dose.
        doses, hybrid: the two curves.
        stamp: how the tested people relate to those who were learnt from.
        hypothesis: what is expected before anything is seen.
    """

    cells: tuple[Cell, ...]
    rule: Rule
    unit: Unit
    extra: dict[str, int]
    made: Enrichment
    cohort: pd.DataFrame
    group: str
    arms: tuple[Outcome, ...]
    doses: tuple[Outcome, ...]
    hybrid: tuple[Outcome, ...]
    stamp: str
    hypothesis: str = HYPOTHESIS


def augmentation(
    parts: tuple[pd.DataFrame, pd.DataFrame],
    schema: TableSchema,
    *,
    target: str,
    event: Any,
    by: str,
    generator: str,
    params: dict[str, Any] | None = None,
    bands: Sequence[float] = (),
    rule: Rule = "equal",
    unit: Unit = "events",
    asked: dict[str, int] | None = None,
    group: str | None = None,
    mode: Mode = "rigorous",
    seed: int = 0,
    bootstrap: int = 1000,
) -> AugmentationStudy:
    """The four stages of augmentation, with comparators and curves.

    `paper`: everything is trained and tested on all real rows. `rigorous`: see `parts`.

    Args:
        parts: training rows and the real people held back, who alone are tested on.
        schema: what the columns are.
        target: the outcome.
        event: its value that counts as an event.
        by: the column of the groups.
        generator: what makes the rows; it is trained on the training rows.
        params: its parameters, over the standard preset.
        bands: inner limits of the groups, needed for a number.
        rule: how the target is set.
        unit: whether rows or events are evened out.
        asked: rows to add to each group, for an ad hoc target.
        group: the target group; by default the one that gets most rows.
        mode: how the tested people relate to those who were learnt from.
        seed: of the fit, the draws and the comparators.
        bootstrap: draws of the paired intervals.

    Raises:
        InputError: no group is short of anything, or a column or group is not there.
    """
    real, holdout = parts
    if mode == "paper":
        real = holdout = pd.concat(parts, ignore_index=True)
    cells = cells_of(real, schema, by, target, event, bands)
    extra = enrichment(cells, rule, unit, asked)
    if not any(extra.values()):
        raise InputError("No group is short of rows: there is nothing to add.")
    chosen = next(
        (c for c in cells if c.name == (group or max(extra, key=lambda n: extra[n]))), None
    )
    if chosen is None:
        raise InputError("The target group is none of those in the training rows.")
    ctx = EvalContext(
        real, real.iloc[:0], holdout, real, schema, target=target, task="classification",
        seed=child_seed(seed, "downstream"), bootstrap=bootstrap,
    )  # fmt: skip
    on = bench(ctx, np.asarray(meets(holdout, chosen.where)))
    trained = train(real, schema, generator, params or {}, child_seed(seed, "fit"))
    draw_seed = child_seed(seed, "sample")
    largest = doses(extra, max(DOSES))
    every = enrich(trained, cells, largest, unit, target, event, draw_seed)
    made = every.part(extra)
    short = Shortage(real, schema, cells, extra, unit, target, event, made.frame)
    return AugmentationStudy(
        cells=cells,
        rule=rule,
        unit=unit,
        extra=extra,
        made=made,
        cohort=integrated(real, made.frame, f"{generator}-{draw_seed}"),
        group=chosen.name,
        arms=tuple(compared(on, short, seed)),
        doses=tuple(dose_curve(on, short, every)),
        hybrid=tuple(hybrid_curve(on, _whole(trained, len(real), seed), seed)),
        stamp=STAMPS[mode],
    )


def _whole(trained: Trained, rows: int, seed: int) -> pd.DataFrame:
    """A synthetic table of nobody in particular."""
    return trained.draw(rows, child_seed(seed, "whole")).frame
