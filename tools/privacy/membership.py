"""V3 and V4: can someone's presence in the training data be guessed from the file?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from synthcraft.tools.disclosure.rounding import to_five
from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.crossfit import pooled_auc, standard_error
from synthcraft.tools.metrics.encoder import Scale
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.attacks import Attack, attacks, to_reference
from synthcraft.tools.privacy.excess import rate
from synthcraft.tools.stats.auc import (
    Auc,
    advantage,
    detectable_auc,
    null_error,
    sensitivity_at,
)
from synthcraft.tools.stats.multiplicity import holm
from synthcraft.tools.stats.normal import normal_p

Bools = NDArray[np.bool_]
_ALPHA = 0.05
_VULNERABLE = 0.05
CUTS = 6
"""Of the holdout, for the vulnerable: three at random, each half in turn the reference."""
_ROWS_FOR_ONE_PERCENT = 1000


@dataclass(frozen=True)
class Finding:
    """How well one attack tells members from non-members.

    Attributes:
        cuts: the attack's scores in each cut of the holdout into reference and non-members.
        auc: over pairs of the same cut; its error counts each person once, however often attacked.
        sizes: members and non-members that carry as much as those of several cuts together.
        adjusted: p against guessing, after a look at all attacks (Holm).
    """

    cuts: tuple[Attack, ...]
    auc: Auc
    sizes: tuple[float, float]
    adjusted: float = 1.0

    @property
    def name(self) -> str:
        """The attack's name."""
        return self.cuts[0].name

    @property
    def error(self) -> float:
        """The larger of DeLong's error and that of scores that say nothing: few rows mislead."""
        return max(self.auc.error, null_error(*self.sizes))

    @property
    def p(self) -> float:
        """One-sided, against guessing."""
        return normal_p(self.auc.value - 0.5, self.error, one_sided=True)

    @property
    def ci(self) -> tuple[float, float]:
        """Bounds at Holm's level: the lower exceeds 0.5 where the adjusted p is below 0.05."""
        share = self.p / self.adjusted if self.adjusted > 0 else 1.0
        reach = float(norm.isf(_ALPHA * share)) * self.error
        return max(0.0, self.auc.value - reach), min(1.0, self.auc.value + reach)

    @property
    def beats_guessing(self) -> bool:
        """Whether it is better than chance, with all attacks counted."""
        return self.adjusted < _ALPHA

    @property
    def detectable(self) -> float:
        """Smallest AUC that it could have shown."""
        return detectable_auc(*self.sizes)


def vulnerable(ctx: EvalContext, cut: int = 0) -> Bools:
    """The 5 % of real rows (training, then holdout) farthest from their five reference rows."""
    distance = to_reference(ctx, cut=cut).mean(1)
    return np.asarray(distance > np.quantile(distance, 1 - _VULNERABLE))


def findings(ctx: EvalContext, scale: Scale = "normal") -> tuple[list[Finding], list[Finding]]:
    """Every attack on all people, and on the vulnerable ones; Holm's rule runs over both."""
    return ctx.own(("findings", scale), lambda: _findings(ctx, scale))


def _findings(ctx: EvalContext, scale: Scale) -> tuple[list[Finding], list[Finding]]:
    whole = [finding_of((attack,)) for attack in attacks(ctx, scale)]
    by_cut = [_on_the_vulnerable(ctx, scale, cut) for cut in range(CUTS)]
    tried = (tuple(a for a in each if a) for each in zip(*by_cut, strict=True))
    found = [*whole, *(finding_of(cuts) for cuts in tried if cuts)]
    adjusted = holm([f.p for f in found])
    found = [replace(f, adjusted=p) for f, p in zip(found, adjusted, strict=True)]
    return found[: len(whole)], found[len(whole) :]


def _on_the_vulnerable(ctx: EvalContext, scale: Scale, cut: int) -> list[Attack | None]:
    """The attacks of one cut on its vulnerable rows; None where a side has nobody."""
    train, holdout = np.split(vulnerable(ctx, cut), [len(ctx.train)])
    parts = [attack.among(train, holdout) for attack in attacks(ctx, scale, cut)]
    return [part if len(part.people) and len(part.places) else None for part in parts]


