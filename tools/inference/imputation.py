"""Multiple imputation of the numeric cells of a regression, combined by Rubin's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  (makes the next one known)
from sklearn.impute import IterativeImputer

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.agreement import Booleans
from synthcraft.tools.inference.design import Design, Formula, model_matrix
from synthcraft.tools.inference.models import Fit
from synthcraft.tools.metrics.columns import Floats, numbers

M = 5
_ROUNDS = 10
_MOST_WORK = 20_000_000
"""Rows x columns x incomplete columns, about a minute of one core."""


@dataclass(frozen=True)
class Combined:
    """Estimates over the imputations, with their total variance and degrees of freedom."""

    estimate: Floats
    variance: Floats
    df: Floats


def rubin(estimates: Floats, variances: Floats, complete_df: float) -> Combined:
    """Rubin's rules over (m, terms), with the degrees of freedom of Barnard and Rubin.

    Args:
        estimates: one row for each imputation.
        variances: of each estimate.
        complete_df: degrees of freedom that the analysis would have without missing cells.
    """
    m = len(estimates)
    between = (1 + 1 / m) * estimates.var(axis=0, ddof=1)
    total = variances.mean(axis=0) + between
    lost = between / total
    with np.errstate(divide="ignore"):
        simple = (m - 1) / lost**2
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - lost)
    return Combined(estimates.mean(axis=0), total, 1 / (1 / simple + 1 / observed))


@dataclass(frozen=True)
class Holes:
    """Rows whose outcome and categories are known, with holes among the numbers.

    Attributes:
        design: the terms of these rows; zero stands in each hole.
        missing: (rows, terms).
        rows: rows of the whole table.
    """

    design: Design
    missing: Booleans
    rows: int


def holes_of(recipe: Formula, frame: pd.DataFrame) -> Holes:
    """The rows that an imputation of numbers can use; a category is never guessed."""
    counted = [name for name in recipe.columns if name not in recipe.factors]
    values = {name: numbers(frame[name]) for name in counted}
    filled = frame.assign(**{name: np.nan_to_num(v) for name, v in values.items()})
    design = model_matrix(recipe, filled)
    missing = np.zeros(design.x.shape, dtype=bool)
    for j, term in enumerate(recipe.terms):
        if term.level is None:
            missing[:, j] = np.isnan(values[term.column])[design.complete]
    return Holes(design, missing, len(frame))


def imputed_fit(
    holes: Holes, fit: Callable[[Design], Fit], rng: np.random.Generator, m: int = M
) -> Combined:
    """The regression on m completed tables, combined.

    Numbers are drawn in turn from Bayesian linear regressions on all other terms and the outcome,
    within the range seen; of times until an event the outcome is the event and the Nelson-Aalen
    hazard. Source: evaluation P2.

    Raises:
        DataError: the table is too large to do this in a minute, or a completed table has no fit.
    """
    design = holes.design
    work = design.x.size * int(holes.missing.any(axis=0).sum())
    if work > _MOST_WORK:
        raise DataError(
            "No multiple imputation: the table is too large for it to end in a minute.",
            "Impute it with a tool of your own, on the rows that the report names.",
            code="E_IMPUTE_SIZE",
        )
    fits = [fit(replace(design, x=x)) for x in _completed(holes, rng, m)]
    if not all(one.converged for one in fits):
        raise DataError(
            "No multiple imputation: a completed table separates the outcomes.",
            "Rely on the complete cases.",
            code="E_SEPARATED",
        )
    complete_df = float(design.n - design.x.shape[1] - 1)
    return rubin(
        np.array([one.beta for one in fits]), np.array([one.variance for one in fits]), complete_df
    )


def _completed(holes: Holes, rng: np.random.Generator, m: int) -> list[Floats]:
    x, outcome = np.where(holes.missing, np.nan, holes.design.x), _outcome(holes.design)
    middle, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    known = np.column_stack([(x - middle) / np.where(scale > 0, scale, 1.0), outcome])
    drawn = []
    for _ in range(m):
        imputer = IterativeImputer(
            sample_posterior=True,
            skip_complete=True,
            max_iter=_ROUNDS,
            min_value=np.nanmin(known, axis=0),
            max_value=np.nanmax(known, axis=0),
            random_state=int(rng.integers(2**31)),
        )
        full = imputer.fit_transform(known)[:, : x.shape[1]] * scale + middle
        drawn.append(np.where(holes.missing, full, holes.design.x))
    return drawn


def _outcome(design: Design) -> Floats:
    """(rows, 1 or 2) what imputations have to know of the outcome, standardised."""
    parts = [design.y]
    if design.time is not None:
        parts.append(_hazard(design.time, design.y))
    columns = np.column_stack(parts)
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _hazard(time: Floats, event: Floats) -> Floats:
    """Nelson-Aalen cumulative hazard at the time of each row."""
    times, place = np.unique(time, return_inverse=True)
    deaths = np.bincount(place, event, minlength=len(times))
    left = np.cumsum(np.bincount(place, minlength=len(times))[::-1])[::-1]
    return np.asarray(np.cumsum(deaths / left)[place])
