"""V5: does the file reveal a sensitive value of training people beyond what it says of anyone?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.excess import Excess, judged, rate
from synthcraft.tools.privacy.guesses import guesses, sought
from synthcraft.tools.privacy.known import absent, assumption, known, sensitive
from synthcraft.tools.privacy.patterns import targets
from synthcraft.tools.table_schema import Column

_DRAWS = 10
_FEW = 20
_OPEN = "Too few values to attack, or nothing that is hard to guess."


@metric(
    "privacy.attribute_inference",
    family="privacy_metrics",
    title="Inferring sensitive values",
    explanation="Near zero: values of training people are guessed no better than anyone's.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout", "separate"),
)
def attribute_inference(ctx: EvalContext) -> list[Value]:
    """V5: (acc_T - acc_H) / (1 - acc_H) of the better attacker, largest over sensitive columns.

    Attackers: the nearest synthetic row by Gower's distance in what they know, and boosted trees
    trained on the file. A number counts as guessed within 10 %. At most 1, ideal 0, lower is
    better. Without named sensitive columns the target is taken. Source: evaluation 4.5.
    """
    if not (columns := sensitive(ctx)):
        reason = "No sensitive column was named, and there is no target to take its place."
        if ctx.sensitive:
            reason = f"Not among the columns of the file: {', '.join(absent(ctx))}."
        return [Value(None, status="not_assessed", message=reason)]
    found = {c.name: _excess(ctx, c) for c in columns}
    parts = [part for part in found.values() if part]
    left = [*absent(ctx), *(name for name, part in found.items() if not part)]
    missing = [Value(None, column=n, status="not_assessed", message=_OPEN) for n in left]
    if not parts:
        return [Value(None, status="not_assessed", message=_OPEN), *missing]
    note = assumption(ctx)
    if not ctx.sensitive:
        note = f"No sensitive column was named: the target stands for them. {note}"
    return [*judged(parts, note), *missing]


def _excess(ctx: EvalContext, column: Column) -> Excess | None:
    """The better of the two attackers on one column; None where nothing can be learnt."""
    if not (knows := known(ctx, column.name)):
        return None
    values = sought(ctx, column)
    asked = ~np.isnan(values.targets)
    inside = np.arange(len(asked)) < len(targets(ctx).train)
    if min((asked & inside).sum(), (asked & ~inside).sum()) < _FEW:
        return None
    names, made = zip(*guesses(ctx, column, knows).items(), strict=True)
    right = np.column_stack([values.right(guess) for guess in made])
    train, holdout = right[asked & inside], right[asked & ~inside]
    rng = ctx.rng(f"attribute {column.name}")
    draws = [_accuracies(side, _DRAWS * ctx.bootstrap, rng) for side in (train, holdout)]
    ratios = _ratio(draws[0], draws[1])
    estimates = _ratio(train.mean(0), holdout.mean(0))
    if np.isnan(estimates).all():
        return None
    best = int(np.nanargmax(estimates))
    kept = ratios[~np.isnan(ratios[:, best]), best]

    def interval(level: float) -> tuple[float, float]:
        low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    told = ", ".join(f"{n} {e:.2f}" for n, e in zip(names, estimates, strict=True))
    known_in, known_out = (rate(side[:, best].sum(), len(side)) for side in (train, holdout))
    message = f"Right for {known_in} of training people, {known_out} of held-back people ({told})."
    return Excess(
        float(estimates[best]), interval, float(kept.std()), "paired bootstrap of people",
        column.name, message=message, tries=len(names), people=len(train),
    )  # fmt: skip


def _accuracies(right: NDArray[np.bool_], draws: int, rng: np.random.Generator) -> Floats:
    """Shares of right guesses of both attackers under resampling of people, draws x 2.

    People differ only in which attackers are right about them: resampling them is multinomial.
    """
    cells = np.bincount(right @ [2, 1], minlength=4) / len(right)
    drawn = rng.multinomial(len(right), cells, size=draws) / len(right)
    return np.column_stack([drawn[:, 2] + drawn[:, 3], drawn[:, 1] + drawn[:, 3]])


def _ratio(train: Floats, holdout: Floats) -> Floats:
    """Share of what could not be inferred of others that is known of training people."""
    open_ = 1 - holdout
    return np.where(open_ > 0, (train - holdout) / np.where(open_ > 0, open_, 1), np.nan)
