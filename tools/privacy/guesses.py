"""What two attackers guess of a sensitive value from what they know and the synthetic file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.metrics.encoder import plain
from synthcraft.tools.metrics.learners import boosting
from synthcraft.tools.privacy.keys import levels
from synthcraft.tools.privacy.patterns import Patterns, patterns, targets
from synthcraft.tools.privacy.space import order, pooled
from synthcraft.tools.table_schema import Column

NEAR = 0.10
_CLASSES = 10
_ROWS = 20_000


@dataclass(frozen=True)
class Sought:
    """A sensitive column as numbers or codes; NaN is missing. Synthetic rows by content."""

    targets: Floats
    synthetic: Floats
    width: Floats | None
    """How far a guessed number may lie from each target's; None: codes have to be equal."""

    def right(self, guess: Floats) -> NDArray[np.bool_]:
        """Whether each target's value was guessed."""
        if self.width is None:
            return np.asarray(guess == self.targets)
        return np.asarray(np.abs(guess - self.targets) <= self.width)


def sought(ctx: EvalContext, column: Column) -> Sought:
    """The values under attack; a number may be missed by 10 %, a date by 10 % of their spread."""
    places = targets(ctx).places
    if not is_number(column):
        codes = levels(ctx, column)
        real, synthetic = (
            np.where(side == 0, np.nan, side) for side in (codes.real[places], codes.synthetic)
        )
        return Sought(real, synthetic, None)
    everyone = numbers(pooled(ctx).train[column.name])
    synthetic = numbers(ctx.synthetic.iloc[order(ctx)][column.name])
    real = everyone[places]
    width = NEAR * np.abs(real)
    if column.kind == "date":
        low, high = np.nanquantile(everyone, [0.05, 0.95])
        width = np.full(len(real), NEAR * (high - low))
    return Sought(real, synthetic, width)


def guesses(ctx: EvalContext, column: Column, known: tuple[Column, ...]) -> dict[str, Floats]:
    """Attacker -> a guess for each target; NaN where there is none."""
    values = sought(ctx, column)
    return {
        "nearest row": _by_pattern(patterns(ctx, known), values),
        "boosted trees": _by_trees(ctx, known, values),
    }


def _by_pattern(found: Patterns, values: Sought) -> Floats:
    """Median, or most frequent value, of the synthetic rows that look most like the target."""
    use = ~np.isnan(values.synthetic)
    pattern, value = found.synthetic[use], values.synthetic[use]
    guess = np.full(int(found.synthetic.max()) + 1, np.nan)
    if values.width is None:
        pairs, counts = np.unique(np.column_stack([pattern, value]), axis=0, return_counts=True)
        rank = np.lexsort([-pairs[:, 1], counts])  # most frequent last; of equals, the commonest
        guess[pairs[rank, 0].astype(int)] = pairs[rank, 1]
    else:
        rank = np.lexsort([value, pattern])
        at, first, size = np.unique(pattern[rank], return_index=True, return_counts=True)
        low, high = first + (size - 1) // 2, first + size // 2
        guess[at] = (value[rank][low] + value[rank][high]) / 2
    return np.asarray(guess[found.nearest])


def _by_trees(ctx: EvalContext, known: tuple[Column, ...], values: Sought) -> Floats:
    """The house's small boosting; of many classes the most frequent ten can be guessed."""
    whole = pooled(ctx)
    use = ~np.isnan(values.synthetic)
    if values.width is None:
        frequent = np.argsort(-np.bincount(values.synthetic[use].astype(int)), kind="stable")
        use &= np.isin(values.synthetic, frequent[:_CLASSES])
    rows = np.flatnonzero(use)
    rows = rows[np.sort(ctx.rng("rows to learn from").permutation(len(rows))[:_ROWS])]
    outcome = values.synthetic[rows]
    if len(np.unique(outcome)) < 2:
        return np.full(len(values.targets), outcome[0] if len(outcome) else np.nan)
    x, nominal = plain(whole, ctx.synthetic.iloc[order(ctx)[rows]], known)
    asked, _ = plain(whole, whole.train.iloc[targets(ctx).places], known)
    task = "classification" if values.width is None else "regression"
    model = boosting(task, nominal, ctx.seed).fit(x, outcome)
    return np.asarray(model.predict(asked), dtype=float)
