"""The approval model: a noisy AND, in which every missing wish may veto the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

import numpy as np
import numpy.typing as npt

from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import ATTEMPT_LIMIT, SELF_CHECK, STOP
from synthcraft.graph.planner import (
    NOTHING,
    Floats,
    Lattice,
    Outlook,
    Plan,
    Sign,
    encode,
    lattice,
    plan,
)
from synthcraft.graph.situation import Situation, covered
from synthcraft.graph.statistics import (
    SECOND,
    Statistics,
    base_key,
    extra_key,
    gap_key,
    return_key,
    second_key,
    success_key,
    veto_name,
)

INTERVAL_DRAWS = 400
WEIGHT = 0.65
"""How likely the lack of something that is wanted makes a person send a result back."""
LEAST_REJECTION = 1e-3
Check = Literal["pass", "gap"]
Pick = Callable[[str], float]
"""Value of a parameter by its name: a mean or a draw."""
Picks = Callable[[str], float | Floats]
"""The same, or its value in each of several sets of parameters."""


@lru_cache(maxsize=64)
def _philox_key(seed_path: tuple[int, ...]) -> npt.NDArray[np.uint64]:
    return np.random.SeedSequence(seed_path).generate_state(2, np.uint64).astype(np.uint64)


def stream(seed_path: tuple[int, ...], name: str) -> np.random.Generator:
    """The random numbers that belong to a name: the same whatever else is drawn before."""
    place = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
    # The name picks the upper half of the counter, so streams of two names never meet.
    bits = np.random.Philox(key=_philox_key(seed_path), counter=place << 128)
    return np.random.Generator(bits)


# A draw belongs to its name, so every step of an attempt asks for the same ones again.
@lru_cache(maxsize=8192)
def _draw(seed_path: tuple[int, ...], name: str, first: float, second: float) -> float:
    return float(stream(seed_path, name).beta(first, second))


@lru_cache(maxsize=1024)
def _draws(seed_path: tuple[int, ...], name: str, first: float, second: float) -> Floats:
    draws = stream(seed_path, name).beta(first, second, size=INTERVAL_DRAWS)
    draws.setflags(write=False)
    return draws


def sampled(statistics: Statistics, seed_path: tuple[int, ...], tau: float) -> Pick:
    """Parameters from the posterior, narrowed by tau; means where tau is 0.

    A second opinion is taken at its mean: chance alone must not lend weight to an untried one.
    """

    def draw(key: str) -> float:
        if key.startswith(SECOND):
            return statistics.mean(key)
        first, second = statistics.beta(key)
        return _draw(seed_path, key, first / tau**2, second / tau**2)

    return draw if tau > 0 else statistics.mean


def _spread(statistics: Statistics, seed_path: tuple[int, ...], key: str) -> Floats:
    """Draws of a parameter for an interval; a second opinion stays at its mean here too."""
    if key.startswith(SECOND):
        return np.full(INTERVAL_DRAWS, statistics.mean(key))
    return _draws(seed_path, f"interval|{key}", *statistics.beta(key))


def believed(statistics: Statistics, seed_path: tuple[int, ...], tau: float, draws: int) -> Picks:
    """Several sets of parameters: what is acted on, the means, then draws from the posterior."""
    acted = sampled(statistics, seed_path, tau)

    def pick(key: str) -> Floats:
        spread = _spread(statistics, seed_path, key)[:draws]
        return np.concatenate([[acted(key), statistics.mean(key)], spread])

    return pick


def veto_of(situation: Situation, aspect: str, expected: frozenset[str]) -> str | None:
    """Name of the veto of an aspect; None when the person said that they do not want it.

    `expected` is the situation's own: it costs more than the rest, so callers work it out once.
    """
    wanted, revealed = situation.progress.wanted, situation.progress.revealed
    if revealed and aspect not in wanted:
        return None
    group = "want" if aspect in wanted else "ind" if aspect in expected else "non"
    return veto_name(situation.episode, aspect, group, situation.flags)


def success_of(situation: Situation, action: Action) -> str:
    """Name of the success of an action here."""
    named = not set(action.covers).isdisjoint(situation.progress.wanted)
    return success_key(action, situation.flags, named)


def is_extra(action: Action, expected: frozenset[str]) -> bool:
    """Whether the action's result is something that nobody is believed to want."""
    aims = set(action.covers)
    return bool(aims) and not action.asks and aims.isdisjoint(expected)


