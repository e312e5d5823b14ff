from __future__ import annotations

from itertools import product

import pytest

from synthcraft.graph.approval import WEIGHT, extras, missing, vetoes
from synthcraft.graph.bandit import Situation, VetoPolicy, mask
from synthcraft.graph.episodes import EPISODES, SELF_CHECK, action_named
from synthcraft.graph.learning import (
    after_action,
    after_check,
    after_stop,
    learn_action,
    learn_check,
    learn_returns,
    learn_stop,
    self_check,
)
from synthcraft.graph.records import Flags
from synthcraft.graph.situation import implied
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics, counts_problem
from synthcraft.tools.counts import MICRO, micro

FLAGS = Flags(privacy="moderate")
SHOWN = Progress(done=("pick_fidelity", "pick_utility", "pick_detectability"), steps=3)


def evaluation(progress: Progress = SHOWN, flags: Flags = FLAGS) -> Situation:
    return Situation(episode="evaluation", progress=progress, flags=flags, root_seed=0)


def test_an_approval_speaks_for_the_base_and_against_every_veto_that_stayed_away() -> None:
    assert learn_stop(Statistics(), evaluation(), True) == {
        "b|evaluation": (MICRO, 0),
        "e|evaluation": (0, MICRO),
        "k|evaluation|privacy_metrics|ind": (0, MICRO),
        "k|evaluation|privacy_metrics|ind|moderate": (0, MICRO),
        "k|evaluation|subgroup|non": (0, MICRO),
        "k|evaluation|plots|ind": (0, MICRO),
    }


def test_what_the_person_does_not_want_teaches_nothing() -> None:
    told = SHOWN.model_copy(update={"revealed": True, "wanted": ("plots",)})
    learnt = learn_stop(Statistics(), evaluation(told), True)
    assert learnt.keys() == {"b|evaluation", "e|evaluation", "k|evaluation|plots|want"}
    assert learnt["e|evaluation"] == (0, 3 * MICRO)


def test_a_reason_blames_only_what_it_names() -> None:
    learnt = learn_stop(Statistics(), evaluation(), False, ("plots", "subgroup", "plots"))
    assert learnt == {
        "k|evaluation|plots|ind": (MICRO, 0),
        "k|evaluation|subgroup|non": (MICRO, 0),
    }


@pytest.mark.parametrize("reason", ["fidelity", "something else"])
def test_a_reason_that_names_nothing_missing_counts_against_the_base(reason: str) -> None:
    assert learn_stop(Statistics(), evaluation(), False, (reason,)) == {"b|evaluation": (0, MICRO)}


def test_a_rejection_without_reason_is_shared_by_how_likely_each_cause_is() -> None:
    learnt = learn_stop(Statistics(), evaluation(), False)
    # The causes: privacy and plots (.60 each), subgroup (.12), the base (.07), one extra (.05).
    rejection = 1 - 0.93 * 0.4 * 0.4 * 0.88 * 0.95
    assert learnt["k|evaluation|plots|ind"] == micro(0.6 / rejection, 1 - 0.6 / rejection)
    assert learnt["k|evaluation|subgroup|non"] == micro(0.12 / rejection, 1 - 0.12 / rejection)
    assert learnt["b|evaluation"] == micro(1 - 0.07 / rejection, 0.07 / rejection)
    assert learnt["e|evaluation"] == micro(0.05 / rejection, 1 - 0.05 / rejection)
    assert counts_problem(learnt) == ""


def test_success_is_counted_by_context_and_by_whether_it_was_named() -> None:
    action = action_named("generation", "gen_gan")
    small = Flags(small=True)
    situation = Situation(episode="generation", flags=small, root_seed=0)
    assert learn_action(Statistics(), situation, action, False) == {
        "s|generation|gen_gan|named0|small1": (0, MICRO)
    }
    named = situation.model_copy(update={"progress": Progress(wanted=("fit_quality",))})
    assert learn_action(Statistics(), named, action, True) == {
        "s|generation|gen_gan|named1|small1": (MICRO, 0)
    }


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ((1.0,), {}),
        ((-1.0, 1.0), {"R|intake|0": micro(1, 1)}),
        ((-1.0, -1.0, 1.0), {"R|intake|0": micro(1, 0), "R|intake|1": micro(1, 1)}),
        ((-1.0, -1.0, -1.0), {"R|intake|0": micro(1, -2), "R|intake|1": micro(1, -1)}),
    ],
)
def test_the_return_after_each_rejection_is_what_followed_it(
    returns: tuple[float, ...], expected: dict[str, tuple[int, int]]
) -> None:
    assert learn_returns("intake", returns) == expected
    assert counts_problem(expected) == ""


def test_an_action_uses_a_step_and_makes_the_check_stale() -> None:
    action = action_named("evaluation", "pick_plots")
    checked = SHOWN.model_copy(update={"check": "gap", "checks": 1})
    good, bad = (after_action(checked, action, ok) for ok in (True, False))
    assert (good.steps, good.check, good.checks) == (4, "none", 1)
    assert good.done == (*SHOWN.done, "pick_plots") and good.failed == ()
    assert bad.done == SHOWN.done and bad.failed == ("pick_plots",)


def test_an_answer_reveals_wishes_and_a_question_is_counted_either_way() -> None:
    ask = action_named("evaluation", "ask_priorities")
    answered = after_action(SHOWN, ask, True, ("plots", "plots"))
    assert (answered.revealed, answered.wanted, answered.asks) == (True, ("plots",), 1)
    silent = after_action(SHOWN, ask, False)
    assert (silent.revealed, silent.wanted, silent.asks) == (False, (), 1)


