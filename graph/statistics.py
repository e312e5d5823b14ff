"""Everything the router has learnt: Beta counts over a closed set of names, no data.

Names: ``k|episode|aspect|group`` veto of a missing aspect (with ``|tier``: in one privacy tier,
counted under both names), ``b|episode`` approval of a complete result, ``e|episode`` veto of an
unwanted extra, ``s|episode|action|named?|flag?…`` success of an action, ``R|episode|u`` return
after the u-th rejection, kept as (number, sum), ``g|verdict`` a self-check that finds a gap in
what is then approved or rejected, ``g|model|check|verdict`` a second opinion that does, by what
the self-check had found, ``q|generator|flag?…`` quality of a generator on tables of one kind, kept
as (runs, sum) and read by `tools.generators.quality` alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from typing import Any, Literal, get_args

from synthcraft.graph.contracts import Action, EpisodeName
from synthcraft.graph.episodes import ATTEMPT_LIMIT, EPISODES, RULES, success_level
from synthcraft.graph.records import Flags, PrivacyTier
from synthcraft.tools.counts import LARGEST, MICRO, QUALITY, Counts, add_counts, qualities

GAMMA = 1.0
"""Weight of what the installation has learnt against what this project has."""

CAP = 100.0
"""Most pseudo-counts that the installation's memory may weigh under one name.

At 100 a rate is known to within 0.05, finer than the planner's choices hang on, and each new
observation of the project at hand still moves it by about 1 %, however long or wrong the memory.
"""

PRIOR_VERSION = "2"
VETO_PRIOR = {"ind": (0.60, 2.0), "non": (0.12, 2.0), "want": (0.70, 2.0)}
"""Mean and weight. The specification's weight is 5: with 2, wrong rules are unlearnt sooner, and
nothing is lost where they are right (evals/RESULTS.md)."""
BASE_PRIOR = (0.93, 10.0)
EXTRA_PRIOR = (0.05, 20.0)
SUCCESS_WEIGHT = 4.0
NAMED_SUCCESS = 0.85
RETURN_PRIOR = (0.5, 0.3)
RETURN_WEIGHT = 4.0
GAP_PRIOR = {"rejected": (0.60, 10.0), "approved": (0.25, 10.0)}
"""What a self-check is worth: how often it finds a gap in a result that is then …"""
SECOND = "g|model|"
"""Beginning of the names of the second opinion."""
SECOND_PRIOR = (0.5, 10.0)
"""The same before either verdict: an opinion without a history says nothing."""
POOLED_WEIGHT = 8.0
"""Pseudo-counts that the veto over all privacy tiers lends to the veto in one of them."""
TIERS: tuple[PrivacyTier, ...] = get_args(PrivacyTier)
SUMS = ("R|", QUALITY)
"""Beginnings of the names that are kept as (number, sum)."""


def veto_key(episode: EpisodeName, aspect: str, group: str, tier: PrivacyTier | None = None) -> str:
    """Name of the veto of a missing aspect; the group is `ind`, `non` or `want`."""
    name = f"k|{episode}|{aspect}|{group}"
    return name if tier is None else f"{name}|{tier}"


def veto_name(episode: EpisodeName, aspect: str, group: str, flags: Flags) -> str:
    """Name of the veto that holds in this context."""
    by_tier = group != "want" and aspect in RULES and RULES[aspect].by_privacy
    return veto_key(episode, aspect, group, flags.privacy if by_tier else None)


def wider(key: str) -> str | None:
    """Name under which a veto of one privacy tier is pooled with those of the others."""
    return key.rpartition("|")[0] if key.startswith("k|") and key.count("|") == 4 else None


def with_wider(counts: Mapping[str, tuple[int, int]]) -> Counts:
    """The counts, each also under the name with which it is pooled."""
    total: Counts = dict(counts)
    for key, pair in counts.items():
        if name := wider(key):
            total = add_counts(total, {name: pair})
    return total


def gap_key(verdict: Literal["approved", "rejected"]) -> str:
    """Name of the self-check's gap in a result that got this verdict."""
    return f"g|{verdict}"


