"""One metric of synthcity on one pair of tables; imports synthcity, so only in a worker."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.synthcity_backend import plugins
from synthcraft.tools.legacy.panel import LegacyMetric
from synthcraft.tools.metrics.columns import is_compared, numbers
from synthcraft.tools.table_schema import TableSchema

_SEEDS = 2**31
_TASKS = {"none": "classification", "survival": "survival_analysis"}


@dataclass(frozen=True)
class Asked:
    """What a metric must know of the tables.

    Attributes:
        sensitive: columns that diversity is counted of.
    """

    schema: TableSchema
    target: str | None = None
    task: str = "none"
    time_column: str | None = None
    sensitive: tuple[str, ...] = ()
    seed: int = 0


def score(
    metric: LegacyMetric,
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    asked: Asked,
    outside: pd.DataFrame | None = None,
) -> dict[str, float]:
    """Numbers by key; a key that did not come back, or is no number, is left out.

    synthcity's cache is never used: its key knows neither target nor sensitive columns. The real
    table is given as it is, not the fifth of it that synthcity's benchmark would take.

    Args:
        metric: which one.
        real: rows that were learnt from; for an attack, its members.
        synthetic: rows to be scored.
        asked: schema, columns by role, and seed.
        outside: for an attack, real rows that were not learnt from.

    Raises:
        JobError: the tables share no column, or lack what survival needs.
    """
    plugins()
    from synthcity.metrics import Metrics
    from synthcity.utils.reproducibility import enable_reproducible_results

    enable_reproducible_results(asked.seed % _SEEDS)
    tables = [real, synthetic] if outside is None else [real, synthetic, outside]
    shared = [c for c in asked.schema.columns if is_compared(c)]
    names = [c.name for c in shared if all(c.name in table for table in tables)]
    needed = {asked.target, asked.time_column} if asked.task == "survival" else set()
    if not names or needed - set(names):
        raise JobError(
            "The tables do not share the columns that synthcity needs.",
            "A file of the same columns can be scored.",
            code="E_LEGACY_COLUMNS",
        )
    dates = {c.name for c in shared if c.kind == "date"}
    first, second, *others = (_loader(_plain(t[names], dates), asked) for t in tables)
    attack = {"X_train": first, "X_ref_syn": second} if others else {}
    found = Metrics.evaluate(
        others[0] if others else first,
        second,
        metrics={metric.family: [metric.name]},
        task_type=_TASKS.get(asked.task, asked.task),
        workspace=Path(tempfile.mkdtemp(prefix="legacy-")),
        use_cache=False,
        **attack,
    )
    return _by_key(metric, found["mean"].to_dict() if len(found) else {})


def _by_key(metric: LegacyMetric, means: Mapping[str, Any]) -> dict[str, float]:
    start = f"{metric.family}.{metric.name}."
    values = {name.removeprefix(start): float(mean) for name, mean in means.items()}
    return {key: value for key, value in values.items() if math.isfinite(value)}


def _plain(frame: pd.DataFrame, dates: set[str]) -> pd.DataFrame:
    """Dtypes of numpy: synthcity cannot read those of pandas. Dates are days.

    A number is a float even where it names a category: as an object it would stay one, and half
    of the metrics would fail on it.
    """
    columns = {
        name: numbers(frame[name])
        if name in dates or is_numeric_dtype(frame[name].dtype)
        else frame[name].astype(object)
        for name in map(str, frame.columns)
    }
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def _loader(frame: pd.DataFrame, asked: Asked) -> Any:
    from synthcity.plugins.core.dataloader import GenericDataLoader, SurvivalAnalysisDataLoader

    roles: dict[str, Any] = {
        "sensitive_features": [name for name in asked.sensitive if name in frame],
        "random_state": asked.seed % _SEEDS,
    }
    if asked.target in frame:
        roles["target_column"] = asked.target
    if asked.task == "survival":
        return SurvivalAnalysisDataLoader(frame, time_to_event_column=asked.time_column, **roles)
    return GenericDataLoader(frame, **roles)
