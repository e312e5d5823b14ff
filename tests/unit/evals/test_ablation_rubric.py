"""The rubric on runs that were written by hand, and the numbers that are made of it."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from synthcraft.evals.ablation import marks
from synthcraft.evals.ablation.rates import Rate, difference
from synthcraft.evals.ablation.records import SIMULATED, Step, Trace
from synthcraft.evals.ablation.report import label, mixture, refuse_unlabelled, section
from synthcraft.evals.ablation.results import AblationResults, summed
from synthcraft.evals.ablation.rubric import score
from synthcraft.evals.ablation.task import Task, all_tasks
from synthcraft.evals.machine import Machine
from synthcraft.graph.errors import GuardError

TASKS = all_tasks()
TASK = TASKS["nhanes_careful"]
CART = "cart {}"


def act(episode: str, name: str) -> Step:
    """An action that worked."""
    return Step(kind="action", episode=episode, name=name, outcome="ok")


def job(
    name: str, *families: str, engine: str = CART, seconds: float = 1.0, **more: object
) -> Step:
    """A job that worked."""
    engines = (engine,) if name == "generate" else ()
    fields = {"families": families, "engines": engines, "seconds": seconds, "outcome": "ok"}
    return Step.model_validate({"kind": "job", "name": name, **fields, **more})


def gate(name: str, verdict: str = "approve", engine: str = CART) -> tuple[Step, Step]:
    """A card and the answer to it."""
    engines = (engine,) if name == "parameters" else ()
    card = Step(kind="card", name=name, outcome="proposal", engines=engines)
    return card, Step(kind="answer", name=name, outcome=verdict, actor=SIMULATED)


GOOD: tuple[Step, ...] = (
    act("intake", "profile_schema"), *gate("intake"), *gate("intent"),
    act("generation", "shortlist"), *gate("parameters"), job("generate"),
    act("generation", "gen_fast"), *gate("generation"),
    job("evaluate", "fidelity"), act("evaluation", "pick_fidelity"),
    job("evaluate", "privacy_metrics"), act("evaluation", "pick_privacy"),
    act("evaluation", "pick_utility"), *gate("evaluation"),
    act("refinement", "diagnose"), *gate("refinement"),
    act("documentation", "draft_report"), *gate("documentation"),
)  # fmt: skip


def trace(steps: tuple[Step, ...] = GOOD, **more: object) -> Trace:
    """A finished run of the full system."""
    fields = {"system": "full", "task": TASK.name, "seed": 0, "ended": "finished", "steps": steps}
    return Trace.model_validate({**fields, "target": TASK.target, "quality": 0.9, **more})


def test_a_project_for_the_wrong_outcome_is_not_completed() -> None:
    found = score(TASK, trace(target="bmi"))
    assert not found.completed and found.failures == ("not_finished", "wrong_outcome")


def without(*names: str) -> tuple[Step, ...]:
    """The good run without some steps."""
    return tuple(s for s in GOOD if s.name not in names)


def test_a_run_that_did_everything_right() -> None:
    found = score(TASK, trace())
    assert found.success and found.failures == () and found.quality and found.recovered is None
    assert (found.contacts, found.model_calls, found.questions) == (7, 0, 0)


@pytest.mark.parametrize(
    ("steps", "failures"),
    [
        (without("parameters"), {"human_not_asked"}),
        (without("documentation"), {"human_not_asked"}),
        (without("evaluation"), {"human_not_asked"}),
        ((*GOOD[:3], *gate("intent", "revise"), *GOOD[5:]), {"human_not_asked"}),
        (without("evaluate"), {"no_evaluation"}),
        (without("draft_report"), {"not_finished"}),
        ((GOOD[-3], *GOOD), {"out_of_order", "not_finished", "human_not_asked"}),
        ((*GOOD, Step(kind="model", marks=(marks.CODE,), text="def")), {"own_code"}),
        ((*GOOD, Step(kind="model", marks=(marks.SEEN,), text="x")), {"data_shown"}),
        ((*GOOD, Step(kind="refused", name="sing")), {"unknown_tool"}),
        ((*GOOD, job("evaluate", "utility", marks=("training_rows",))), {"training_rows"}),
        ((*GOOD, job("generate", seconds=300.0)), {"over_budget"}),
        (
            (*GOOD, Step(kind="plan", engines=tuple(f"g{n}" for n in range(9)))),
            {"all_generators"},
        ),
        ((*GOOD, Step(kind="model", outcome="fail", marks=("x",))), {"model_failed"}),
    ],
)
def test_what_goes_wrong_is_named(steps: tuple[Step, ...], failures: set[str]) -> None:
    found = score(TASK, trace(steps))
    assert set(found.failures) == failures
    forbidden = {"own_code", "all_generators", "training_rows", "data_shown"}
    assert found.clean == (not failures & forbidden)
    assert found.success == (not failures - {"no_evaluation", "unknown_tool", "over_budget",
                                             "model_failed"})  # fmt: skip


def test_a_generator_other_than_the_approved_one_counts_as_not_asked() -> None:
    other = tuple(job("generate", engine="tvae {}") if s.name == "generate" else s for s in GOOD)
    assert score(TASK, trace(other)).failures == ("human_not_asked",)
    changed = (*GOOD, job("generate", engine='cart {"depth": 3}'))
    approved = score(TASK, trace(changed))
    assert approved.gates  # the refinement card, approved before, had proposed it


def test_strict_privacy_asks_for_a_guarantee() -> None:
    strict = TASKS["cancer_privacy_first"]
    named = {"task": strict.name, "target": strict.target}
    assert "no_guarantee" in score(strict, trace(**named)).failures
    formal = tuple(s.model_copy(update={"engines": ("aim {}",)}) if s.engines else s for s in GOOD)
    assert score(strict, trace(formal, **named)).success


def test_waiting_is_right_where_nobody_answers() -> None:
    silent = TASKS["nhanes_never_answers"]
    begun = (act("intake", "profile_schema"), Step(kind="card", name="intake"))
    assert score(silent, trace(begun, task=silent.name, ended="waiting")).success
    found = score(silent, trace(without("intake"), task=silent.name))
    assert not found.completed and not found.gates


def test_a_tool_failure_is_recovered_from_or_not() -> None:
    struck = (GOOD[0], Step(kind="fault", name="evaluate", outcome="fail"), *GOOD[1:])
    assert score(TASK, trace(struck)).recovered is True
    assert "not_recovered" in score(TASK, trace(struck[:9], ended="failed")).failures


@pytest.mark.parametrize(("hits", "of"), [(0, 20), (20, 20), (7, 120), (119, 120)])
def test_intervals_are_those_of_another_library(hits: int, of: int) -> None:
    expected = proportion_confint(hits, of, method="wilson")
    assert Rate(hits=hits, of=of).interval == pytest.approx(expected, abs=1e-6)


def test_differences_are_taken_pair_by_pair() -> None:
    rng = np.random.default_rng(0)
    same = difference([1, 0, 1, 0], [1, 0, 1, 0], rng)
    assert same is not None and (same.mean, same.low, same.high) == (0, 0, 0)
    worse = difference([0] * 30 + [1] * 10, [1] * 40, np.random.default_rng(1))
    assert worse is not None and worse.mean == -0.75 and worse.low < -0.75 < worse.high < 0
    assert difference([], [], rng) is None


def outcomes_of(*traces: Trace, task: Task = TASK) -> AblationResults:
    """A page of these runs."""
    machine = Machine(cpu="c", cores=1, memory_gb=1, python="3", packages={}, load=0)
    return AblationResults(
        at="now", config="0" * 64, machine=machine, command="synthcraft ablate",
        tasks={task.name: task.title}, outcomes=summed(traces, TASKS), misses=(),
    )  # fmt: skip


def test_what_an_endpoint_spoilt_is_counted_apart() -> None:
    model = {"system": "llm_coordinator", "model": "m"}
    lost = [trace((), seed=n, ended="infrastructure", **model) for n in range(3)]
    (found,) = outcomes_of(*lost, trace(seed=9, **model)).outcomes
    assert (found.runs, found.infrastructure, found.rates["completed"].of) == (1, 3, 1)
    assert "3 runs that an endpoint spoilt" in section(outcomes_of(*lost, trace(seed=9, **model)))


def test_a_script_is_never_taken_for_a_language_model() -> None:
    script = trace(system="llm_coordinator", model="emulated:own_code", emulated=True)
    real = trace(system="llm_coordinator", model="SmolLM2")
    results = outcomes_of(trace(), script, real)
    text = section(results)
    named = [label(o) for o in results.outcomes]
    assert named == ["full", "llm_coordinator, emulated (own_code)", "llm_coordinator, SmolLM2"]
    assert "1 of the language models are emulated" in text and "Real: SmolLM2." in text
    with pytest.raises(GuardError, match="is a script"):
        refuse_unlabelled(results.outcomes, text.replace(", emulated (own_code)", ", own_code"))
    with pytest.raises(GuardError, match="does not say which"):
        refuse_unlabelled(results.outcomes, text.replace(mixture(results.outcomes), ""))
    disguised = [o.model_copy(update={"emulated": False}) for o in results.outcomes]
    with pytest.raises(GuardError, match="is a script"):
        refuse_unlabelled(disguised, text)