def test_a_check_uses_no_step() -> None:
    after = after_check(SHOWN, gap=True)
    assert (after.check, after.checks, after.steps) == ("gap", 1, SHOWN.steps)


def test_a_rejection_starts_a_new_attempt_that_keeps_what_worked() -> None:
    before = SHOWN.model_copy(
        update={"failed": ("pick_plots",), "check": "pass", "checks": 2, "asks": 1}
    )
    after = after_stop(before, False, ("plots",))
    assert after == Progress(attempt=1, done=SHOWN.done, wanted=("plots",), returns=(-1.0,), asks=1)
    closed = after_stop(after, True, ())
    assert closed.status == "approved" and closed.returns == (-1.0, 1.0)


def test_reflection_finds_what_is_expected_or_was_named_and_is_not_there() -> None:
    assert self_check(evaluation(SHOWN)) == "gap"
    done = tuple(a.name for a in EPISODES["evaluation"].actions if not a.asks)
    assert self_check(evaluation(Progress(done=done))) == "pass"
    enough = Progress(done=("pick_fidelity",), revealed=True, wanted=("fidelity",))
    assert self_check(evaluation(enough)) == "pass"
    more = enough.model_copy(update={"wanted": ("fidelity", "subgroup")})
    assert self_check(evaluation(more)) == "gap"


def test_a_rejection_without_a_word_makes_every_wish_it_did_not_meet_more_likely() -> None:
    before = evaluation(Progress(attempt=1))
    after = evaluation(after_stop(SHOWN, False))
    assert after.progress.unexplained == (SHOWN.done,)
    mean = Statistics().mean
    usual, doubted = vetoes(before, mean), vetoes(after, mean)
    # Met then, so it says nothing about them now: fidelity and utility are done.
    assert set(doubted) == {"privacy_metrics", "subgroup", "plots"}
    assert all(doubted[aspect] > usual[aspect] for aspect in doubted)
    told = evaluation(after_stop(SHOWN, False, ("plots",)))
    assert told.progress.unexplained == ()
    assert after_stop(SHOWN, False, explained=True).unexplained == ()


def test_the_doubt_after_a_silent_rejection_is_that_of_bayes_rule() -> None:
    """Counted out over wishes and causes: one aspect is missing, others cannot veto."""
    shown = Progress(done=("pick_fidelity", "pick_utility", "pick_plots", "pick_privacy"), steps=4)
    quiet = shown.model_copy(update={"revealed": True, "wanted": ("subgroup",)})
    # The person said nothing of detectability but it stays possible: only two may veto.
    situation = evaluation(after_stop(shown, False))
    mean = Statistics().mean
    base, missing_now = mean("b|evaluation"), ("subgroup", "detectability")
    extra = (1 - mean("e|evaluation")) ** extras(evaluation(shown))
    joint = {}
    for wanted in product((False, True), repeat=2):
        chance, approved = 1.0, base * extra
        for aspect, wish in zip(missing_now, wanted, strict=True):
            q = mean(f"k|evaluation|{aspect}|non") / WEIGHT
            chance *= q if wish else 1 - q
            approved *= 1 - WEIGHT if wish else 1
        joint[wanted] = chance * (1 - approved)
    share = sum(joint[w] for w in joint if w[0]) / sum(joint.values())
    assert float(vetoes(situation, mean)["subgroup"]) == pytest.approx(WEIGHT * share)
    assert float(vetoes(evaluation(quiet), mean)["subgroup"]) == mean("k|evaluation|subgroup|want")


def test_a_check_is_counted_beside_the_verdict_on_the_same_result() -> None:
    checked = evaluation(after_check(SHOWN, gap=True))
    assert learn_check(checked, True) == {"g|approved": (MICRO, 0)}
    assert learn_check(checked, False) == {"g|rejected": (MICRO, 0)}
    passed = evaluation(after_check(SHOWN, gap=False))
    assert learn_check(passed, False) == {"g|rejected": (0, MICRO)}


def test_a_misleading_reflector_is_not_asked_once_it_is_calibrated() -> None:
    situation = evaluation()
    legal, _ = mask(situation)
    assert SELF_CHECK in legal
    useless = {"g|rejected": micro(200, 200), "g|approved": micro(200, 200)}
    asked = VetoPolicy(tau=0).choose(situation, Statistics())
    spared = VetoPolicy(tau=0).choose(situation, Statistics(session=useless))
    values = {a.action: a.score for a in spared.alternatives} | {spared.action: spared.score}
    assert spared.action != SELF_CHECK
    assert values.get(SELF_CHECK, -9.0) < values[spared.action]
    assert asked.action != spared.action or asked.score >= spared.score


def test_what_was_named_in_one_episode_is_expected_in_the_others() -> None:
    wanted = {"generation": ("privacy_guarantee",), "documentation": ("plain_summary",)}
    assert implied(wanted, "documentation") == ("privacy_metrics", "limitations")
    assert implied(wanted, "generation") == ()
    open_data = Flags(privacy="none")
    plain = evaluation(flags=open_data)
    hinted = plain.model_copy(update={"implied": implied(wanted, "evaluation")})
    assert "privacy_metrics" not in plain.expected
    assert hinted.expected == plain.expected | {"privacy_metrics"}
    assert dict(missing(hinted))["privacy_metrics"] == "k|evaluation|privacy_metrics|ind|none"
    # What the person says of this episode outweighs what other episodes hint at.
    told = SHOWN.model_copy(update={"revealed": True, "wanted": ("plots",)})
    assert hinted.model_copy(update={"progress": told}).expected == {"plots"}
