"""Synthcity behind the `Generator` protocol.

What is worked around here, each seen in synthcity 0.2.12: `strict` drops duplicates and whatever
lies outside the observed range, and asks again up to five hundred times (we ask for one draw and
count ourselves). AIM measures the data anew at every draw, which spends its budget again.
PrivBayes takes every distinct number as a category of its own, which fills the memory, and AIM
fails on anything but consecutive codes. Marginal distributions draws evenly between the extremes.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import Fitted, GeneratorSpec, Progress, generator_backend
from synthcraft.tools.generators.binning import Bins
from synthcraft.tools.generators.encoding import EncodedTable, keyed_rng
from synthcraft.tools.generators.mixtures import shared_mixtures
from synthcraft.tools.generators.survival import survival_loader

CATEGORIES = (
    "generic", "privacy", "survival_analysis", "time_series", "domain_adaptation", "images",
)  # fmt: skip
"""Every category of engines that synthcity has."""
SEEDS = 2**31
"""Seeds that synthcity takes are below."""
_PATIENCE = 2


@lru_cache
def plugins() -> Any:
    """Import synthcity, quietly; takes about twenty seconds once."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import torch
    from loguru import logger
    from synthcity.plugins import Plugins

    torch.set_num_threads(1)
    logger.remove()
    return Plugins(categories=list(CATEGORIES))


@contextlib.contextmanager
def reported(progress: Progress) -> Iterator[None]:
    """Hear of every pass: all engines loop through tqdm, whose class is imported everywhere."""
    from tqdm import tqdm

    silent, furthest = tqdm.__iter__, 0.0

    def aloud(bar: Any) -> Iterator[Any]:
        nonlocal furthest
        total = getattr(bar, "total", None) or 0
        for done, item in enumerate(bar.iterable):
            if total > 1:
                # Some engines loop again and again: never step back.
                furthest = max(furthest, done / total)
                progress(furthest, f"pass {done + 1} of {total}")
            yield item

    tqdm.__iter__ = aloud
    try:
        yield
    finally:
        tqdm.__iter__ = silent


@dataclass
class FittedPlugin:
    """A trained plugin; drawn without its own checks."""

    plugin: Any
    names: list[str]
    bins: Bins | None
    seed: int

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """One draw; rows may be unusable or too few."""
        made = self.plugin.generate(count=n, random_state=seed % SEEDS).dataframe()
        made = made[self.names].reset_index(drop=True)
        return self.bins.decode(made, keyed_rng(seed, "bins")) if self.bins else made


@dataclass
class FittedPool:
    """Rows that were made once, when the mechanism ran; drawing from them spends nothing more."""

    pool: pd.DataFrame
    bins: Bins | None = None

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Rows of the pool, by chance."""
        rng = keyed_rng(seed, "pool")
        at = rng.permutation(len(self.pool))[:n] if n <= len(self.pool) else None
        at = rng.integers(len(self.pool), size=n) if at is None else at
        made = self.pool.iloc[at].reset_index(drop=True)
        return self.bins.decode(made, rng) if self.bins else made


@dataclass
class FittedMarginals:
    """Each column on its own, by the frequencies of its values."""

    frequencies: dict[str, pd.Series[float]]

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Independent draws."""
        return pd.DataFrame(
            {
                name: keyed_rng(seed, "marginal", name).choice(
                    found.index.to_numpy(), n, p=found.to_numpy() / found.sum()
                )
                for name, found in self.frequencies.items()
            }
        )


@dataclass
class FittedUniform:
    """Each column on its own, evenly over its levels or between its ends."""

    domains: dict[str, Sequence[float]]
    levels: frozenset[str]
    """Columns of levels; the others have two ends."""

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Independent draws; the plugin's own do not follow from a seed."""
        made: dict[str, Any] = {}
        for name, domain in self.domains.items():
            rng = keyed_rng(seed, "uniform", name)
            if name in self.levels:
                made[name] = rng.choice(domain, n)
            else:
                made[name] = rng.uniform(domain[0], domain[-1], n)
        return pd.DataFrame(made)


class SynthcityGenerator:
    """One of synthcity's plugins."""

    def __init__(self, spec: GeneratorSpec) -> None:
        self.spec = spec

    def fit(
        self, table: EncodedTable, params: Mapping[str, Any], seed: int, progress: Progress
    ) -> Fitted:
        """Train the plugin."""
        arguments = dict(params)
        count = arguments.pop("bins", None)
        bins = Bins.of(table.frame, table.codes, count) if count else None
        frame = bins.encode(table.frame) if bins else table.frame.copy()
        names = list(frame.columns)
        with training(self.spec, progress, table.cache, table.spared):
            plugin = make_plugin(self.spec.name, arguments, seed)
            plugin.fit(_loader(table, frame, seed % SEEDS))
            relax(plugin)
            special = _SPECIAL.get(self.spec.name, FittedPlugin)
            return special(plugin, names, bins, seed)


@contextlib.contextmanager
def training(
    spec: GeneratorSpec,
    progress: Progress,
    cache: Path | None = None,
    spared: list[float] | None = None,
) -> Iterator[None]:
    """Hear of every pass, share what is learnt of columns, and turn a failure into a sentence."""
    try:
        with reported(progress), shared_mixtures(cache, [] if spared is None else spared):
            yield
    except (MemoryError, JobError):
        raise
    except Exception as error:
        raise JobError(
            f"{spec.title} could not be trained on this table ({type(error).__name__}).",
            "Another generator may do; the details are in the worker's log on this machine.",
            code="E_FIT_FAILED",
        ) from error


def make_plugin(name: str, arguments: dict[str, Any], seed: int) -> Any:
    """A plugin that is to be trained; everything it writes goes to a folder that is thrown away."""
    return plugins().get(
        name,
        **arguments,
        random_state=seed % SEEDS,
        strict=False,
        sampling_patience=_PATIENCE,
        workspace=Path(tempfile.mkdtemp(prefix="synthcity-")),
    )


def _loader(table: EncodedTable, frame: pd.DataFrame, seed: int) -> Any:
    from synthcity.plugins.core.dataloader import GenericDataLoader

    if table.time:
        return survival_loader(table, frame, seed)
    return GenericDataLoader(frame, random_state=seed)


def relax(plugin: Any) -> None:
    """Engines of survival wrap another engine, and keep `strict` from the two outer layers."""
    layers: tuple[Any, ...] = (plugin, getattr(plugin, "model", None))
    for layer in layers:
        if hasattr(layer, "strict"):
            layer.strict = False


def _pool(plugin: Any, names: list[str], bins: Bins | None, seed: int) -> Fitted:
    # Below the plugin's own sampling, which would run the mechanism again for more rows.
    pool = plugin.model.generate(0)
    return FittedPool(pool[names].reset_index(drop=True), bins)


def _uniform(plugin: Any, names: list[str], bins: Bins | None, seed: int) -> Fitted:
    domain = plugin.training_schema().domain
    levels = {n: getattr(domain[n], "choices", None) for n in names}
    return FittedUniform(
        {n: levels[n] or (domain[n].min(), domain[n].max()) for n in names},
        frozenset(n for n in names if levels[n]),
    )


def _marginals(plugin: Any, names: list[str], bins: Bins | None, seed: int) -> Fitted:
    domain = plugin.training_schema().domain
    return FittedMarginals({name: domain[name].marginal_distribution for name in names})


_SPECIAL: dict[str, Callable[[Any, list[str], Bins | None, int], Fitted]] = {
    "aim": _pool,
    "marginal_distributions": _marginals,
    "uniform_sampler": _uniform,
}


generator_backend("synthcity")(SynthcityGenerator)