def finding_of(cuts: tuple[Attack, ...]) -> Finding:
    """One attack over its cuts: scores are ranked within a cut, errors are summed over people.

    Scores of different cuts rest on different references and are never compared. Someone who is
    attacked in several cuts is one observation (cluster), and Kish's count says how many unequal
    clusters are worth.
    """
    sides = [side for a in cuts for side in ((a.members, a.people), (a.outsiders, ~a.places))]
    scores, person = (np.concatenate(part) for part in zip(*sides, strict=True))
    event = person >= 0  # held-back people are numbered from -1 downwards
    cut = np.repeat(np.arange(len(cuts)), [len(a.members) + len(a.outsiders) for a in cuts])
    pairs = pooled_auc(scores, event, cut)
    people, index, times = np.unique(person, return_inverse=True, return_counts=True)
    influence = np.bincount(index, pairs.influence).astype(np.float64)
    error = standard_error(influence, people >= 0)
    members, outsiders = (
        float(side.sum() ** 2 / (side**2).sum()) for side in (times[people >= 0], times[people < 0])
    )
    return Finding(cuts, Auc(pairs.value, error), (members, outsiders))


@metric(
    "privacy.membership",
    family="privacy_metrics",
    title="Guessing who was in the training data",
    explanation="Near 0.5: no attack tells training people from people never seen.",
    ideal=0.5,
    floor="A2",
    fresh="halves",
    needs=("several rows", "holdout", "separate"),
)
def membership(ctx: EvalContext) -> list[Value]:
    """V3: AUC of the best of four membership attacks; then a row for each.

    0 to 1, ideal 0.5, lower is better; DeLong intervals at Holm's level over V3 and V4. Attacks
    by distance are repeated with Gower's: where the two disagree the result is referred.
    Source: evaluation 4.5.
    """
    return _values(findings(ctx)[0], findings(ctx, "gower")[0])


@metric(
    "privacy.vulnerable",
    family="privacy_metrics",
    title="Guessing the presence of the most unusual people",
    explanation="Near 0.5, for the 5 % of people who are least like others.",
    ideal=0.5,
    floor="A2",
    fresh="halves",
    needs=("several rows", "holdout", "separate"),
    version=2,
)
def most_unusual(ctx: EvalContext) -> list[Value]:
    """V4: the same attacks on the 5 % of rows with the largest mean distance to five of R.

    Pooled over six cuts of the holdout into R and N, each half in turn the reference: AUC within
    cuts, error over people. No cut can bring in people that were not held back; where a limit
    cannot be tested at this size the result is referred. Source: evaluation 4.5 and 1.
    """
    found = findings(ctx)[1]
    if not found:
        return [Value(None, status="not_assessed", message="No people stand out from the others.")]
    own, *each = _values(found, findings(ctx, "gower")[1])
    people = (np.unique(np.concatenate([a.places for a in f.cuts])).size for f in found)
    message = (
        f"{own.message} Pooled over {len(found[-1].cuts)} cuts of the held-back people into "
        f"reference and non-members, about {to_five(max(people))} non-members in all."
    )
    return [replace(own, message=message), *each]


def _values(found: list[Finding], twins: list[Finding]) -> list[Value]:
    """The strongest attack, with what the weakest could have seen; then each."""
    best = max(found, key=lambda f: (f.beats_guessing, f.auc.value))
    agree = any(f.beats_guessing for f in found) == any(f.beats_guessing for f in twins)
    message = f"Best of {len(found)} attacks: {best.name}. {reading(best)}"
    if not agree:
        message += " With Gower's distance the finding is another: a person should look."
    blind = max(f.detectable for f in found)
    own = row_of(best, blind, message, agree=agree)
    return [own, *(row_of(f, f.detectable, reading(f), f.name) for f in found)]


def row_of(
    f: Finding, mde: float, message: str, group: str | None = None, *, agree: bool = True
) -> Value:
    """A row of results: it passes where nothing was found, and fails only where something was."""
    doubt: Status = "refer"
    return Value(
        f.auc.value, group=group, ci=f.ci, ci_method="DeLong over people, at Holm's level",
        mde=mde, p=f.p, message=message,
        at_best=doubt if f.beats_guessing or not agree else None,
        at_worst=None if f.beats_guessing and agree else doubt,
    )  # fmt: skip


def reading(f: Finding) -> str:
    """Hits at few false alarms, and the advantage over guessing: means over the cuts."""
    fewest = min(len(a.outsiders) for a in f.cuts)
    alarms = 0.01 if fewest >= _ROWS_FOR_ONE_PERCENT else 0.05
    hits = np.mean([sensitivity_at(a.members, a.outsiders, alarms) for a in f.cuts])
    gain = np.mean([advantage(a.members, a.outsiders) for a in f.cuts])
    members = round(np.mean([len(a.members) for a in f.cuts]))
    return (
        f"At {alarms:.0%} false alarms it finds {rate(float(hits) * members, members)} of "
        f"training people; advantage {gain:.2f}; smallest detectable AUC {f.detectable:.3f}."
    )
