"""Logistic, Firth's penalised logistic and linear regression with their model covariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.design import independent
from synthcraft.tools.metrics.columns import Floats

_STEPS = {False: 30, True: 200}
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Fit:
    """Coefficients of one table, the intercept left aside.

    Attributes:
        beta, cov: (terms,) and (terms, terms) in original units; NaN where a term does not vary.
        converged: False where maximum likelihood ran away: the outcome is separated.
        df: residual degrees of freedom of the interval; infinite where it is normal.
    """

    beta: Floats
    cov: Floats
    converged: bool = True
    df: float = float("inf")

    @property
    def variance(self) -> Floats:
        """Model variance of each coefficient."""
        return np.asarray(np.diag(self.cov))


def in_units(x: Floats, solve: Callable[[Floats], Fit]) -> Fit:
    """Solve on standardised columns, which keeps Newton steps sound, and return original units.

    Raises:
        DataError: columns are linear combinations of each other.
    """
    varies = np.ptp(x, axis=0) > 0
    used = x[:, varies]
    if not independent(used).all():
        raise DataError(
            "Columns are linear combinations of each other.",
            "Leave out what repeats others.",
            code="E_COLLINEAR",
        )
    beta = np.full(len(varies), np.nan)
    cov = np.full((len(varies), len(varies)), np.nan)
    if not varies.any():
        return Fit(beta, cov)
    scale = used.std(axis=0)
    fit = solve((used - used.mean(axis=0)) / scale)
    beta[varies] = fit.beta / scale
    cov[np.ix_(varies, varies)] = fit.cov / np.outer(scale, scale)
    return Fit(beta, cov, fit.converged, fit.df)


def logistic(x: Floats, y: Floats, *, firth: bool = False) -> Fit:
    """Newton steps to the maximum of the likelihood, or of Firth's penalised likelihood.

    Coefficients are log odds ratios. Without a penalty, steps that do not die out mean that some
    term separates the outcomes: the estimate is infinite and the fit is marked. The penalty
    |I|^(1/2) adds h(1/2 - p) to the residuals, h being the hat diagonal.

    Raises:
        DataError: see `in_units`.
    """
    return in_units(x, lambda z: _logistic(z, y, firth))


def _logistic(z: Floats, y: Floats, firth: bool) -> Fit:
    design = np.column_stack([np.ones(len(z)), z])
    beta, converged = log_odds(design, y, np.ones(len(z)), firth)
    _, information = _information(design, beta, np.ones(len(z)))
    cov = np.linalg.pinv(information)
    return Fit(beta[1:], cov[1:, 1:], converged)


def log_odds(
    design: Floats, y: Floats, weights: Floats, firth: bool = False
) -> tuple[Floats, bool]:
    """Coefficients of a design with intercept, and whether the steps died out."""
    beta = np.zeros(design.shape[1])
    share = float(np.average(y, weights=weights))
    beta[0] = np.log(share / (1 - share))
    for _ in range(_STEPS[firth]):
        p, information = _information(design, beta, weights)
        try:
            inverse = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            break
        residual = weights * (y - p)
        if firth:
            hat = p * (1 - p) * np.einsum("ij,jk,ik->i", design, inverse, design, optimize=True)
            residual = residual + hat * (0.5 - p)
        step = inverse @ (design.T @ residual)
        step /= max(1.0, float(np.abs(step).max()) / 5)
        beta = beta + _shortened(design, y, weights, beta, step, firth)
        if np.abs(step).max() < _TOLERANCE:
            return beta, True
    return beta, False


def _information(design: Floats, beta: Floats, weights: Floats) -> tuple[Floats, Floats]:
    p = expit(design @ beta)
    return p, design.T @ (design * (weights * p * (1 - p))[:, None])


def log_likelihood(design: Floats, y: Floats, weights: Floats, beta: Floats, firth: bool) -> float:
    """The logarithm that is maximised; `design` holds the intercept."""
    eta = design @ beta
    value = float(weights @ (y * eta - np.logaddexp(0, eta)))
    if firth:
        value += 0.5 * float(np.linalg.slogdet(_information(design, beta, weights)[1])[1])
    return value


def _shortened(
    design: Floats, y: Floats, weights: Floats, beta: Floats, step: Floats, firth: bool
) -> Floats:
    """The step, halved until it does not lead downhill."""
    now = log_likelihood(design, y, weights, beta, firth)
    for _ in range(20):
        if log_likelihood(design, y, weights, beta + step, firth) >= now - 1e-9 * abs(now):
            break
        step = step / 2
    return step


def linear(x: Floats, y: Floats) -> Fit:
    """Least squares; coefficients are differences of the mean outcome.

    Raises:
        DataError: see `in_units`; or the outcome is an exact combination of the predictors.
    """

    def solve(z: Floats) -> Fit:
        design = np.column_stack([np.ones(len(z)), z])
        inverse = np.linalg.inv(design.T @ design)
        beta = inverse @ (design.T @ y)
        rest = y - design @ beta
        df = len(y) - design.shape[1]
        if rest @ rest <= 1e-16 * float(y @ y):
            raise DataError(
                "The outcome is an exact combination of other columns.",
                "Leave out the columns that it is computed from.",
                code="E_EXACT_FIT",
            )
        cov = inverse * (rest @ rest) / df
        return Fit(beta[1:], cov[1:, 1:], df=float(df))

    return in_units(x, solve)
