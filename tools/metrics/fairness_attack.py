"""E6: is someone's presence in the training data easier to guess in some group of people?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.groups import MIN_CELL, groupings, shown
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.subgroup import unassessed, with_worst
from synthcraft.tools.privacy.attacks import Attack, attacks
from synthcraft.tools.privacy.membership import Finding, finding_of
from synthcraft.tools.stats.multiplicity import holm

_MOST_ROWS = 5000
"""Members that are attacked; more would cost time and show little more."""


@metric(
    "fairness.attack_success",
    family="subgroup",
    title="Guessing who was in the training data, by group",
    explanation="Near 0.5 in every group: nobody's presence is easier to guess.",
    ideal=0.5,
    needs=("protected", "several rows", "holdout", "separate", "unseen"),
)
def attack_success(ctx: EvalContext) -> list[Value]:
    """E6: AUC of the best membership attack in each group; the easiest target is the metric's own.

    0 to 1, ideal 0.5, lower is better; DeLong intervals at Holm's level over all groups and
    attacks. Groups need ten members and ten outsiders. A lower bound on what an attacker could do.
    Source: evaluation E6.
    """
    if len(ctx.train) > _MOST_ROWS:
        some = ctx.rng("attacked members").permutation(len(ctx.train))[:_MOST_ROWS]
        ctx = replace(ctx, train=ctx.train.iloc[some])
    small: list[Value] = []
    tried: list[tuple[str, str, int, Finding]] = []
    for column, name, members, own in _each(ctx):
        if own:
            tried += [(column, name, members, finding_of((a,))) for a in own]
        else:
            why = f"Cannot be assessed: under {MIN_CELL} members or outsiders."
            small.append(unassessed(column, name, members, why))
    adjusted = holm([f.p for *_, f in tried])
    best: dict[tuple[str, str], tuple[int, Finding]] = {}
    for (column, name, members, finding), p in zip(tried, adjusted, strict=True):
        finding = replace(finding, adjusted=p)
        known = best.get((column, name))
        if known is None or _rank(finding) > _rank(known[1]):
            best[column, name] = members, finding
    rows = [_row(*key, *found) for key, found in best.items()]
    first, *rest = with_worst([*rows, *small], lambda row: row.value or 0.0)
    blind = max((row.mde for row in rows if row.mde is not None), default=None)
    return [replace(first, mde=blind), *rest]


def _each(ctx: EvalContext) -> Iterator[tuple[str, str, int, list[Attack]]]:
    """Every group with the attacks on its people; none where there are too few of them."""
    for of in groupings(ctx):
        train, holdout = of.codes(ctx.train), of.codes(ctx.holdout)
        for place, name in enumerate(of.names):
            members = int((train == place).sum())
            if members or (holdout == place).any():
                own = [a.among(train == place, holdout == place) for a in attacks(ctx)]
                fewest = min(min(len(a.members), len(a.outsiders)) for a in own)
                yield of.column, name, members, own if fewest >= MIN_CELL else []


def _rank(finding: Finding) -> tuple[bool, float]:
    return finding.beats_guessing, finding.auc.value


def _row(column: str, name: str, members: int, finding: Finding) -> Value:
    sure: Status | None = None if finding.beats_guessing else "refer"
    return Value(
        finding.auc.value, column=column, group=name, ci=finding.ci, n=shown(members),
        ci_method="DeLong at Holm's level", mde=finding.detectable, at_worst=sure,
        at_best="refer" if finding.beats_guessing else None,
        message=f"Best attack: {finding.name}.",
    )  # fmt: skip
