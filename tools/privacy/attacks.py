"""Scores by which an attacker guesses who was in the training data (V3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.encoder import Scale, plain
from synthcraft.tools.metrics.learners import boosting
from synthcraft.tools.metrics.neighbours import ZERO
from synthcraft.tools.metrics.scores import Bools
from synthcraft.tools.privacy.halves import halves
from synthcraft.tools.privacy.space import (
    near,
    order,
    pooled,
    real_rows,
    synthetic_rows,
    to_synthetic,
)

_NEIGHBOURS = 5
_AXES = 10
_PEAKS = 5
_ROWS_PER_PEAK = 100


@dataclass(frozen=True)
class Attack:
    """One attacker's scores: higher means "was in the training data".

    Attributes:
        members: a score for each training row at `people`, in that order.
        outsiders: a score for each holdout row at `places`, in that order.
        people: positions in `ctx.train`.
        places: positions in `ctx.holdout`; an attack that needs a reference leaves it out.
    """

    name: str
    members: Floats
    outsiders: Floats
    people: Ints
    places: Ints

    def among(self, train: Bools, holdout: Bools) -> Attack:
        """The same on some of the training and of the holdout rows."""
        members, outsiders = train[self.people], holdout[self.places]
        return Attack(
            self.name,
            self.members[members],
            self.outsiders[outsiders],
            self.people[members],
            self.places[outsiders],
        )


def attacks(ctx: EvalContext, scale: Scale = "normal", cut: int = 0) -> tuple[Attack, ...]:
    """Every attack on this synthetic table, computed once; free to be read by other metrics.

    Distance uses all held-back rows as non-members, the others half of them (`halves`), since
    they know the other half. `scale` is the distance of the first two; both repeat with Gower's.
    `cut` says which cut into halves.
    To compare groups, index `members` by training rows and `outsiders` by `places`.
    Source: evaluation 4.5, V3.
    """
    everyone = np.arange(len(ctx.holdout))
    outsiders = halves(ctx, cut).outsiders
    return (
        _attack(ctx, "distance", everyone, _once(ctx, _distance, scale)),
        _attack(ctx, "density of neighbours", outsiders, _once(ctx, _density, scale, cut)),
        _attack(ctx, "density of mixtures", outsiders, _once(ctx, _mixture, cut)),
        _attack(ctx, "classifier", outsiders, _once(ctx, _classifier, cut)),
    )


def _once(ctx: EvalContext, score: Callable[..., Floats], *which: Scale | int) -> Floats:
    return ctx.own((score.__name__, *which), partial(score, ctx, *which))


def _attack(ctx: EvalContext, name: str, places: Ints, scores: Floats) -> Attack:
    members = len(ctx.train)
    return Attack(name, scores[:members], scores[members + places], np.arange(members), places)


def to_reference(ctx: EvalContext, scale: Scale = "normal", cut: int = 0) -> Floats:
    """Distances of all real rows to their five nearest reference rows other than themselves."""

    def build() -> dict[Scale, Floats]:
        real, own = real_rows(ctx), len(ctx.train) + halves(ctx, cut).reference
        found = near(real.take(own), real, _NEIGHBOURS + 1)
        out: dict[Scale, Floats] = {"normal": found.normal, "gower": found.gower}
        for distances in out.values():
            distances[own, :-1] = distances[own, 1:]  # the nearest of a reference row is itself
        return {name: distances[:, :-1] for name, distances in out.items()}

    key = ("to reference", cut, tuple(c.name for c in ctx.columns))
    return ctx.real(key, build)[scale]


def _distance(ctx: EvalContext, scale: Scale) -> Floats:
    """Nearer to a synthetic row, more likely a member."""
    return -to_synthetic(ctx).by(scale)[:, 0]


def _density(ctx: EvalContext, scale: Scale, cut: int) -> Floats:
    """Log ratio of synthetic to reference density, each from the distance to a neighbour.

    The nearest synthetic row, for it may be a copy; the last of five reference rows, for the
    density of the population is smooth.
    """
    there, here = to_reference(ctx, scale, cut)[:, -1], -_once(ctx, _distance, scale)
    return np.asarray(np.log(np.maximum(there, ZERO) / np.maximum(here, ZERO)))


def _mixture(ctx: EvalContext, cut: int) -> Floats:
    """Log ratio of the densities of two Gaussian mixtures, on the main axes of both tables."""
    real, synthetic = real_rows(ctx).normal, synthetic_rows(ctx).normal
    reference = real[len(ctx.train) + halves(ctx, cut).reference]
    seen = np.vstack([synthetic, reference])
    axes = PCA(min(_AXES, *seen.shape), random_state=ctx.seed).fit(seen)
    people, scores = axes.transform(real), []
    for rows in (synthetic, reference):
        peaks = int(np.clip(len(rows) // _ROWS_PER_PEAK, 1, _PEAKS))
        mixture = GaussianMixture(peaks, reg_covar=1e-3, random_state=ctx.seed)
        scores.append(mixture.fit(axes.transform(rows)).score_samples(people))
    return np.asarray(scores[0] - scores[1])


def _classifier(ctx: EvalContext, cut: int) -> Floats:
    """Log odds of boosted trees that learnt to tell synthetic from reference rows."""
    whole = pooled(ctx)
    reference_rows = ctx.holdout.iloc[halves(ctx, cut).reference]
    frames = (ctx.synthetic.iloc[order(ctx)], reference_rows, whole.train)
    (synthetic, nominal), (reference, _), (people, _) = (
        plain(whole, frame, ctx.columns) for frame in frames
    )
    made = np.repeat([1, 0], [len(synthetic), len(reference)])
    model = boosting("classification", nominal, ctx.seed)
    model.fit(np.vstack([synthetic, reference]), made)
    return np.asarray(model.decision_function(people))