def second_key(check: Literal["pass", "gap"], verdict: Literal["approved", "rejected"]) -> str:
    """Name of the second opinion's gap in a result that the self-check found so.

    Counted by the self-check's finding, so that an opinion that only repeats it adds nothing.
    """
    return f"{SECOND}{check}|{verdict}"


def base_key(episode: EpisodeName) -> str:
    """Name of the approval of a result that lacks nothing."""
    return f"b|{episode}"


def extra_key(episode: EpisodeName) -> str:
    """Name of the veto of one thing too many."""
    return f"e|{episode}"


def success_key(action: Action, flags: Flags, named: bool) -> str:
    """Name of the success of an action in this context."""
    context = [f"{flag}{int(bool(getattr(flags, flag)))}" for flag in action.key]
    return "|".join(["s", action.episode, action.name, f"named{int(named)}", *context])


def return_key(episode: EpisodeName, attempt: int) -> str:
    """Name of the return that followed the rejection of this attempt."""
    return f"R|{episode}|{attempt}"


@lru_cache(maxsize=1)
def priors() -> Mapping[str, tuple[float, float]]:
    """Prior pseudo-counts of every name there is: the closed set."""

    def beta(mean: float, weight: float) -> tuple[float, float]:
        return mean * weight, (1 - mean) * weight

    table: dict[str, tuple[float, float]] = {
        f"g|{verdict}": beta(*prior) for verdict, prior in GAP_PRIOR.items()
    }
    table |= {f"{SECOND}{c}|{v}": beta(*SECOND_PRIOR) for c in ("pass", "gap") for v in GAP_PRIOR}
    for name, episode in EPISODES.items():
        table[base_key(name)] = beta(*BASE_PRIOR)
        table[extra_key(name)] = beta(*EXTRA_PRIOR)
        for aspect, (group, prior) in product(episode.aspects, VETO_PRIOR.items()):
            table[veto_key(name, aspect, group)] = beta(*prior)
            if group != "want" and aspect in RULES and RULES[aspect].by_privacy:
                own = beta(prior[0], POOLED_WEIGHT)
                table |= {veto_key(name, aspect, group, tier): own for tier in TIERS}
        for attempt, mean in zip(range(ATTEMPT_LIMIT - 1), RETURN_PRIOR, strict=True):
            table[return_key(name, attempt)] = (RETURN_WEIGHT, mean * RETURN_WEIGHT)
        for action in episode.actions:
            for values in product((False, True), repeat=len(action.key)):
                flags = Flags(**dict(zip(action.key, values, strict=True)))
                level = success_level(action, flags)
                table[success_key(action, flags, False)] = beta(level, SUCCESS_WEIGHT)
                level = max(level, NAMED_SUCCESS)
                table[success_key(action, flags, True)] = beta(level, SUCCESS_WEIGHT)
    return table


def fade(counts: Mapping[str, tuple[int, int]], share: float) -> Counts:
    """A share of every count, still a possible count; all of it leaves them as they are."""
    if share == 1:
        return dict(counts)
    faded: Counts = {}
    for key, (first, second) in counts.items():
        number, total = int(first * share), int(second * share)
        if key.startswith(SUMS):
            total = min(max(total, -2 * number), number)
        faded[key] = (number, total)
    return faded


def names() -> frozenset[str]:
    """Every name under which something may be counted."""
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.quality import quality_keys

    return quality_keys(catalogue()).union(priors())


def counts_problem(counts: Mapping[str, tuple[int, int]]) -> str:
    """What is wrong with these counts, or nothing."""
    if not counts.keys() <= names():
        return "it has counts for something that this version does not know"
    if problem := _impossible(qualities(counts)):
        return problem
    for key, (first, second) in counts.items():
        # A return lies between two more rejections (-2) and an approval (1).
        low, high = (-2 * first, first) if key.startswith("R|") else (0, LARGEST)
        if not 0 <= first <= LARGEST or not low <= second <= high:
            return "it has a count that no sequence of observations can give"
    return ""


