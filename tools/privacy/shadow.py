"""V3 for the most unusual people, by an attacker who trains generators of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from synthcraft.tools.disclosure.rounding import to_five
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.neighbours import ZERO, is_narrow, nearest
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.scores import Bools
from synthcraft.tools.privacy.attacks import Attack, to_reference
from synthcraft.tools.privacy.membership import finding_of, reading, row_of
from synthcraft.tools.privacy.shadow_halves import Shadows
from synthcraft.tools.privacy.space import placed, real_rows

_SHARE, _LEAST = 0.05, 20
"""Share of the people under attack; more where fewer than this many were held back of them."""
_FAINTEST = 0.01
"""Being inside draws synthetic rows at least so near, in standard deviations."""


@dataclass(frozen=True)
class Learnt:
    """What the shadows teach of each target: log distance to the nearest synthetic row.

    Attributes:
        middle: halfway between the means inside and outside.
        shift: mean inside minus mean outside, below 0.
        variance: of the distance around these means, all targets pooled.
    """

    middle: Floats
    shift: Floats
    variance: float

    def score(self, distance: Floats) -> Floats:
        """Log likelihood ratio of inside to outside, up to what a change of all distances brings.

        The table under attack may lie nearer or farther as a whole (it has more training rows, or
        another maker): only how a target stands among the others counts.
        """
        left = distance - self.middle
        return np.asarray(self.shift * (left - np.median(left)) / self.variance)


def learn(distances: Floats, inside: Bools) -> Learnt:
    """Two Gaussians of one variance for each target, from shadows x targets.

    So few shadows say little of one target: its shift is drawn to the mean of all, by the share of
    its spread that is noise.
    """
    among = inside.astype(float)
    times, without = among.sum(0), (1 - among).sum(0)
    means = [(w * distances).sum(0) / w.sum(0) for w in (among, 1 - among)]
    left = distances - np.where(inside, *means)
    freedom = max(1, distances.size - 2 * distances.shape[1])
    variance = max(float((left**2).sum()) / freedom, ZERO**2)
    shift = means[0] - means[1]
    noise = float((variance * (1 / times + 1 / without)).mean())
    spread = float(shift.var())
    kept = max(0.0, 1 - noise / spread) if spread > 0 else 0.0
    drawn = shift.mean() + kept * (shift - shift.mean())
    return Learnt(
        np.asarray(sum(means) / 2), np.minimum(drawn, -_FAINTEST * variance**0.5), variance
    )


def targets(ctx: EvalContext) -> Ints:
    """Real rows (training, then holdout) farthest from five held-back rows, as V4 ranks them.

    The mean over both halves of the holdout as reference, so that all people are ranked alike.
    """
    distance = np.mean([to_reference(ctx, cut=cut).mean(1) for cut in (0, 1)], axis=0)
    share = min(1.0, max(_SHARE, _LEAST / len(ctx.holdout)))
    count = round(share * len(distance))
    return np.sort(np.argsort(-distance, kind="stable")[:count])


def shadow_attack(ctx: EvalContext, shadows: Shadows) -> Attack:
    """The likelihood ratio of each target; `people` and `places` number persons, not rows."""
    chosen, names = targets(ctx), tuple(c.name for c in ctx.columns)
    inside = shadows.halves.inside[:, chosen]

    def build() -> Learnt:
        found = (_log_distance(ctx, table, chosen) for table in shadows.tables)
        return learn(np.array(list(found)), inside)

    learnt = ctx.real(("shadows", names), build)
    scores = learnt.score(_log_distance(ctx, ctx.synthetic, chosen))
    member, person = chosen < len(ctx.train), shadows.halves.people[chosen]
    return Attack(
        "trained generators", scores[member], scores[~member], person[member], person[~member]
    )


def _log_distance(ctx: EvalContext, table: pd.DataFrame, chosen: Ints) -> Floats:
    """Of each target to the nearest row of a table; a copy is as near as rounding allows."""
    rows, real = placed(ctx, table, ctx.columns).normal, real_rows(ctx).normal[chosen]
    distance, _ = nearest(rows, real, narrow=is_narrow(ctx))
    return np.asarray(np.log(np.maximum(distance, ZERO)))


@metric(
    "privacy.shadow_models",
    family="shadow",
    title="Guessing the presence of unusual people with trained generators",
    explanation="Near 0.5: knowing how the file was made does not tell who it was made from.",
    ideal=0.5,
    needs=("unseen", "several rows", "holdout", "separate", "shadows"),
    tier="publication",
)
def shadow_models(ctx: EvalContext) -> list[Value]:
    """V3, shadow models: AUC of the likelihood ratio for the 5 % most unusual people.

    Generators are trained on halves of training and held-back people together; each tells how near
    synthetic rows come to a target that was inside, or not. 0 to 1, ideal 0.5, lower is better;
    DeLong over people, for this one attack: Holm's count over V3 and V4 leaves it out.
    Source: evaluation 4.5.
    """
    if ctx.shadows is None:
        raise ValueError("a metric that needs shadows was run without them")
    attack = shadow_attack(ctx, ctx.shadows)
    if not len(attack.members) or not len(attack.outsiders):
        return [Value(None, status="not_assessed", message="No people stand out from the others.")]
    found = finding_of((attack,))
    found = replace(found, adjusted=found.p)
    message = f"{ctx.shadows.trained} {reading(found)} About {_about(attack)} held-back people."
    return [row_of(found, found.detectable, message)]


def _about(attack: Attack) -> int:
    return to_five(np.unique(attack.places).size)
