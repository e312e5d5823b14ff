from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.graph.episode_table import Episode
from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.planner import Lattice, Outlook, Sign, encode, lattice, plan

State = frozenset[str]
GAP = Sign(if_approved=0.25, if_rejected=0.6)
SIGNS = (GAP.otherwise(), GAP)


def outlook_for(
    episode: Episode, tree: Lattice, rng: np.random.Generator, **fixed: object
) -> Outlook:
    n, aspects = len(episode.actions), len(episode.aspects)
    vetoes = rng.uniform(0, 0.9, aspects)
    values: dict[str, object] = {
        "approval": rng.uniform(0.8, 0.98) * np.where(tree.met, 1, 1 - vetoes).prod(axis=1),
        "success": rng.uniform(0.1, 0.95, n),
        "cost": np.array([float(a.asks) for a in episode.actions]),
        "allowed": rng.random(n) < 0.9,
        "may_stop": tree.presentable,
        "signs": SIGNS,
        "redo_value": float(rng.uniform(-0.5, 0.8)),
        "checks": bool(rng.random() < 0.8),
    }
    return Outlook(**(values | fixed))  # type: ignore[arg-type]


def brute_force(
    episode: Episode, outlook: Outlook, p_of: Callable[[State, State], float], room: int
) -> tuple[float, dict[str, float]]:
    """The recursion as the specification writes it, over sets of names; no lattice."""
    redo, (ga, gr) = outlook.redo_value, outlook.signs[1]

    def stop(p: float) -> float:
        return p - (1 - p) + (1 - p) * redo

    def choices(done: State, failed: State, left: int) -> dict[str, float]:
        values = {}
        for i, action in enumerate(episode.actions):
            fresh = action.name not in done | failed and done.issuperset(action.needs)
            if left and fresh and outlook.allowed[i]:
                ok = value(done | {action.name}, failed, left - 1)
                bad = value(done, failed | {action.name}, left - 1)
                s = float(outlook.success[i])
                values[action.name] = -float(action.asks) + s * ok + (1 - s) * bad
        return values

    def value(done: State, failed: State, left: int) -> float:
        p = min(max(p_of(done, failed), 1e-4), 1 - 1e-4)
        wanted = set(episode.deliverable)
        showable = bool(wanted & done) or wanted <= done | failed
        work = list(choices(done, failed, left).values())
        if not work and not showable:
            work = [stop(p)]
        options = [*work, *([stop(p)] if showable else [])]
        if outlook.checks and left:
            gap = gr * (1 - p) + ga * p
            after = [
                (1 - gap, (1 - ga) * p / (1 - gap)),
                (gap, ga * p / gap),
            ]
            options.append(
                sum(w * max([*work, *([stop(q)] if showable else [])]) for w, q in after)
            )
        return max(options)

    return value(frozenset(), frozenset(), room), choices(frozenset(), frozenset(), room)


@pytest.mark.parametrize("name", EPISODES)
@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_the_plan_equals_brute_force(name: str, room: int) -> None:
    episode = EPISODES[name]  # type: ignore[index]
    tree = lattice(episode, 0, room)
    for seed in range(8):
        outlook = outlook_for(episode, tree, np.random.default_rng(seed))
        # Approval by covered aspects, read off the lattice for the recursion's own states.
        by_met = {tuple(row): p for row, p in zip(tree.met, outlook.approval, strict=True)}

        def p_of(done: State, failed: State, by_met: dict = by_met) -> float:  # type: ignore[type-arg]
            met = {x for a in episode.actions if a.name in done for x in a.covers}
            return float(by_met[tuple(np.array([x in met for x in episode.aspects]))])

        got = plan(tree, outlook)
        value, actions = brute_force(episode, outlook, p_of, room)
        assert got.value == pytest.approx(value, abs=1e-12)
        for action, q in zip(episode.actions, got.actions, strict=True):
            assert q == pytest.approx(actions.get(action.name, -np.inf), abs=1e-12)


def test_replanning_after_an_action_continues_the_same_plan() -> None:
    episode = EPISODES["evaluation"]
    first = lattice(episode, 0, 4)
    outlook = outlook_for(episode, first, np.random.default_rng(3), allowed=np.ones(7, bool))
    ahead = plan(first, outlook)
    met_p = {tuple(row): p for row, p in zip(first.met, outlook.approval, strict=True)}
    values = []
    for done, failed in ((("pick_utility",), ()), ((), ("pick_utility",))):
        tree = lattice(episode, encode(episode, done, failed), 3)
        p = np.array([met_p[tuple(row)] for row in tree.met])
        fields = vars(outlook) | {"approval": p, "may_stop": tree.presentable}
        values.append(plan(tree, Outlook(**fields)).value)
    s = outlook.success[1]
    assert ahead.actions[1] == pytest.approx(s * values[0] + (1 - s) * values[1], abs=1e-12)


@settings(max_examples=60)
@given(
    name=st.sampled_from(list(EPISODES)),
    seed=st.integers(0, 2**32 - 1),
    room=st.integers(1, 5),
    place=st.integers(0, 5),
    by=st.floats(0.0, 1.0),
)
def test_better_tools_and_milder_people_never_lower_the_value(
    name: str, seed: int, room: int, place: int, by: float
) -> None:
    episode = EPISODES[name]  # type: ignore[index]
    tree = lattice(episode, 0, room)
    outlook = outlook_for(episode, tree, np.random.default_rng(seed))
    before = plan(tree, outlook).value

    success = outlook.success.copy()
    action = place % len(success)
    success[action] += by * (1 - success[action])
    assert plan(tree, Outlook(**(vars(outlook) | {"success": success}))).value >= before - 1e-9

    rng = np.random.default_rng(seed)
    vetoes = rng.uniform(0, 0.9, len(episode.aspects))
    base = rng.uniform(0.8, 0.98)
    milder = vetoes.copy()
    milder[place % len(vetoes)] *= by
    harsh, mild = (
        plan(
            tree,
            Outlook(
                **(vars(outlook) | {"approval": base * np.where(tree.met, 1, 1 - v).prod(axis=1)})
            ),
        ).value
        for v in (vetoes, milder)
    )
    assert mild >= harsh - 1e-9


def test_a_reflector_without_information_is_worth_nothing() -> None:
    episode = EPISODES["evaluation"]
    tree = lattice(episode, encode(episode, ("pick_fidelity",), ()), 3)
    rng = np.random.default_rng(1)
    blind = outlook_for(episode, tree, rng, signs=(Sign(0.6, 0.6), Sign(0.4, 0.4)), checks=True)
    result = plan(tree, blind)
    others = max(float(result.stop), float(result.actions.max()))
    assert result.check == pytest.approx(others, abs=1e-12)


def test_a_dead_end_is_worth_what_asking_for_help_is_worth() -> None:
    episode = EPISODES["intake"]
    tree = lattice(episode, 0, 3)
    nothing = outlook_for(
        episode,
        tree,
        np.random.default_rng(2),
        allowed=np.zeros(len(episode.actions), bool),
        checks=False,
    )
    result = plan(tree, nothing)
    assert not np.isfinite(result.actions).any()
    assert result.value == pytest.approx(float(result.stop))
