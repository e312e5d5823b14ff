"""The same regression under other assumptions: with the survey design, and with cells imputed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthcraft.graph.errors import DataError
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.inference.agreement import Interval
from synthcraft.tools.inference.combine import around, pool
from synthcraft.tools.inference.compare import Comparison, comparison
from synthcraft.tools.inference.imputation import Holes, M, holes_of, imputed_fit
from synthcraft.tools.inference.models import Fit
from synthcraft.tools.inference.survey import Survey, refused, survey_fit, survey_of
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats


@dataclass(frozen=True)
class Estimated:
    """(terms,) coefficients with their interval of 95 %."""

    beta: Floats
    interval: Interval


@dataclass(frozen=True)
class Alternative:
    """What another analysis finds.

    Attributes:
        real: None where it changes nothing.
        synthetic: None where the synthetic tables cannot carry it.
        said: how it was done, and what could not be done.
    """

    real: Estimated | None
    synthetic: Estimated | None
    said: str

    def shift(self, found: Comparison) -> Floats:
        """(this - main) of the real coefficients in standard errors of the main result."""
        main = found.real.fit
        if self.real is None:
            return np.zeros_like(main.beta)
        return np.asarray((self.real.beta - main.beta) / np.sqrt(main.variance))


def design_based(ctx: EvalContext) -> Alternative:
    """The regression with the weights, and the variance of the survey design.

    Raises:
        DataError: no design was named, or the real rows cannot be analysed under it.
    """
    return ctx.own("design_based", lambda: _design_based(ctx, comparison(ctx)))


def _design_based(ctx: EvalContext, found: Comparison) -> Alternative:
    columns = ctx.survey
    if not columns.names:
        raise refused("no column of a survey design was named, so rows count alike", "E_NO_DESIGN")
    survey = survey_of(ctx.train, columns)
    real = survey_fit(found.real.design, survey, found.formula.task)
    synthetic, why = _by_their_design(ctx, found)
    named = ", ".join(f"{place.split('.')[1]} {name}" for place, name in columns.fields.items())
    said = (
        f"Design-based ({named}): {len(survey.stratum):,} sampling units in {survey.strata:,} "
        f"{'stratum' if survey.strata == 1 else 'strata'}, t with {survey.df:,} degrees of "
        "freedom; variance by Taylor linearisation, units as if drawn with replacement, no "
        f"penalty. {_without(survey, ctx.least)}{why}"
    )
    beta = real.beta
    return Alternative(Estimated(beta, around(beta, real.variance, real.df)), synthetic, said)


def _by_their_design(ctx: EvalContext, found: Comparison) -> tuple[Estimated | None, str]:
    """Synthetic coefficients with the design that the tables kept, or why there are none."""
    fits: list[Fit] = []
    tables = (ctx.synthetic, *ctx.replicates)
    try:
        for each, frame in zip(found.sets, tables, strict=True):
            survey = survey_of(frame, ctx.survey)
            fits.append(survey_fit(each.design, survey, found.formula.task))
    except DataError as error:
        return None, f"Synthetic rows: {error.message[0].lower()}{error.message[1:]}"
    pooled = pool(
        np.array([fit.beta for fit in fits]), np.array([fit.variance for fit in fits]),
        found.pooled.ratio,
    )  # fmt: skip
    df = np.minimum(pooled.df, min(fit.df for fit in fits))
    interval = around(pooled.estimate, pooled.total, df)
    return Estimated(pooled.estimate, interval), "Synthetic rows: by their own design."


def _without(survey: Survey, least: int) -> str:
    if not survey.without:
        return ""
    return f"Real rows without a weight or a place in the design: {_about(survey.without, least)}. "


def _about(count: int, least: int) -> str:
    told = in_words(count, least)
    return told if told.startswith("under") else f"about {told}"


def imputed(ctx: EvalContext) -> Alternative:
    """The real regression with incomplete numbers imputed, beside that of complete cases.

    Raises:
        DataError: it cannot be done; see `imputed_fit`.
    """
    found = comparison(ctx)
    key = ("imputed", found.formula.terms, found.penalty)
    return ctx.real(key, lambda: _imputed(ctx, found))


def _imputed(ctx: EvalContext, found: Comparison) -> Alternative:
    holes = holes_of(found.formula, ctx.train)
    more = holes.design.n - found.real.design.n
    if not more:
        why = "No row is incomplete by a number alone: imputation changes nothing."
        return Alternative(None, None, f"{why} {_never_guessed(holes, ctx.least)}".strip())
    combined = imputed_fit(holes, found.refit, ctx.rng("imputation"))
    said = (
        f"{M} imputations by chained Bayesian linear regressions on all terms and the outcome, "
        f"Rubin's rules: {_about(more, ctx.least)} real rows more than complete cases; values "
        f"count as missing at random. {_never_guessed(holes, ctx.least)}"
    )
    beta = combined.estimate
    return Alternative(
        Estimated(beta, around(beta, combined.variance, combined.df)), None, said.strip()
    )


def _never_guessed(holes: Holes, least: int) -> str:
    left = holes.rows - holes.design.n
    if not left:
        return ""
    return f"Rows without an outcome or a category stay out ({_about(left, least)})."
