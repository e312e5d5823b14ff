"""The engine against the prototype that the figures of the specification come from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from synthcraft.graph import approval, statistics
from synthcraft.graph.approval import missing
from synthcraft.graph.bandit import Situation, VetoPolicy, mask
from synthcraft.graph.episodes import EPISODES, SELF_CHECK, STOP, indicated, success_level
from synthcraft.graph.learning import (
    after_action,
    after_check,
    after_stop,
    learn_action,
    learn_returns,
    learn_stop,
)
from synthcraft.graph.records import Flags
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import (
    Statistics,
    base_key,
    extra_key,
    return_key,
    success_key,
    veto_key,
)
from synthcraft.tools.counts import MICRO, Counts, add_counts

PROTOTYPE = Path(__file__).resolve().parents[4] / "shared" / "prototypes" / "router"
FLAGS = {
    "small": "small",
    "wide": "wide",
    "miss": "missing",
    "imb": "imbalanced",
    "amb": "ambiguous",
    "lowbud": "low_budget",
    "expert": "expert",
}
TIERS = {None: "unknown", 0: "none", 1: "moderate", 2: "strict"}
# The prototype lets a self-check use up the last step, which the specification calls a defect.
DEFECT = "qb = qa if depth < room - 1 else np.where(can[a:b], -1e9, r0[a:b])"


@pytest.fixture
def fresh_priors() -> Iterator[Any]:
    """The table of priors, built anew inside a test and again after it."""
    yield statistics.priors
    statistics.priors.cache_clear()


@pytest.fixture(scope="module")
def prototype() -> Any:
    if not PROTOTYPE.is_dir():
        pytest.skip(f"the prototype is not beside the repository ({PROTOTYPE.name})")
    loaded: dict[str, ModuleType] = {}
    source = (PROTOTYPE / "agents.py").read_text()
    assert DEFECT in source
    texts = {"sim": (PROTOTYPE / "sim.py").read_text(), "agents": source.replace(DEFECT, "qb = qa")}
    with pytest.MonkeyPatch.context() as patch:
        for name, text in texts.items():
            module = ModuleType(name)
            patch.setitem(sys.modules, name, module)
            exec(compile(text, name, "exec"), module.__dict__)
            loaded[name] = module
        yield loaded


def contexts() -> list[dict[str, Any]]:
    rows = product(*([(False, True)] * len(FLAGS)), TIERS)
    return [dict(zip([*FLAGS, "priv"], row, strict=True)) for row in rows]


def flags_of(context: dict[str, Any]) -> Flags:
    named = {ours: context[theirs] for theirs, ours in FLAGS.items()}
    return Flags(**named, privacy=TIERS[context["priv"]])  # type: ignore[arg-type]


def test_the_table_is_the_prototype_table(prototype: Any) -> None:
    for theirs, ours in zip(prototype["sim"].EPIS, EPISODES.values(), strict=True):
        assert ours.name == theirs.name
        assert ours.aspects == theirs.aspects
        assert ours.deliverable == theirs.need_deliverable
        for a, b in zip(theirs.acts, ours.actions, strict=True):
            assert b.name == a.name
            assert b.covers == tuple(theirs.aspects[j] for j in a.covers)
            assert (b.needs, b.asks, b.reveals, b.trains) == (a.pre, a.ask, a.reveal, a.gen)
            assert b.key == tuple(FLAGS[flag] for flag in a.key)


def test_rules_and_levels_are_the_prototype_rules_in_every_context(prototype: Any) -> None:
    sim = prototype["sim"]
    for context in contexts():
        flags = flags_of(context)
        for e, episode in enumerate(EPISODES.values()):
            wanted = indicated(episode.name, flags)
            assert [a in wanted for a in episode.aspects] == sim.rule_ind(e, context).tolist()
            levels = sim.rule_s(e, {**context, "priv": context["priv"] or 0}).tolist()
            assert [success_level(a, flags) for a in episode.actions] == levels


class Twin:
    """One subtask seen by both: the prototype's `Sub` follows what happens to our `Progress`."""

    def __init__(
        self, prototype: Any, agent: Any, e: int, context: dict[str, Any], budget: float
    ) -> None:
        sim = prototype["sim"]
        self.table, self.agent = sim.TAB[e], agent
        self.episode = list(EPISODES.values())[e]
        self.sub = sim.Sub(
            e,
            context,
            sim.rule_ind(e, context),
            sim.rule_s(e, {**context, "priv": context["priv"] or 0}),
            budget,
            hint=np.zeros(self.table.J, bool),
        )
        agent.begin(self.sub, None)
        acts = sim.EPIS[e].acts
        dear = {a.name: "dear" for a in acts if a.gen and a.compute(context) > budget}
        self.flags, self.barred, self.progress = flags_of(context), dear, Progress()

    @property
    def open(self) -> bool:
        return self.progress.status == "open" and self.progress.attempt < 3

    @property
    def situation(self) -> Situation:
        return Situation(
            episode=self.episode.name,
            progress=self.progress,
            flags=self.flags,
            barred=self.barred,
            root_seed=1,
        )

    def their_choice(self) -> str:
        legal, _ = mask(self.situation)
        if not set(legal) - {SELF_CHECK, STOP} and not self.table.can_stop[self.sub.S]:
            # At a dead end the prototype leaves the next attempt out of the value of a stop.
            return STOP
        names = [*(a.name for a in self.episode.actions), SELF_CHECK, STOP]
        self.agent.act(self.sub, np.array([name in legal for name in names]))
        return names[int(np.argmax(np.round(self.agent.vals, 9)))]

    def act(self, choice: str, ok: bool, wishes: list[int]) -> Counts:
        """An action of the table; `wishes` is what an answer reveals."""
        i = [a.name for a in self.episode.actions].index(choice)
        action, sub, table = self.episode.actions[i], self.sub, self.table
        learnt = learn_action(Statistics(), self.situation, action, ok)
        sub.S = int((table.ok_next if ok else table.fail_next)[sub.S, i])
        sub.chk, sub.step = 0, sub.step + 1
        self.agent.on_feedback(sub, i, ok, 0.0)
        if ok and action.reveals:
            # Ours counts a revealed wish as named; the prototype keeps a separate hint.
            sub.revealed = True
            sub.hint[wishes] = True
            sub.ind = sub.hint.copy()
            self.agent._mk(sub)
        named = [self.episode.aspects[j] for j in wishes]
        self.progress = after_action(self.progress, action, ok, named)
        return learnt

    def check(self, ok: bool) -> None:
        self.sub.chk, self.sub.nchk = (1 if ok else 2), self.sub.nchk + 1
        self.progress = after_check(self.progress, not ok)

    def stop(self, known: Statistics, ok: bool, say: bool) -> Counts:
        """The person's verdict; `say` whether a rejection comes with a reason."""
        table, sub = self.table, self.sub
        lacking = [aspect for aspect, _ in missing(self.situation)] if say and not ok else []
        reasons = lacking[:1]
        hint = self.episode.aspects.index(reasons[0]) if reasons else -1
        learnt = learn_stop(known, self.situation, ok, reasons)
        self.agent.on_stop(sub, ok, 1.0 if ok else -1.0, hint, 0.5)
        self.progress = after_stop(self.progress, ok, reasons, explained=True)
        if not ok:
            digits = np.where(table.dig[sub.S] == 2, 0, table.dig[sub.S])
            sub.S, sub.chk, sub.step, sub.nchk = int(digits @ table.pow), 0, 0, 0
            sub.attempt += 1
            if hint >= 0:
                sub.hint[hint] = sub.ind[hint] = True
        if self.open:
            self.agent.new_attempt(sub)
        if not self.open:
            self.agent.end(sub)
            learnt = add_counts(learnt, learn_returns(self.episode.name, self.progress.returns))
        return learnt