def missing(situation: Situation) -> Iterator[tuple[str, str]]:
    """Aspects that could still veto the result, each with the name of its veto."""
    met = covered(situation.episode, situation.progress)
    expected = situation.expected
    for aspect in situation.table.aspects:
        key = veto_of(situation, aspect, expected)
        if aspect not in met and key is not None:
            yield aspect, key


def extras(situation: Situation) -> int:
    """How many things were done that nobody is believed to want."""
    done, expected = situation.progress.done, situation.expected
    return sum(a.name in done and is_extra(a, expected) for a in situation.table.actions)


def vetoes(situation: Situation, pick: Picks) -> dict[str, float | Floats]:
    """Missing aspect -> how likely its lack is vetoed, in view of unexplained rejections.

    A wish lasts as long as the episode. A result that was sent back without a word therefore makes
    every wish that it did not meet more likely, by Bayes' rule.
    """
    keys, before = dict(missing(situation)), situation.progress.unexplained
    if not before:
        return {aspect: pick(key) for aspect, key in keys.items()}
    earlier = [_shown(situation, done) for done in before]
    for shown in earlier:
        keys |= dict(missing(shown))
    chances = {aspect: np.asarray(pick(key)) for aspect, key in keys.items()}
    for shown in earlier:
        lacking = [aspect for aspect, _ in missing(shown)]
        p = approval_chance(shown, pick, [chances[aspect] for aspect in lacking])
        p = np.clip(p, LEAST_REJECTION, 1 - LEAST_REJECTION)
        for aspect in set(lacking) - set(situation.progress.wanted):
            veto = np.minimum(chances[aspect], 1 - LEAST_REJECTION)
            weight = np.maximum(WEIGHT, veto)
            approved_though_wanted = p * (1 - weight) / (1 - veto)
            wanted = veto / weight * (1 - approved_though_wanted) / (1 - p)
            chances[aspect] = weight * np.clip(wanted, 0.0, 1.0)
    return {aspect: chances[aspect] for aspect, _ in missing(situation)}


def _shown(situation: Situation, done: tuple[str, ...]) -> Situation:
    progress = situation.progress.model_copy(update={"done": done, "unexplained": ()})
    return situation.model_copy(update={"progress": progress})


def approval_chance(situation: Situation, pick: Picks, lacking: Iterable[float | Floats]) -> Floats:
    """Probability of approval: base x vetoes that stay away x extras forgiven."""
    p = np.asarray(pick(base_key(situation.episode)))
    for veto in lacking:
        p = p * (1.0 - veto)
    if number := extras(situation):
        p = p * (1.0 - pick(extra_key(situation.episode))) ** number
    return p


def _approval(situation: Situation, tree: Lattice, pick: Picks) -> Floats:
    """Probability of approval in every node of the lattice."""
    p = np.asarray(pick(base_key(situation.episode)))[..., None] * np.ones(len(tree.met))
    # What is covered stays covered: only what is missing can veto.
    places = {aspect: place for place, aspect in enumerate(situation.table.aspects)}
    for aspect, veto in vetoes(situation, pick).items():
        p = p * (1.0 - np.asarray(veto)[..., None] * ~tree.met[:, places[aspect]])
    expected = situation.expected
    unwanted = [is_extra(action, expected) for action in situation.table.actions]
    if not any(unwanted):
        return p
    forgiven = 1.0 - np.asarray(pick(extra_key(situation.episode)))[..., None]
    powers = forgiven ** np.arange(len(unwanted) + 1)
    result: Floats = p * powers[..., tree.done[:, unwanted].sum(axis=1)]
    return result


