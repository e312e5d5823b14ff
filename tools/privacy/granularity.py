"""How coarse the synthetic table is in its quasi-identifiers: the textbook k, l and t (P7)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, Ints, is_number
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.keys import binned, keys
from synthcraft.tools.privacy.known import sensitive
from synthcraft.tools.table_schema import Column

TWIN = "held-back people"
CAUTION = (
    "k-anonymity of a synthetic table describes its granularity; synthetic rows are not people."
)
_SMALL = (5, 11)


def declared(ctx: EvalContext) -> tuple[Column, ...]:
    """The declared quasi-identifiers that the file has."""
    return tuple(c for c in ctx.columns if c.name in ctx.quasi_identifiers)


def class_sizes(classes: Ints) -> Ints:
    """Rows that share each row's combination."""
    return np.asarray(np.bincount(classes)[classes])


@metric(
    "privacy.k_anonymity",
    family="privacy_metrics",
    title="k-anonymity",
    explanation="Described only: how many synthetic rows share each combination, at least.",
    direction="higher",
    ideal=None,
    needs=("rows", "holdout", "quasi"),
)
def k_anonymity(ctx: EvalContext) -> list[Value]:
    """Rows of the smallest class on the quasi-identifiers; shares of rows in classes under 5, 11.

    At least 1. Numbers with over 20 values in ten bins. Each share stands beside that of the
    held-back people. Source: evaluation 2, P7.
    """
    key, members = keys(ctx, declared(ctx)), len(ctx.train)
    made, people = class_sizes(key.synthetic), class_sizes(key.real[members:])
    rows = [Value(float(made.min()), message=CAUTION)]
    for size in _SMALL:
        group = f"rows in classes under {size}"
        rows.append(Value(float((made < size).mean()), group=group))
        rows.append(Value(float((people < size).mean()), group=f"{group}, {TWIN}"))
    return rows


@metric(
    "privacy.l_diversity",
    family="privacy_metrics",
    title="l-diversity",
    explanation="Described only: how many sensitive values each combination has, at least.",
    direction="higher",
    ideal=None,
    needs=("rows", "holdout", "quasi", "sensitive"),
)
def l_diversity(ctx: EvalContext) -> list[Value]:
    """Fewest distinct sensitive values in a class; beside it the exponential of the least entropy.

    At least 1. Lowest over sensitive columns, then each, and the same for held-back people.
    Source: evaluation 2, P7.
    """
    return _by_column(ctx, min, {"distinct values": _distinct, "entropy": _entropy})


@metric(
    "privacy.t_closeness",
    family="privacy_metrics",
    title="t-closeness",
    explanation="Described only: how far sensitive values of a combination lie from all, at most.",
    ideal=None,
    needs=("rows", "holdout", "quasi", "sensitive"),
)
def t_closeness(ctx: EvalContext) -> list[Value]:
    """Largest distance between sensitive values of a class and of all rows, 0 to 1.

    Total variation for categories, earth mover's distance over equal steps for numbers in bins.
    Largest over sensitive columns, then each, and the same for held-back people.
    Source: evaluation 2, P7.
    """
    return _by_column(ctx, max, {"distance": _closeness})


def _by_column(
    ctx: EvalContext,
    worst: Callable[[list[float]], float],
    measures: dict[str, Callable[[Ints, Ints, bool], float]],
) -> list[Value]:
    """The worst of the first measure over the sensitive columns, then every number.

    A measure takes the class and the sensitive value of each row, and whether values have an order.
    """
    members, rows, made = len(ctx.train), [], []
    for column in sensitive(ctx):
        key = keys(ctx, (c for c in declared(ctx) if c != column))
        value, ordered = binned(ctx, column), is_number(column)
        for name, measure in measures.items():
            own = measure(key.synthetic, value.synthetic, ordered)
            twin = measure(key.real[members:], value.real[members:], ordered)
            made.append((name, own))
            rows.append(Value(own, column=column.name, group=name))
            rows.append(Value(twin, column=column.name, group=f"{name}, {TWIN}"))
    first = next(iter(measures))
    return [Value(worst([own for name, own in made if name == first]), message=CAUTION), *rows]


def counts_by_class(classes: Ints, values: Ints) -> Floats:
    """Rows of each class (rows) with each value (columns); classes that occur only."""
    _, place = np.unique(classes, return_inverse=True)
    width = int(values.max(initial=0)) + 1
    flat = np.bincount(place.ravel() * width + values, minlength=(place.max() + 1) * width)
    return flat.reshape(-1, width).astype(float)


def _distinct(classes: Ints, values: Ints, ordered: bool) -> float:
    return float((counts_by_class(classes, values) > 0).sum(1).min())


def _entropy(classes: Ints, values: Ints, ordered: bool) -> float:
    counts = counts_by_class(classes, values)
    shares = counts / counts.sum(1, keepdims=True)
    logs = np.log(np.where(shares > 0, shares, 1))
    return float(np.exp(-(shares * logs).sum(1)).min())


def _closeness(classes: Ints, values: Ints, ordered: bool) -> float:
    counts = counts_by_class(classes, values)
    counts = counts[:, counts.sum(0) > 0]
    apart = counts / counts.sum(1, keepdims=True) - counts.sum(0) / counts.sum()
    if not ordered:
        return float(np.abs(apart).sum(1).max() / 2)
    steps = max(counts.shape[1] - 1, 1)
    return float(np.abs(np.cumsum(apart, axis=1)).sum(1).max() / steps)