def _impossible(counts: Mapping[str, tuple[int, int]]) -> str:
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.quality import quality_problem

    return quality_problem(counts, catalogue())


@dataclass(frozen=True)
class Statistics:
    """Priors plus what was counted; a new value for every change.

    Counts under a name that the table no longer has are never looked up.

    Attributes:
        installation: counts of earlier projects, weighted by `gamma`.
        session: counts of this project, weighted by 1.
        gamma: how much an earlier observation is worth against one of this project.
        cap: most pseudo-counts that `installation` may weigh under one name.
        prior_weight: how much the priors weigh; above 1 while the router is cautious.
    """

    installation: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    session: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    gamma: float = GAMMA
    cap: float = CAP
    prior_weight: float = 1.0

    @property
    def cautious(self) -> bool:
        """Whether the priors were strengthened, after results worse than the rules predict."""
        return self.prior_weight > 1

    def beta(self, key: str) -> tuple[float, float]:
        """Pseudo-counts (prior and data) of a name; (number, sum) for a return."""
        first, second = self._prior(key)
        if earlier := self.installation.get(key):
            weight = self._weight(key, earlier)
            first, second = first + weight * earlier[0], second + weight * earlier[1]
        if now := self.session.get(key):
            first, second = first + now[0] / MICRO, second + now[1] / MICRO
        return first, second

    def _prior(self, key: str) -> tuple[float, float]:
        """Pseudo-counts before data; in one privacy tier they follow what the others taught."""
        if pooled := wider(key):
            mean = self.mean(pooled)
            return mean * POOLED_WEIGHT, (1 - mean) * POOLED_WEIGHT
        first, second = priors()[key]
        return self.prior_weight * first, self.prior_weight * second

    def _weight(self, key: str, pair: tuple[int, int]) -> float:
        """Pseudo-counts of one millionth of an earlier observation."""
        number = pair[0] if key.startswith(SUMS) else pair[0] + pair[1]
        weight = self.gamma / MICRO
        return min(weight, self.cap / number) if number else weight

    def mean(self, key: str) -> float:
        """Posterior mean."""
        first, second = self.beta(key)
        return second / first if key.startswith("R|") else first / (first + second)

    def observations(self, key: str) -> float:
        """How much data, priors left out, stands behind a name."""
        pairs = [counts.get(key, (0, 0)) for counts in (self.installation, self.session)]
        return sum(a if key.startswith(SUMS) else a + b for a, b in pairs) / MICRO

    def with_counts(self, delta: Mapping[str, tuple[int, int]]) -> Statistics:
        """The same with more counts of this project."""
        return replace(self, session=add_counts(self.session, delta))

    def to_json(self) -> dict[str, Any]:
        """The snapshot that a project pins."""
        counts = {k: {n: list(v) for n, v in sorted(c.items())} for k, c in self._parts()}
        cap = {"cap": self.cap} if math.isfinite(self.cap) else {}
        weight = {"prior_weight": self.prior_weight} if self.cautious else {}
        return {"prior_version": PRIOR_VERSION, "gamma": self.gamma, **cap, **weight, **counts}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Statistics:
        """A pinned snapshot, read back."""
        installation, session = (
            {name: (pair[0], pair[1]) for name, pair in value[part].items()}
            for part in ("installation", "session")
        )
        # Snapshots of before the cap are read as they were used then.
        cap, weight = value.get("cap", math.inf), value.get("prior_weight", 1.0)
        return cls(installation, session, value["gamma"], cap, weight)

    def _parts(self) -> tuple[tuple[str, Mapping[str, tuple[int, int]]], ...]:
        return ("installation", self.installation), ("session", self.session)

    def without_counts(self) -> Statistics:
        """The priors alone."""
        return Statistics(gamma=self.gamma, cap=self.cap)
