from __future__ import annotations

import pytest

from synthcraft.graph.bandit import Situation
from synthcraft.graph.episodes import EPISODES, action_named
from synthcraft.graph.learning import (
    after_action,
    after_check,
    after_stop,
    learn_action,
    learn_returns,
    learn_stop,
    self_check,
)
from synthcraft.graph.records import Flags
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
    assert self_check("evaluation", SHOWN, FLAGS) == "gap"
    done = tuple(a.name for a in EPISODES["evaluation"].actions if not a.asks)
    assert self_check("evaluation", Progress(done=done), FLAGS) == "pass"
    enough = Progress(done=("pick_fidelity",), revealed=True, wanted=("fidelity",))
    assert self_check("evaluation", enough, FLAGS) == "pass"
    more = enough.model_copy(update={"wanted": ("fidelity", "subgroup")})
    assert self_check("evaluation", more, FLAGS) == "gap"
