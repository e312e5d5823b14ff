"""Which synthetic rows answer to what an attacker knows of a person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Ints
from synthcraft.tools.privacy.space import near, real_rows, synthetic_rows
from synthcraft.tools.table_schema import Column

TARGETS = 5000


@dataclass(frozen=True)
class Targets:
    """Real rows under attack, at most 5,000 of each side: places among training, then holdout."""

    train: Ints
    holdout: Ints

    @property
    def places(self) -> Ints:
        """All of them, training rows first."""
        return np.concatenate([self.train, self.holdout])


def targets(ctx: EvalContext) -> Targets:
    """Drawn once per split; more rows would cost time and say nothing new."""

    def build() -> Targets:
        rng, members = ctx.rng("targets"), len(ctx.train)
        train, holdout = (
            np.sort(rng.permutation(n)[:TARGETS]) for n in (members, len(ctx.holdout))
        )
        return Targets(train, members + holdout)

    return ctx.real("targets", build)


@dataclass(frozen=True)
class Patterns:
    """Synthetic rows that agree in some columns share a number.

    Attributes:
        synthetic: the number of each synthetic row.
        nearest: the number nearest to each target, by Gower's distance in those columns.
    """

    synthetic: Ints
    nearest: Ints


def patterns(ctx: EvalContext, columns: tuple[Column, ...]) -> Patterns:
    """Patterns in these columns; ties are one pattern, so that no row wins by its place."""
    return ctx.own(("patterns", tuple(c.name for c in columns)), partial(_patterns, ctx, columns))


def _patterns(ctx: EvalContext, columns: tuple[Column, ...]) -> Patterns:
    rows = synthetic_rows(ctx, columns)
    _, first, inverse = np.unique(rows.gower, axis=0, return_index=True, return_inverse=True)
    people = real_rows(ctx, columns).take(targets(ctx).places)
    return Patterns(np.ravel(inverse), near(rows.take(first), people).place)
