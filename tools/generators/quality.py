"""How good a generator will be on a table of some kind: a Bayesian linear model with counts.

One model a generator on [1, small, wide, imbalanced], conjugate, with known noise. What was
observed is kept as (runs, sum of their qualities) for each generator in each of the eight
contexts. The sufficient statistics A and b are sums over these cells, so counts of projects and
sites merge by exact addition, and they hold no data: only names of the catalogue and flags.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import StrictInt, TypeAdapter, ValidationError

from synthcraft.graph.errors import GuardError, InputError
from synthcraft.graph.records import Flags
from synthcraft.tools.counts import LARGEST, MICRO, QUALITY, Counts, add_counts, micro
from synthcraft.tools.generators.catalogue import catalogue

Floats = npt.NDArray[np.float64]
Weights = tuple[float, float, float, float]
"""Of [1, small, wide, imbalanced]."""

SPREAD: Weights = (0.12, 0.10, 0.10, 0.10)
"""Standard deviation of the prior. Source: reasoning engine 8."""
NOISE = 0.05
"""Standard deviation of a measured quality around the line. Source: reasoning engine 8."""
CONTEXT = ("small", "wide", "imbalanced")

_CELLS = tuple(product((False, True), repeat=len(CONTEXT)))
_DESIGN: Floats = np.array([(True, *cell) for cell in _CELLS], dtype=float)
_COUNTS: TypeAdapter[Counts] = TypeAdapter(dict[str, tuple[StrictInt, StrictInt]])


class Belief(NamedTuple):
    """What is believed of one generator on tables of one kind.

    Attributes:
        mean: expected quality.
        sd: standard deviation of that expectation, without the noise of a single table.
        runs: observations of any context behind it.
    """

    mean: float
    sd: float
    runs: float


@lru_cache(maxsize=256)
def _cell_keys(generator: str) -> tuple[str, ...]:
    """Names of the eight cells of a generator, in the order of the design."""
    return tuple(
        QUALITY
        + "|".join([generator, *(f"{n}{int(v)}" for n, v in zip(CONTEXT, cell, strict=True))])
        for cell in _CELLS
    )


def _place(flags: Flags) -> int:
    """Place of this context in the design."""
    return _CELLS.index(tuple(getattr(flags, name) for name in CONTEXT))


def quality_keys(generators: Iterable[str]) -> frozenset[str]:
    """Every name under which something may be counted: the closed set."""
    return frozenset(key for name in generators for key in _cell_keys(name))


def quality_problem(counts: Mapping[str, tuple[int, int]], generators: Iterable[str]) -> str:
    """What is wrong with these counts, or nothing."""
    if not counts.keys() <= quality_keys(generators):
        return "it has counts for a generator or a context that this version does not know"
    for runs, total in counts.values():
        if not 0 <= total <= runs <= LARGEST:
            return "it has a count that no sequence of runs can give"
    return ""


def read_counts(value: Any, generators: Iterable[str]) -> Counts:
    """Counts from parsed JSON.

    Raises:
        InputError: another shape, an unknown name, or a number that cannot be a count.
    """
    try:
        counts = _COUNTS.validate_python(value)
    except ValidationError:
        raise InputError("What was learnt of the generators cannot be read.") from None
    if problem := quality_problem(counts, generators):
        raise InputError(f"What was learnt of the generators cannot be used: {problem}.")
    return counts


@dataclass(frozen=True)
class QualityModel:
    """Priors of a catalogue plus what was counted; a new value for every change.

    Counts under a name that the catalogue no longer has are never looked up.

    Attributes:
        priors: generator -> expected quality before anything was observed.
        counts: cell -> (runs, sum of qualities) in millionths.
        spread: standard deviation of the priors, the same for every generator.
    """

    priors: Mapping[str, Weights]
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    spread: Weights = SPREAD

    @classmethod
    def of_catalogue(cls, counts: Mapping[str, tuple[int, int]] | None = None) -> QualityModel:
        """The generators that there are, also those that are not available here."""
        return cls({name: spec.prior for name, spec in catalogue().items()}, counts or {})

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All generators, in the order of every draw."""
        return tuple(sorted(self.priors))

    def observed(self, generator: str, flags: Flags, quality: float) -> Counts:
        """Counts of one run, to add.

        Args:
            generator: name in the catalogue.
            flags: context of the table.
            quality: measured quality in [0, 1], higher is better.

        Raises:
            GuardError: an unknown generator, or a quality that is none.
        """
        if generator not in self.priors:
            raise GuardError(f"Nothing can be learnt of the unknown generator {generator[:60]!r}.")
        if not (math.isfinite(quality) and 0 <= quality <= 1):
            raise GuardError(f"The quality of {generator} is not a number from 0 to 1.")
        return {_cell_keys(generator)[_place(flags)]: micro(1, quality)}

    def with_counts(self, delta: Mapping[str, tuple[int, int]]) -> QualityModel:
        """The same with more counts."""
        return replace(self, counts=add_counts(self.counts, delta))

    def believed(self, flags: Flags) -> dict[str, Belief]:
        """Posterior of the expected quality of each generator in this context."""
        x = _DESIGN[_place(flags)]
        means, roots = self._posterior
        deviations = np.linalg.norm(x @ roots, axis=1)
        runs = self._cells[:, :, 0].sum(axis=1)
        beliefs = zip((means @ x).tolist(), deviations.tolist(), runs.tolist(), strict=True)
        return {name: Belief(*it) for name, it in zip(self.names, beliefs, strict=True)}

    def draw(self, flags: Flags, rng: np.random.Generator, width: float = 1.0) -> dict[str, float]:
        """One posterior draw of the expected quality of each generator in this context.

        Every generator of the catalogue is drawn, in the order of the names: what is masked
        afterwards never shifts the draws of the others.

        Args:
            flags: context of the table.
            rng: for the draws.
            width: share of the posterior's standard deviation; 0 gives the means.
        """
        means, roots = self._posterior
        steps = rng.standard_normal(means.shape)
        weights = means + width * np.einsum("gij,gj->gi", roots, steps)
        return dict(zip(self.names, (weights @ _DESIGN[_place(flags)]).tolist(), strict=True))

    @cached_property
    def _cells(self) -> Floats:
        """Generator x context x (runs, sum of qualities)."""
        pairs = [[self.counts.get(k, (0, 0)) for k in _cell_keys(name)] for name in self.names]
        cells: Floats = np.array(pairs, dtype=float) / MICRO
        return cells

    @cached_property
    def _posterior(self) -> tuple[Floats, Floats]:
        """Means (generator x 4), and R with covariance R R' (generator x 4 x 4)."""
        runs, sums = self._cells[:, :, 0], self._cells[:, :, 1]
        prior: Floats = np.array([self.priors[name] for name in self.names], dtype=float)
        data = np.einsum("gc,ci,cj->gij", runs, _DESIGN, _DESIGN) / NOISE**2
        precision = np.diag(1 / np.square(self.spread)) + data
        roots = np.linalg.inv(np.linalg.cholesky(precision)).transpose(0, 2, 1)
        surprise = (sums - runs * (prior @ _DESIGN.T)) @ _DESIGN / NOISE**2
        return prior + np.einsum("gij,gkj,gk->gi", roots, roots, surprise), roots
