"""Success on training people beyond success on people never seen, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthcraft.tools.metrics.base import Status, Value
from synthcraft.tools.stats.auc import POWER
from synthcraft.tools.stats.proportions import difference

_ALPHA = 0.01
Interval = Callable[[float], tuple[float, float]]
"""From a level of confidence to bounds."""


@dataclass(frozen=True)
class Excess:
    """One attack's excess: -1 to 1, ideal 0, lower is better."""

    value: float
    interval: Interval
    error: float
    method: str
    column: str | None = None
    group: str | None = None
    message: str = ""
    tries: int = 1
    """Attackers of whom this is the best."""
    people: int | None = None
    """Training rows under attack, where not all of them."""


def rate(hits: float, people: float) -> str:
    """A share in words, without giving away a count under ten."""
    return "fewer than ten" if 0 < hits < 10 else f"{100 * hits / people:.1f} %"


def shares(
    train: float, n_train: float, holdout: float, n_holdout: float,
    column: str | None = None, group: str | None = None,
) -> Excess:  # fmt: skip
    """The difference between two success rates."""
    error = np.sqrt(train * (1 - train) / n_train + holdout * (1 - holdout) / n_holdout)
    return Excess(
        train - holdout,
        lambda level: difference(train, n_train, holdout, n_holdout, level),
        float(error),
        "Newcombe, from Wilson intervals",
        column,
        group,
        f"Right for {rate(train * n_train, n_train)} of training people, "
        f"{rate(holdout * n_holdout, n_holdout)} of held-back people.",
    )


def judged(parts: Sequence[Excess], note: str = "") -> list[Value]:
    """The metric's own row, then each part.

    Its own is the largest excess that chance does not explain, with the largest upper bound of
    all. A pass needs every upper bound under the limit. What fails is a lower bound over it, or an
    estimate over the limit for a person, unless chance explains it; both at a one-sided 1 %, shared
    by all attackers, as for copies.
    """
    level = 1 - 2 * _ALPHA / sum(part.tries for part in parts)
    worst = max(parts, key=lambda part: (part.interval(level)[0] > 0, part.value))
    above = max(part.interval(0.95)[1] for part in parts)
    proven = max(part.interval(level)[0] for part in parts)
    named = [part for part in parts if part.column or part.group]
    where = f"Largest for {worst.column or worst.group}. " if named else ""
    own = replace(worst, column=None, group=None, message=f"{where}{worst.message} {note}".strip())
    return [
        _value(own, above, proven),
        *(_value(part, part.interval(0.95)[1], part.interval(level)[0]) for part in named),
    ]


def _value(part: Excess, above: float, proven: float) -> Value:
    doubt: Status | None = "refer" if proven <= 0 else None
    return Value(
        part.value,
        column=part.column,
        group=part.group,
        ci=(part.interval(0.95)[0], above),
        ci_method=part.method,
        score=proven,
        mde=POWER * part.error,
        n=part.people,
        at_worst=doubt,
        message=part.message,
    )