def their_counts(agent: Any) -> dict[str, list[float]]:
    """The prototype's data counts under our names."""
    result = {}
    for key, pair in agent.D.items():
        episode = list(EPISODES.values())[key[1]]
        if key[0] == "k":
            name = veto_key(episode.name, episode.aspects[key[2]], key[3])
        elif key[0] == "s":
            action = episode.actions[key[2]]
            flags = Flags(**dict(zip(action.key, key[4:], strict=True)))
            name = success_key(action, flags, key[3])
        else:
            name = {"base": base_key, "eps": extra_key}[key[0]](episode.name)
        result[name] = list(pair)
    return result


def test_choices_and_counts_without_sampling_are_those_of_the_prototype(
    prototype: Any, monkeypatch: pytest.MonkeyPatch, fresh_priors: Any
) -> None:
    # The prototype neither tells privacy tiers apart nor minds what was sent back without a word,
    # and its vetoes start with more weight.
    heavier = {group: (mean, 5.0) for group, (mean, _) in statistics.VETO_PRIOR.items()}
    monkeypatch.setattr(statistics, "VETO_PRIOR", heavier)
    fresh_priors.cache_clear()
    monkeypatch.setattr(approval, "veto_name", lambda e, aspect, g, flags: veto_key(e, aspect, g))
    rng = np.random.default_rng(20)
    agent = prototype["agents"].VetoTS(explore=0.0)
    ours, learnt, seen = VetoPolicy(tau=0.0), Statistics(), set()
    for trial in range(150):
        context = contexts()[int(rng.integers(len(contexts())))]
        twin = Twin(prototype, agent, trial % 6, context, float(rng.choice([11, 20, 60])))
        while twin.open:
            choice = ours.choose(twin.situation, learnt).action
            assert choice == twin.their_choice(), (twin.episode.name, context, twin.progress)
            seen.add(choice)
            # Failing and rejecting often, so that the far corners are reached.
            ok, say = bool(rng.random() < 0.6), bool(rng.random() < 0.6)
            wishes = rng.choice(twin.table.J, size=2, replace=False).tolist()
            if choice == STOP:
                learnt = learnt.with_counts(twin.stop(learnt, ok, say))
            elif choice == SELF_CHECK:
                twin.check(ok)
            else:
                learnt = learnt.with_counts(twin.act(choice, ok, wishes))
    assert {SELF_CHECK, STOP, "ask_intent", "gen_dp", "re_evaluate"} <= seen
    theirs = their_counts(agent)
    mine = {k: v for k, v in learnt.session.items() if not k.startswith("R|")}
    assert mine.keys() == theirs.keys()
    for key, pair in mine.items():
        assert [x / MICRO for x in pair] == pytest.approx(theirs[key], abs=1e-4), key
    for e, name in enumerate(EPISODES):
        for attempt in (0, 1):
            number, total = agent.vr[e, attempt]
            assert learnt.mean(return_key(name, attempt)) == pytest.approx(total / number)
