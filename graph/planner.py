"""Exact look-ahead inside one attempt: backward induction over what was done and what failed.

Every action is untried, ok or failed, so a state is a number in base 3. An action can only be
tried once in an attempt: the reachable states form a lattice with one level for each action.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthcraft.graph.episode_table import Episode

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

FINEST = 1e-4
"""No probability of approval is nearer to 0 or 1 than this."""


@dataclass(frozen=True)
class Move:
    """One action on one level: the nodes where it is possible and where it leads."""

    action: int
    nodes: Ints
    if_ok: Ints
    if_failed: Ints


@dataclass(frozen=True)
class Level:
    """The nodes `first` to `last` (exclusive), after the same number of actions."""

    first: int
    last: int
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Lattice:
    """All states reachable from the root (node 0), nearest level first.

    Attributes:
        done: node x action, succeeded.
        tried: node x action, succeeded or failed.
        met: node x aspect, covered by an action that succeeded.
        presentable: node, whether the deliverable exists (or nothing more can make it).
    """

    levels: tuple[Level, ...]
    done: Bools
    tried: Bools
    met: Bools
    presentable: Bools


def encode(episode: Episode, done: Iterable[str], failed: Iterable[str]) -> int:
    """The state as a number: digit 0 untried, 1 ok, 2 failed; first action lowest."""
    ok, bad = set(done), set(failed)
    digits = (1 if a.name in ok else 2 if a.name in bad else 0 for a in episode.actions)
    return sum(digit * int(3**place) for place, digit in enumerate(digits))


@lru_cache(maxsize=512)
def lattice(episode: Episode, root: int, room: int) -> Lattice:
    """The lattice below a state with at most `room` more actions."""
    names = [action.name for action in episode.actions]
    power = 3 ** np.arange(len(names))
    needs = [[names.index(need) for need in action.needs] for action in episode.actions]
    states, levels, first = [np.array([root])], [], 0
    for depth in range(room + 1):
        here = states[-1]
        digits = (here[:, None] // power) % 3
        able = [
            np.flatnonzero((digits[:, i] == 0) & (digits[:, needs[i]] == 1).all(axis=1))
            for i in range(len(names))
        ]
        steps = [(i, x) for i, x in enumerate(able) if len(x) and depth < room]
        last = first + len(here)
        if not steps:
            levels.append(Level(first, last, ()))
            break
        below = np.unique(
            np.concatenate([here[x] + k * power[i] for i, x in steps for k in (1, 2)])
        )
        moves = tuple(
            Move(
                i,
                first + x,
                last + np.searchsorted(below, here[x] + power[i]),
                last + np.searchsorted(below, here[x] + 2 * power[i]),
            )
            for i, x in steps
        )
        levels.append(Level(first, last, moves))
        states.append(below)
        first = last
    digits = (np.concatenate(states)[:, None] // power) % 3
    done, tried = digits == 1, digits > 0
    covers = np.array([[aspect in a.covers for aspect in episode.aspects] for a in episode.actions])
    met = (done.astype(int) @ covers.astype(int)) > 0
    wanted = [names.index(name) for name in episode.deliverable]
    presentable = done[:, wanted].any(axis=1) | tried[:, wanted].all(axis=1)
    return Lattice(tuple(levels), done, tried, met, presentable)


class Sign(NamedTuple):
    """Something that a check may say: how likely it is, by the person's verdict that follows."""

    if_approved: float | Floats = 1.0
    if_rejected: float | Floats = 1.0

    def both(self, other: Sign) -> Sign:
        """This and another one, which is given by its chances where this was said."""
        return Sign(self.if_approved * other.if_approved, self.if_rejected * other.if_rejected)

    def otherwise(self) -> Sign:
        """Everything but this."""
        return Sign(1 - self.if_approved, 1 - self.if_rejected)

    def after(self, p: Floats) -> tuple[Floats, Floats]:
        """How likely it is, and the probability of approval once it was seen."""
        approved = self.if_approved * p
        chance: Floats = approved + self.if_rejected * (1 - p)
        return chance, approved / chance


NOTHING = Sign()
"""What is heard where nobody has checked."""


@dataclass(frozen=True)
class Outlook:
    """What the planner must know beside the lattice.

    Every field may have a leading axis of equal length: that many sets of parameters are then
    planned at once.

    Attributes:
        approval: node -> probability that the result would be approved as it stands.
        success: action -> probability that it succeeds.
        cost: action -> what it costs the person.
        allowed: action -> whether the guards let it be chosen at all.
        may_stop: node -> whether the result may be shown there.
        signs: what a fresh check may say of a node; one of them comes.
        heard: what checks have said of the result as it stands.
        redo_value: expected return after a rejection.
        redo_cost: what a rejection costs.
        checks: whether self-checks are possible.
    """

    approval: Floats
    success: Floats
    cost: Floats
    allowed: Bools
    may_stop: Bools
    signs: tuple[Sign, ...]
    redo_value: float
    heard: Sign = NOTHING
    redo_cost: float = 1.0
    checks: bool = True

    def stop_value(self, p: Floats) -> Floats:
        """Expected return of showing a result that is approved with probability p."""
        value: Floats = p + (1 - p) * (self.redo_value - self.redo_cost)
        return value


@dataclass(frozen=True)
class Plan:
    """Values at the root of the lattice; minus infinity where something is impossible.

    Attributes:
        value: expected net reward of the best course from here.
        actions: action -> value with this action first.
        check: value with a self-check first.
        stop: value of stopping now, in view of what was heard; also where stopping needs force.
    """

    value: Floats
    actions: Floats
    check: Floats
    stop: Floats


def plan(tree: Lattice, outlook: Outlook) -> Plan:
    """Solve the attempt exactly by backward induction.

    A self-check costs no step and no contact. Its limit per attempt is enforced where actions
    are masked; the look-ahead prices a fresh check after every action.
    """
    p = np.clip(outlook.approval, FINEST, 1 - FINEST)
    _, now = outlook.heard.after(p)
    forced = outlook.stop_value(p)
    barred = np.where(outlook.may_stop, 0.0, -np.inf)
    stop = forced + barred
    told = [
        (chance, outlook.stop_value(q) + barred)
        for chance, q in (sign.after(p) for sign in outlook.signs)
    ]
    value, best, check = (np.full(p.shape, -np.inf) for _ in range(3))
    first = np.full((*p.shape[:-1], tree.done.shape[1]), -np.inf)
    for level in reversed(tree.levels):
        for move in level.moves:
            if outlook.allowed[move.action]:
                chance = outlook.success[..., move.action, None]
                q = chance * value[..., move.if_ok] + (1 - chance) * value[..., move.if_failed]
                q -= outlook.cost[move.action]
                best[..., move.nodes] = np.maximum(best[..., move.nodes], q)
                if level.first == 0:
                    first[..., move.action] = q[..., 0]
        here = (..., slice(level.first, level.last))
        # Nothing else is possible: the person is asked for help with what there is.
        stuck = np.isneginf(best[here]) & np.isneginf(stop[here])
        best[here] = np.where(stuck, forced[here], best[here])
        if outlook.checks:
            check[here] = sum(c[here] * np.maximum(v[here], best[here]) for c, v in told)
        value[here] = np.maximum(np.maximum(best[here], stop[here]), check[here])
    return Plan(
        value=value[..., 0],
        actions=first,
        check=check[..., 0],
        stop=outlook.stop_value(now)[..., 0],
    )
