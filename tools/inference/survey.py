"""Weighted regression with the variance of the survey design (Taylor linearisation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from synthcraft.graph.errors import DataError
from synthcraft.graph.records import Task
from synthcraft.tools.inference.design import Design
from synthcraft.tools.inference.models import Fit, in_units, log_odds
from synthcraft.tools.metrics.columns import Floats, Ints, label, numbers
from synthcraft.tools.survey_columns import SurveyColumns


@dataclass(frozen=True)
class Survey:
    """The design of one table.

    Attributes:
        weights: (rows,); zero where a row has no place in the design.
        unit: (rows,) primary sampling unit, counted over all strata; -1 where there is no place.
        stratum: (units,) stratum of each unit.
        without: rows without a place: weight, stratum or unit is missing.
    """

    weights: Floats
    unit: Ints
    stratum: Ints
    without: int

    @property
    def strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max()) + 1

    @property
    def df(self) -> int:
        """Units less strata."""
        return len(self.stratum) - self.strata


def survey_of(frame: pd.DataFrame, columns: SurveyColumns) -> Survey:
    """The design that the named columns hold.

    Without weights every row weighs one, without strata there is one, without units every row is
    its own. Rows of weight zero keep their place: the weighted rows are a part of their survey.

    Raises:
        DataError: a column is not there, a weight is negative, or a stratum has one unit.
    """
    if absent := [name for name in columns.names if name not in frame.columns]:
        raise refused(f"there is no column {absent[0]!r}", "E_DESIGN_COLUMN")
    rows = len(frame)
    weights = np.ones(rows) if columns.weights is None else numbers(frame[columns.weights])
    stratum = _labels(frame, columns.strata, np.zeros(rows))
    unit = _labels(frame, columns.psu, np.arange(rows))
    placed = ~np.isnan(weights) & stratum.notna().to_numpy() & unit.notna().to_numpy()
    if (weights[placed] < 0).any() or not weights[placed].sum() > 0:
        raise refused("weights are negative, or none is above zero", "E_DESIGN_WEIGHTS")
    of_row = np.full(rows, -1)
    of_row[placed], units = pd.factorize(pd.MultiIndex.from_arrays([stratum[placed], unit[placed]]))
    of_unit, strata = pd.factorize(units.get_level_values(0))
    if alone := int((np.bincount(of_unit) == 1).sum()):
        few = f"{alone} of {len(strata)} strata {'has' if alone == 1 else 'have'} one sampling unit"
        raise refused(f"{few}, which shows no variance", "E_DESIGN_LONELY")
    return Survey(np.where(placed, weights, 0.0), of_row, of_unit, int((~placed).sum()))


def _labels(frame: pd.DataFrame, name: str | None, otherwise: Any) -> pd.Series[Any]:
    if name is None:
        return pd.Series(otherwise)
    return frame[name].reset_index(drop=True).map(label, na_action="ignore")


def refused(why: str, code: str) -> DataError:
    """No design-based analysis, for this reason."""
    hint = "Put right the columns of the survey design, or leave them out."
    return DataError(f"No design-based analysis: {why}.", hint, code=code)


def survey_fit(design: Design, survey: Survey, task: Task) -> Fit:
    """Weighted logistic or linear regression of the complete cases of the survey.

    The variance sums the scores of each sampling unit and compares units within their stratum, as
    if they were drawn with replacement; incomplete rows keep their unit and score zero. Intervals
    take the t distribution with units less strata degrees of freedom. Source: evaluation P2.

    Raises:
        DataError: there is no such analysis of this task or outcome, or too few rows weigh.
    """
    if task not in _SOLVERS:
        raise refused("it is not built for times until an event", "E_DESIGN_TASK")
    weights = survey.weights[design.complete]
    used = weights > 0
    x, y = design.x[used], design.y[used]
    if used.sum() < x.shape[1] + 2 or np.ptp(y) == 0:
        raise refused("too few complete rows weigh anything", "E_DESIGN_ROWS")
    weights = weights[used] / weights[used].mean()
    unit = survey.unit[design.complete][used]

    def solve(z: Floats) -> Fit:
        terms = np.column_stack([np.ones(len(z)), z])
        beta, residual, curvature, converged = _SOLVERS[task](terms, y, weights)
        bread = np.linalg.pinv(terms.T @ (terms * (weights * curvature)[:, None]))
        meat = between_units(terms * (weights * residual)[:, None], unit, survey.stratum)
        cov = bread @ meat @ bread
        return Fit(beta[1:], cov[1:, 1:], converged, float(survey.df))

    fit = in_units(x, solve)
    if not fit.converged:
        raise refused("the weighted likelihood has no maximum", "E_SEPARATED")
    return fit


def between_units(scores: Floats, unit: Ints, stratum: Ints) -> Floats:
    """Variance of a total over sampling units drawn with replacement within strata.

    Args:
        scores: (rows, terms).
        unit: (rows,) of each row.
        stratum: (units,) of each unit, each with two units or more.
    """
    totals = np.zeros((len(stratum), scores.shape[1]))
    np.add.at(totals, unit, scores)
    sizes = np.bincount(stratum)
    means = np.zeros((len(sizes), scores.shape[1]))
    np.add.at(means, stratum, totals)
    apart = totals - (means / sizes[:, None])[stratum]
    return np.asarray(apart.T @ (apart * (sizes / (sizes - 1))[stratum][:, None]))


_Solved = tuple[Floats, Floats, Floats, bool]
"""Coefficients, residuals, curvature of the likelihood at each row, whether steps died out."""


def _logistic(terms: Floats, y: Floats, weights: Floats) -> _Solved:
    beta, converged = log_odds(terms, y, weights)
    p = expit(terms @ beta)
    return beta, y - p, p * (1 - p), converged


def _linear(terms: Floats, y: Floats, weights: Floats) -> _Solved:
    information = terms.T @ (terms * weights[:, None])
    beta = np.linalg.solve(information, terms.T @ (weights * y))
    return beta, y - terms @ beta, np.ones(len(y)), True


_SOLVERS: dict[Task, Callable[[Floats, Floats, Floats], _Solved]] = {
    "classification": _logistic,
    "regression": _linear,
}