def redo_value(situation: Situation, statistics: Statistics) -> float:
    """Expected return after a rejection of this attempt."""
    attempt = situation.progress.attempt
    if attempt >= ATTEMPT_LIMIT - 1:
        return 0.0
    return statistics.mean(return_key(situation.episode, attempt))


def look_ahead(situation: Situation, pick: Picks, redo: float, redo_cost: float = 1.0) -> Plan:
    """Plan the rest of the attempt with these parameters, or with each of several sets."""
    episode, progress = situation.table, situation.progress
    tree = lattice(episode, encode(episode, progress.done, progress.failed), situation.room)
    tried, must = {*progress.done, *progress.failed}, situation.owed()
    owed = [a.name in must for a in episode.actions]
    # What was tried cannot be tried again in this attempt: its chance is never looked at.
    chances = (0.0 if a.name in tried else pick(success_of(situation, a)) for a in episode.actions)
    may_stop = tree.presentable & tree.tried[:, owed].all(axis=1)
    wide: Picks = lambda key: np.asarray(pick(key))[..., None]  # noqa: E731
    # A bar on stopping holds now; the next action may lift it.
    may_stop[0] &= STOP not in situation.barred
    return plan(
        tree,
        Outlook(
            approval=_approval(situation, tree, pick),
            success=np.stack(np.broadcast_arrays(*chances), axis=-1),
            cost=np.array([float(a.asks) * redo_cost for a in episode.actions]),
            allowed=np.array([situation.allowed(a) for a in episode.actions]),
            may_stop=may_stop,
            signs=tuple(_signs(situation, wide)),
            heard=heard(situation, wide),
            redo_value=redo,
            redo_cost=redo_cost,
            checks=SELF_CHECK not in situation.barred,
        ),
    )


@dataclass(frozen=True)
class Belief:
    """How likely the person would approve the result as it stands.

    Attributes:
        mean: at the posterior means.
        low: 5 % quantile of the posterior.
        high: 95 % quantile of the posterior.
    """

    mean: float
    low: float
    high: float


def belief(situation: Situation, statistics: Statistics) -> Belief:
    """Probability of approval now with its 90 % interval; a self-check's verdict counts in."""

    def posterior(key: str) -> Floats:
        return _spread(statistics, situation.seed_path, key)

    mean, draws = (
        heard(situation, pick).after(
            approval_chance(situation, pick, vetoes(situation, pick).values())
        )[1]
        for pick in (statistics.mean, posterior)
    )
    # Between order statistics, as np.quantile does by default at five times the cost.
    places = np.array([0.05, 0.95]) * (INTERVAL_DRAWS - 1)
    low, high = np.interp(places, np.arange(INTERVAL_DRAWS), np.sort(draws)).tolist()
    return Belief(float(mean), low, high)


def heard(situation: Situation, pick: Picks) -> Sign:
    """What the checks have said of the result as it stands; nothing where there were none."""
    check, second = situation.progress.check, situation.progress.second
    if check == "none":
        return NOTHING
    said = _gap(pick) if check == "gap" else _gap(pick).otherwise()
    if second == "none":
        return said
    opinion = _second_gap(check, pick)
    return said.both(opinion if second == "gap" else opinion.otherwise())


def _signs(situation: Situation, pick: Picks) -> Iterator[Sign]:
    """Everything that a fresh check may say here."""
    gap = _gap(pick)
    checks: dict[Check, Sign] = {"pass": gap.otherwise(), "gap": gap}
    if not situation.advised:
        yield from checks.values()
        return
    for check, said in checks.items():
        opinion = _second_gap(check, pick)
        yield from (said.both(opinion.otherwise()), said.both(opinion))


def _gap(pick: Picks) -> Sign:
    return Sign(pick(gap_key("approved")), pick(gap_key("rejected")))


def _second_gap(check: Check, pick: Picks) -> Sign:
    """A gap in the second opinion; one that misleads counts as one that says nothing."""
    approved, rejected = (pick(second_key(check, v)) for v in ("approved", "rejected"))
    return Sign(np.minimum(approved, rejected), rejected)
