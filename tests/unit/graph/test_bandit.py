from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.graph.bandit import (
    Situation,
    VetoPolicy,
    mask,
    policies,
    policy,
    policy_named,
)
from synthcraft.graph.contracts import Decision
from synthcraft.graph.episodes import (
    ACTION_LIMIT,
    ASK_LIMIT,
    CHECK_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    action_named,
)
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.graph.learning import after_action, after_check, after_stop
from synthcraft.graph.records import Flags
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.counts import micro

flag_sets = st.builds(
    Flags,
    small=st.booleans(),
    wide=st.booleans(),
    missing=st.booleans(),
    imbalanced=st.booleans(),
    ambiguous=st.booleans(),
    low_budget=st.booleans(),
    expert=st.booleans(),
    privacy=st.sampled_from(["none", "moderate", "strict", "unknown"]),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A situation that a walk of legal actions with any feedback can reach."""
    name = draw(st.sampled_from(list(EPISODES)))
    actions = [a.name for a in EPISODES[name].actions]
    barred = {a: "barred" for a in draw(st.sets(st.sampled_from([*actions, STOP]), max_size=3))}
    situation = Situation(
        episode=name,
        flags=draw(flag_sets),
        barred=barred,
        required=tuple(draw(st.sets(st.sampled_from(actions), max_size=2))),
        root_seed=draw(st.integers(0, 2**31)),
    )
    for _ in range(draw(st.integers(0, 14))):
        legal, _reasons = mask(situation)
        chosen, ok = draw(st.sampled_from(legal)), draw(st.booleans())
        progress = moved(situation, chosen, ok, draw(st.sampled_from(EPISODES[name].aspects)))
        if progress.status == "approved" or progress.attempt == 3:
            break
        situation = situation.model_copy(update={"progress": progress})
    return situation


def moved(situation: Situation, chosen: str, ok: bool, aspect: str) -> Progress:
    progress = situation.progress
    if chosen == STOP:
        return after_stop(progress, ok, () if ok else (aspect,))
    if chosen == SELF_CHECK:
        return after_check(progress, not ok)
    return after_action(progress, action_named(situation.episode, chosen), ok, (aspect,))


@settings(max_examples=150)
@given(situations(), st.sampled_from(["veto", "rules", "fixed", "random"]))
def test_only_what_the_mask_allows_is_ever_chosen(situation: Situation, name: str) -> None:
    legal, reasons = mask(situation)
    names = [*(a.name for a in situation.table.actions), SELF_CHECK, STOP]
    assert sorted([*legal, *reasons]) == sorted(names)
    assert legal and all(reasons.values())
    decision = policy_named(name).choose(situation, Statistics())
    assert decision.action in legal
    assert decision.masked == reasons
    assert {a.action for a in decision.alternatives} < set(legal)
    assert decision.why.endswith(".")


@settings(max_examples=150)
@given(situations())
def test_the_mask_keeps_every_guard(situation: Situation) -> None:
    legal, _ = mask(situation)
    progress, table = situation.progress, situation.table
    work = [name for name in legal if name not in (SELF_CHECK, STOP)]
    assert not set(work) & {*situation.barred, *progress.done, *progress.failed}
    assert progress.steps <= ACTION_LIMIT and progress.checks <= CHECK_LIMIT
    for name in work:
        assert set(action_named(table.name, name).needs) <= set(progress.done)
        assert progress.steps < ACTION_LIMIT
    if STOP in legal and work:
        tried = {*progress.done, *progress.failed}
        wanted = set(table.deliverable)
        assert wanted <= tried or wanted & set(progress.done)
        assert set(situation.required) - situation.barred.keys() <= tried
        assert STOP not in situation.barred
    if not work:
        assert STOP in legal


@settings(max_examples=60)
@given(situations(), st.sampled_from(["veto", "rules", "random"]))
def test_the_same_input_gives_the_same_decision_after_a_restart(
    situation: Situation, name: str
) -> None:
    statistics = Statistics(installation={"b|intake": micro(3, 1)}, session={"e|intent": (1, 5)})
    first = policy_named(name).choose(situation, statistics)
    again = Situation.model_validate_json(situation.model_dump_json())
    restored = Statistics.from_json(statistics.to_json())
    assert policy_named(name).choose(again, restored) == first
    assert Decision.model_validate_json(first.model_dump_json()) == first


@settings(max_examples=60)
@given(situations(), st.sampled_from(policies()))
def test_the_action_without_its_record_is_the_same(situation: Situation, name: str) -> None:
    statistics = Statistics(installation={"b|intake": micro(3, 1), "k|intent|use_case|ind": (2, 9)})
    chosen = policy_named(name).choose(situation, statistics).action
    assert policy_named(name).act(situation, statistics) == chosen


@settings(max_examples=100)
@given(situations())
def test_no_question_is_asked_that_is_worth_less_than_stopping(situation: Situation) -> None:
    decision = VetoPolicy(tau=0.0).choose(situation, Statistics())
    assert all(decision.score >= other.score for other in decision.alternatives)
    if decision.action not in (SELF_CHECK, STOP):
        stop = [a.score for a in decision.alternatives if a.action == STOP]
        assert not action_named(situation.episode, decision.action).asks or (
            not stop or decision.score >= stop[0]
        )


@settings(max_examples=60)
@given(situations())
def test_without_data_and_sampling_the_policy_is_the_rules(situation: Situation) -> None:
    veto = VetoPolicy(tau=0.0).choose(situation, Statistics())
    learnt = Statistics(session={"b|evaluation": micro(1, 40), "b|intake": micro(1, 40)})
    rules = policy_named("rules").choose(situation, learnt)
    assert rules == veto.model_copy(update={"policy": "rules"})
    assert veto.evidence == 0 and not veto.sampling_changed


@settings(max_examples=100)
@given(situations(), st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=2, max_size=2))
def test_confidence_is_a_probability_inside_its_interval(
    situation: Situation, pairs: list[tuple[float, float]]
) -> None:
    keys = (f"b|{situation.episode}", f"k|{situation.episode}|{situation.table.aspects[0]}|ind")
    counts = {key: micro(*pair) for key, pair in zip(keys, pairs, strict=True)}
    decision = VetoPolicy().choose(situation, Statistics(session=counts))
    low, high = decision.interval
    assert 0 <= low <= decision.confidence <= high <= 1


def test_more_data_makes_the_interval_narrower_and_counts_as_evidence() -> None:
    done = ("pick_fidelity", "pick_utility", "pick_privacy", "pick_plots")
    situation = Situation(episode="evaluation", progress=Progress(done=done, steps=4), root_seed=1)
    few = VetoPolicy(0.0).choose(situation, Statistics())
    counts = {f"k|evaluation|{a}|non": micro(12, 88) for a in ("subgroup", "detectability")}
    many = VetoPolicy(0.0).choose(
        situation, Statistics(session=counts | {"b|evaluation": micro(93, 7)})
    )
    assert many.confidence == pytest.approx(few.confidence, abs=0.01)
    assert many.interval[1] - many.interval[0] < 0.6 * (few.interval[1] - few.interval[0])
    assert few.evidence == 0 and many.evidence > 50


def test_sampling_changes_choices_between_projects_but_not_within_one() -> None:
    left = {"detect_identifiers", "distribution_eda", "correlation_report", "ask_columns"}
    done = tuple(a.name for a in EPISODES["intake"].actions if a.name not in left)
    situation = Situation(
        episode="intake",
        progress=Progress(done=done, steps=3),
        flags=Flags(missing=True, small=True),
        root_seed=3,
    )
    decisions = [
        policy_named("veto").choose(situation.model_copy(update={"project": p}), Statistics())
        for p in range(40)
    ]
    assert len({d.action for d in decisions}) > 1
    usual = VetoPolicy(tau=0.0).choose(situation, Statistics()).action
    assert all(d.sampling_changed == (d.action != usual) for d in decisions)
    assert decisions[7].seed_path == (3, 7, 0, 0, 0)


def test_experience_moves_the_choice() -> None:
    progress = Progress(done=("pick_fidelity", "pick_utility", "pick_privacy"), steps=3)
    situation = Situation(episode="evaluation", progress=progress, root_seed=1)
    before = VetoPolicy(0.0).choose(situation, Statistics())
    never_missed = {"k|evaluation|plots|ind": micro(0, 60)}
    often_missed = {"k|evaluation|detectability|non": micro(60, 0)}
    after = VetoPolicy(0.0).choose(situation, Statistics(session=never_missed | often_missed))
    assert (before.action, after.action) == ("pick_plots", "pick_detectability")


def test_required_work_comes_before_the_result_is_shown() -> None:
    done = Progress(done=("shortlist", "gen_diffusion"), steps=2)
    situation = Situation(
        episode="generation", progress=done, root_seed=0, required=("gen_fast", "gen_gan")
    )
    chosen = []
    for _ in range(4):
        decision = VetoPolicy(0.0).choose(situation, Statistics())
        if decision.action == STOP:
            break
        chosen.append(decision.action)
        progress = moved(situation, decision.action, decision.action != "gen_gan", "fit_quality")
        situation = situation.model_copy(update={"progress": progress})
    assert {"gen_fast", "gen_gan"} <= set(chosen)
    barred = situation.model_copy(
        update={"progress": done, "barred": {"gen_fast": "x", "gen_gan": "x"}}
    )
    assert STOP in mask(barred)[0]


def test_limits_turn_into_a_stop() -> None:
    full = Situation(episode="documentation", progress=Progress(steps=ACTION_LIMIT), root_seed=0)
    assert mask(full)[0] == (STOP,)
    over = full.model_copy(update={"progress": Progress(attempt=3)})
    assert mask(over)[0] == (STOP,)
    assert "a person takes over" in mask(over)[1]["draft_report"]
    asked = Situation(episode="intent", progress=Progress(asks=ASK_LIMIT), root_seed=0)
    assert mask(asked)[1]["ask_intent"] == f"asked {ASK_LIMIT} times already"


def test_help_is_asked_for_when_nothing_else_is_possible() -> None:
    actions = {a.name: "nobody can do this" for a in EPISODES["intake"].actions}
    stuck = Situation(episode="intake", barred={**actions, STOP: "not yet"}, root_seed=0)
    decision = policy_named("veto").choose(stuck, Statistics())
    assert decision.action == STOP
    assert "help" in decision.why
    assert decision.masked["profile_schema"] == "nobody can do this"


def test_the_question_says_why_it_is_asked() -> None:
    eager = Statistics(
        session={"s|intent|infer_from_prompt|named0|ambiguous1": micro(0, 80)}
        | {f"k|intent|{a}|ind": micro(80, 0) for a in ("target_task", "privacy_tier", "use_case")}
        | {"R|intent|0": micro(80, -160), "s|intent|ask_intent|named0": micro(80, 0)}
    )
    decision = VetoPolicy(0.0).choose(Situation(episode="intent", root_seed=0), eager)
    assert decision.action == "ask_intent"
    assert "because the privacy level is unknown" in decision.why
    assert "second round" in decision.why


def test_work_says_when_it_is_wanted_and_how_likely_it_would_be_missed() -> None:
    situation = Situation(
        episode="intake",
        progress=Progress(done=("profile_schema",), steps=1),
        flags=Flags(missing=True),
        root_seed=0,
    )
    statistics = Statistics(session={"k|intake|missingness|ind": micro(5, 0)})
    decision = VetoPolicy(0.0).choose(situation, statistics)
    assert decision.action == "missingness_report"
    assert decision.why == (
        "Looks at which columns have missing values: usually wanted when columns have gaps, and "
        "leaving it out is the most likely reason for you to send the result back (89 %)."
    )
    assert decision.evidence == 5


def test_policies_are_found_by_name_and_names_are_unique() -> None:
    assert set(policies()) >= {"veto", "rules", "fixed", "random"}
    assert all(policy_named(name).name == name for name in policies())
    with pytest.raises(NotFoundError, match="veto"):
        policy_named("oracle-of-delphi")
    with pytest.raises(GuardError, match="two policies"):
        policy("veto")(lambda: VetoPolicy())


def test_the_random_policy_is_uniform_and_says_so() -> None:
    situation = Situation(episode="refinement", root_seed=0)
    legal, _ = mask(situation)
    chosen = [
        policy_named("random").choose(
            situation.model_copy(update={"root_seed": seed}), Statistics()
        )
        for seed in range(300)
    ]
    assert all(d.propensity == pytest.approx(1 / len(legal)) for d in chosen)
    shares = [np.mean([d.action == name for d in chosen]) for name in legal]
    assert min(shares) > 0.5 / len(legal)


def test_the_fixed_policy_follows_the_table_and_never_asks() -> None:
    situation, order = Situation(episode="evaluation", root_seed=0), []
    while STOP not in order:
        order.append(policy_named("fixed").choose(situation, Statistics()).action)
        progress = moved(situation, order[-1], True, "plots")
        situation = situation.model_copy(update={"progress": progress})
    names = [a.name for a in EPISODES["evaluation"].actions]
    assert order == [*names[:ACTION_LIMIT], STOP]
