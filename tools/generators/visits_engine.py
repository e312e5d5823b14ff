"""Synthcity's engines of time series behind tables of visits.

What is worked around, each seen in synthcity 0.2.12: without an outcome column training fails, so
a coin that means nothing stands in and is left out again. Fourier flows scale the times of visits
back twice, and train a CTGAN of 2,000 passes for what does not change, whatever is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.generators.base import GeneratorSpec, Progress
from synthcraft.tools.generators.encoding import Array
from synthcraft.tools.generators.synthcity_backend import SEEDS, make_plugin, relax, training
from synthcraft.tools.generators.visits import EncodedVisits

_FLOWS = "fflows"


@dataclass
class FittedVisits:
    """A trained plugin for visits."""

    plugin: Any
    table: EncodedVisits
    rescale: bool
    """Whether its times were scaled back once too often."""

    def sample(self, people: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, Array]:
        """Encoded rows of people, encoded rows of their visits, and whose each visit is."""
        made = self.plugin.generate(count=people, random_state=seed % SEEDS).dataframe()
        owner = pd.factorize(made["seq_id"], sort=True)[0]
        visits = self._part(made, "seq_temporal_")
        start, span = _span(self.table)
        times = made["seq_time_id"].to_numpy(dtype=float)
        if self.rescale:
            scaler = self.plugin.temporal_encoder.observation_times_encoder
            times = scaler.transform(times.reshape(-1, 1)).ravel()
        visits[self.table.clock] = start + span * times
        first = ~pd.Series(owner).duplicated().to_numpy()
        return self._part(made[first], "seq_static_"), visits, owner

    @staticmethod
    def _part(made: pd.DataFrame, prefix: str) -> pd.DataFrame:
        own = made[[c for c in made.columns if c.startswith(prefix)]]
        return own.rename(columns=lambda c: c.removeprefix(prefix)).reset_index(drop=True)


def fit_visits(
    spec: GeneratorSpec,
    table: EncodedVisits,
    params: Mapping[str, Any],
    seed: int,
    progress: Progress,
) -> FittedVisits:
    """Train an engine of time series.

    Raises:
        JobError: it could not be trained on this table.
    """
    arguments = dict(params)
    passes = arguments.pop("static_n_iter", None)
    with training(spec, progress):
        plugin = make_plugin(spec.name, arguments, seed)
        relax(plugin)
        if passes:
            plugin.static_model = make_plugin("ctgan", {"n_iter": passes}, seed)
        plugin.fit(_loader(table, seed % SEEDS))
    return FittedVisits(plugin, table, spec.name == _FLOWS)


def _loader(table: EncodedVisits, seed: int) -> Any:
    from synthcity.plugins.core.dataloader import TimeSeriesDataLoader

    rows = table.visits.frame.drop(columns=table.clock)
    start, span = _span(table)
    times = (table.visits.frame[table.clock].to_numpy(dtype=float) - start) / span
    of_person = [np.flatnonzero(table.owner == person) for person in range(table.people)]
    fixed = table.fixed.frame
    return TimeSeriesDataLoader(
        temporal_data=[rows.iloc[own].reset_index(drop=True) for own in of_person],
        observation_times=[times[own].tolist() for own in of_person],
        static_data=fixed.reset_index(drop=True) if len(fixed.columns) else None,
        outcome=pd.DataFrame({"coin": np.arange(table.people) % 2}),
        random_state=seed,
    )


def _span(table: EncodedVisits) -> tuple[float, float]:
    """Start and length of the study: the engines pad short courses with visits at time 0."""
    times = table.visits.frame[table.clock]
    return float(times.min()), float(times.max() - times.min())
