"""Estimates and standard errors agree with independent code; separation is seen and survived."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter
from scipy.optimize import minimize

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.compare import compare
from synthcraft.tools.inference.cox import cox
from synthcraft.tools.inference.design import formula, model_matrix
from synthcraft.tools.inference.models import Fit, linear, log_likelihood, logistic
from synthcraft.tools.metrics.columns import Floats

from .conftest import PAPER, PEOPLE, people


def errors(fit: Fit) -> Floats:
    return np.sqrt(fit.variance)


def test_logistic_regression_agrees_with_statsmodels(paper_table: pd.DataFrame) -> None:
    recipe = formula(paper_table, PAPER.columns, "heart_attack", "classification")
    design = model_matrix(recipe, paper_table)
    known = sm.Logit(design.y, sm.add_constant(design.x)).fit(disp=0)
    fit = logistic(design.x, design.y)
    assert fit.converged
    assert fit.beta == pytest.approx(known.params[1:], rel=1e-6)
    assert errors(fit) == pytest.approx(known.bse[1:], rel=1e-6)


def test_linear_regression_agrees_with_statsmodels(paper_table: pd.DataFrame) -> None:
    recipe = formula(paper_table, PAPER.columns, "bmi", "regression")
    design = model_matrix(recipe, paper_table)
    known = sm.OLS(design.y, sm.add_constant(design.x)).fit()
    fit = linear(design.x, design.y)
    assert fit.beta == pytest.approx(known.params[1:], rel=1e-8)
    assert errors(fit) == pytest.approx(known.bse[1:], rel=1e-8)
    assert fit.df == known.df_resid


@pytest.mark.parametrize("unit", [1, 40], ids=["few ties", "heavy ties"])
def test_cox_regression_agrees_with_lifelines_and_statsmodels(unit: int) -> None:
    frame = people(500, 4)
    frame["days"] = -(-frame["days"] // unit)
    recipe = formula(frame, PEOPLE.columns, "ill", "survival", "days")
    design = model_matrix(recipe, frame)
    assert design.time is not None
    fit = cox(design.x, design.y, design.time)
    phreg = sm.PHReg(design.time, design.x, status=design.y, ties="efron").fit()
    assert fit.beta == pytest.approx(phreg.params, rel=1e-5)
    assert errors(fit) == pytest.approx(phreg.bse, rel=1e-5)
    table = pd.DataFrame(design.x).assign(time=design.time, event=design.y)
    lifelines = CoxPHFitter().fit(table, "time", "event")
    assert fit.beta == pytest.approx(lifelines.params_.to_numpy(), rel=1e-3, abs=1e-4)
    assert errors(fit) == pytest.approx(lifelines.standard_errors_.to_numpy(), rel=1e-3)


def separated() -> tuple[Floats, Floats]:
    """Nobody in the exposed group has the event, and everybody above a limit has."""
    rng = np.random.default_rng(3)
    exposed = (np.arange(120) < 18).astype(float)
    x = rng.normal(0, 1, 120)
    y = ((x + rng.normal(0, 1, 120) > 0.6) & (exposed == 0)).astype(float)
    return np.column_stack([exposed, x]), y


def test_firth_is_the_maximum_of_the_penalised_likelihood() -> None:
    x, y = separated()
    design = np.column_stack([np.ones(len(x)), x])

    def penalised(beta: Floats) -> float:
        """Written out, without any of the tested code."""
        p = 1 / (1 + np.exp(-design @ beta))
        information = (design.T * (p * (1 - p))) @ design
        likelihood = np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
        return float(-likelihood - 0.5 * np.log(np.linalg.det(information)))

    known = minimize(penalised, np.zeros(3), method="Nelder-Mead",
                     options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000})  # fmt: skip
    fit = logistic(x, y, firth=True)
    assert fit.converged
    assert fit.beta == pytest.approx(known.x[1:], abs=1e-5)
    assert np.isfinite(errors(fit)).all() and -8 < fit.beta[0] < -1
    at_known = log_likelihood(design, y, np.ones(len(y)), known.x, firth=True)
    assert at_known == pytest.approx(-known.fun, abs=1e-6)


def test_firth_of_a_two_by_two_table_adds_half_to_each_cell() -> None:
    x = np.repeat([0.0, 0.0, 1.0, 1.0], [30, 10, 20, 0])
    y = np.repeat([0.0, 1.0, 0.0, 1.0], [30, 10, 20, 0])
    fit = logistic(x[:, None], y, firth=True)
    assert fit.beta[0] == pytest.approx(np.log((0.5 / 20.5) / (10.5 / 30.5)), abs=1e-6)


@pytest.mark.parametrize("rows", [120, 12_000])
def test_separation_is_seen_by_maximum_likelihood(rows: int) -> None:
    x, y = separated()
    repeats = rows // len(x)
    assert not logistic(np.tile(x, (repeats, 1)), np.tile(y, repeats)).converged


def test_the_penalty_hardly_matters_with_many_events() -> None:
    frame = people(4000, 5)
    design = model_matrix(formula(frame, PEOPLE.columns[:4], "ill", "classification"), frame)
    plain = logistic(design.x, design.y)
    penalised = logistic(design.x, design.y, firth=True)
    assert np.abs((plain.beta - penalised.beta) / errors(plain)).max() < 0.1


def test_a_monotone_cox_likelihood_is_marked() -> None:
    x, event = separated()
    fit = cox(x[:, :1], event, np.arange(120, 0, -1.0))
    assert not fit.converged


def test_dependent_columns_and_exact_outcomes_are_refused_in_words() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (50, 2))
    with pytest.raises(DataError, match="linear combinations"):
        linear(np.column_stack([x, x.sum(axis=1)]), rng.normal(0, 1, 50))
    with pytest.raises(DataError, match="exact combination"):
        linear(x, x @ [1.0, 2.0] + 3)


def test_a_term_that_does_not_vary_is_unknown_and_the_others_stay() -> None:
    frame = people(400, 6)
    recipe = formula(frame, PEOPLE.columns[:4], "ill", "classification")
    design = model_matrix(recipe, frame)
    flat = design.x.copy()
    flat[:, 0] = 50.0
    fit = logistic(flat, design.y)
    assert np.isnan(fit.beta[0]) and np.isnan(fit.cov[0]).all()
    assert fit.beta[1:] == pytest.approx(logistic(flat[:, 1:], design.y).beta)


def test_penalty_on_one_side_is_a_penalty_on_both(paper_table: pd.DataFrame) -> None:
    sparse = people(600, 1)
    few = sparse.index[(sparse["site"] == "c") & (sparse["ill"] == 1)][3:]
    sparse.loc[few, "ill"] = 0
    columns = PEOPLE.columns[:4]
    plain = compare(people(600, 1), [people(600, 2)], columns, "ill", "classification")
    assert plain.real.firth is None and not plain.penalty
    both = compare(people(600, 1), [sparse], columns, "ill", "classification")
    assert both.real.firth is not None and both.sets[0].firth is not None
    assert "under 5 events" in both.penalty
    assert both.real.plain.beta == pytest.approx(plain.real.plain.beta)  # both versions are kept
    assert both.real.fit.beta != pytest.approx(plain.real.fit.beta, rel=1e-4)
