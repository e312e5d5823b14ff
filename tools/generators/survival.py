"""Tables for the engines of survival: which column is the time and which the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import GeneratorSpec
from synthcraft.tools.generators.encoding import FEW, EncodedTable, encode, keyed_rng
from synthcraft.tools.table_schema import TableSchema
from synthcraft.tools.target import check_survival

_HORIZONS = (0.25, 0.5, 0.75)
"""Quantiles of the times at which an engine looks at its own survival function."""


def encode_survival(
    frame: pd.DataFrame,
    schema: TableSchema,
    seed: int,
    spec: GeneratorSpec,
    follow_up: Mapping[str, str] | None,
) -> EncodedTable:
    """Encode a table with the places of its `time` and its `event`.

    Raises:
        JobError: nobody said which columns these are, there is no other column, or too few rows.
        DataError: the columns are no times above 0 and no events.
    """
    if not follow_up:
        raise JobError(
            f"{spec.title} needs the column of the time and the column of the event.",
            "It runs in a project: --task survival --target EVENT --time TIME.",
            code="E_TIME_ABSENT",
        )
    time, event = follow_up["time"], follow_up["event"]
    check_survival(frame, schema, event, time)
    table = encode(frame, schema, seed, numbers=frozenset([time]))
    codes = {c.column.name: getattr(c, "code", "") for c in table.columns}
    if not codes[time]:
        raise JobError(
            f"Every time is the same in the rows that {spec.title} may see: nothing can be learnt.",
            "Choose another generator.",
            code="E_TIME",
        )
    if len(table.frame.columns) < 3:
        raise JobError(
            f"{spec.title} learns times from other columns, and there are none.",
            "Keep at least one column beside the time and the event.",
            code="E_NOTHING",
        )
    return replace(table, time=codes[time], event=codes[event])


def survival_loader(table: EncodedTable, frame: pd.DataFrame, seed: int) -> Any:
    """The table as synthcity takes it."""
    from synthcity.plugins.core.dataloader import SurvivalAnalysisDataLoader

    times = _apart(frame[table.time], seed)
    return SurvivalAnalysisDataLoader(
        frame.assign(**{table.time: times}),
        target_column=table.event,
        time_to_event_column=table.time,
        time_horizons=[float(times.quantile(q)) for q in _HORIZONS],
        random_state=seed,
    )


def _apart(times: pd.Series[float], seed: int) -> pd.Series[float]:
    """Times of few values, moved a little: synthcity counts such from zero, and refuses zero."""
    found = np.sort(times.unique())
    if len(found) > FEW:
        return times
    step = float(np.diff(found).min()) / 4
    return times + keyed_rng(seed, "times").uniform(0, step, len(times))
