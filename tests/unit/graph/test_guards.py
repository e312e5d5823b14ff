"""Guards G1 to G10 of the reasoning engine, as far as no running project is needed."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import stricter
from synthcraft.evals.simulators.players import Planned
from synthcraft.evals.simulators.run import run_project
from synthcraft.evals.simulators.world import World
from synthcraft.evals.simulators.worlds import world_named
from synthcraft.graph.bandit import Situation
from synthcraft.graph.build import builder
from synthcraft.graph.checks import WORK, beyond_reach, check_choice, check_validated
from synthcraft.graph.contracts import Approval, Changes, Decision, EpisodeName, Feedback
from synthcraft.graph.deps import Settings, make_deps
from synthcraft.graph.episodes import (
    ACTION_LIMIT,
    ASK_LIMIT,
    ATTEMPT_LIMIT,
    CHECK_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    action_named,
)
from synthcraft.graph.errors import GuardError, InputError
from synthcraft.graph.guards import barred, gate_for, parameters_digest, required, unmeasured
from synthcraft.graph.learning import self_check
from synthcraft.graph.records import ArtifactRef, Candidate, Flags, GeneratorPlan, Plan
from synthcraft.graph.router import situation_of
from synthcraft.graph.scripted import RandomPolicy
from synthcraft.graph.situation import mask
from synthcraft.graph.state import Delta, Progress, RunState
from synthcraft.tools.counts import micro
from synthcraft.tools.generators.base import FORMAL
from synthcraft.tools.metrics.base import Result
from synthcraft.tools.requested import check_requested

DONE = Progress(status="approved")
ROOT = Path(__file__).parents[3]


def engine(group: str = "gen_fast", seconds: float = 10.0, **params: Any) -> GeneratorPlan:
    return GeneratorPlan(
        id=f"{group}-1",
        generator=group,
        params=params,
        claim_level="none",
        reason="a test",
        group=group,
        seconds=seconds,
        memory_mb=100,
        seed=1,
    )


def state_at(episode: EpisodeName, action: str = STOP, **changes: Any) -> RunState:
    """A state whose turn it is for an episode, with this choice."""
    order = list(EPISODES)
    before = {name: DONE for name in order[: order.index(episode)]}
    choice = Decision(step=1, episode=episode, attempt=0, action=action, score=0, confidence=0.5)
    here = changes.pop("here", Progress())
    state: RunState = {
        "seed": 1,
        "episode": episode,
        "progress": {**before, episode: here},
        "flags": Flags(),
        "plan": Plan(),
        "request": Changes(),
        "choice": choice,
        "approvals": {},
        **changes,
    }
    return state


@pytest.mark.parametrize("episode", list(EPISODES))
def test_g1_what_is_masked_is_refused_by_the_executor_too(episode: EpisodeName) -> None:
    full = Progress(steps=ACTION_LIMIT, checks=CHECK_LIMIT)
    refused = 0
    for here in (Progress(), full, Progress(attempt=ATTEMPT_LIMIT)):
        state = state_at(episode, here=here)
        legal, reasons = mask(situation_of(state, episode))
        for name in (*reasons, "invented"):
            choice = state["choice"].model_copy(update={"action": name})
            with pytest.raises(GuardError, match=rf"{episode}\.{name} must not run: "):
                check_choice({**state, "choice": choice})
            refused += 1
        for name in legal:
            check_choice({**state, "choice": state["choice"].model_copy(update={"action": name})})
    assert refused > 10


def test_g1_an_episode_out_of_turn_is_refused() -> None:
    state = state_at("generation", "shortlist")
    check_choice(state)
    early = {**state["progress"], "intent": Progress()}
    with pytest.raises(GuardError, match="not its turn"):
        check_choice({**state, "progress": early})
    with pytest.raises(GuardError, match="not its turn"):
        check_choice({**state, "progress": {**state["progress"], "generation": DONE}})


PLAN = Plan(target="stroke", rows=100, epsilon=1.0, generators=(engine(n_iter=10),))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"rows": 101},
        {"epsilon": 2.0},
        {"target": "age"},
        {"roles": {"age": "drop"}},
        {"generators": (engine(n_iter=11),)},
        {"generators": (engine(n_iter=10), engine("gen_gan"))},
    ],
)
def test_g2_a_validation_holds_for_exactly_what_was_shown(change: dict[str, Any]) -> None:
    validation = Approval(
        gate="parameters",
        proposal_digest=parameters_digest(PLAN),
        verdict="approve",
        actor="Jane",
        at="",
    )
    plan = PLAN.model_copy(update=change)
    state = state_at("generation", "gen_fast", plan=plan, here=Progress(done=("shortlist",)))
    fast = action_named("generation", "gen_fast")
    for nobody in ({}, {"x": validation.model_copy(update={"verdict": "revise"})}):
        assert gate_for({**state, "approvals": nobody}) == "parameters"
        with pytest.raises(GuardError, match="No generator runs before"):
            check_validated({**state, "approvals": nobody}, fast)
    state = {**state, "approvals": {"x": validation}}
    if change:
        assert gate_for(state) == "parameters"
        with pytest.raises(GuardError, match="No generator runs before"):
            check_validated(state, fast)
    else:
        assert gate_for(state) is None
        check_validated(state, fast)


def test_g3_a_self_check_that_passes_is_no_approval() -> None:
    done = Progress(done=("profile_schema",), steps=1)
    assert (
        self_check(
            Situation(episode="intake", progress=done, flags=Flags(small=False), root_seed=0)
        )
        == "pass"
    )
    state = state_at("intake", SELF_CHECK, here=done)
    check_choice(state)
    assert gate_for(state) is None
    assert gate_for({**state, "choice": state["choice"].model_copy(update={"action": STOP})})


def test_g3_a_specialist_cannot_reach_approvals_progress_or_counts() -> None:
    approval = Approval(gate="intake", proposal_digest="", verdict="approve", actor="I", at="")
    forged = Delta(
        approvals={"x": approval},
        progress={"intake": DONE},
        counts={"b|intake": micro(9, 0)},
        choice=state_at("intake")["choice"],
        plan=Plan(),
        feedback=Feedback(source="tool", outcome="ok"),
    )
    assert beyond_reach(forged, WORK) == ["approvals", "choice", "counts", "progress"]
    allowed = Delta.model_fields.keys() - WORK
    assert {
        "approvals",
        "answer",
        "progress",
        "counts",
        "choice",
        "status",
        "policy_sha",
    } <= allowed


def test_g4_no_walk_exceeds_the_caps() -> None:
    for number in range(25):
        log: list[Any] = []
        run_project(Planned(RandomPolicy()), World(world_named("B"), 5), number, log)
        places = [(step.episode, step.attempt) for step in log]
        work = Counter(
            p for p, s in zip(places, log, strict=True) if s.action not in (STOP, SELF_CHECK)
        )
        checks = Counter(p for p, s in zip(places, log, strict=True) if s.action == SELF_CHECK)
        stops = Counter(s.episode for s in log if s.action == STOP)
        asks = Counter(s.episode for s in log if s.action.startswith("ask_"))
        assert max(work.values()) <= ACTION_LIMIT == 5
        assert max(checks.values(), default=0) <= CHECK_LIMIT == 2
        assert max(stops.values()) <= ATTEMPT_LIMIT == 3
        assert max(asks.values(), default=0) <= ASK_LIMIT == 3


def test_g5_what_takes_longer_than_is_left_is_barred() -> None:
    plan = Plan(generators=(engine(seconds=60), engine("gen_gan", seconds=600)), budget_minutes=10)
    here = Progress(done=("shortlist",))
    state = state_at("generation", plan=plan, here=here)
    reason = "it would take more time than is left"
    assert barred(state)["gen_gan"] == reason
    assert "gen_fast" not in barred(state)
    assert "ask_preference" not in barred(state)
    late: RunState = {**state, "minutes_used": 9.0}
    assert barred(late)["gen_fast"] == reason
    assert "no generator can run" in barred(late)["ask_preference"]
    legal, _ = mask(situation_of(late, "generation"))
    assert legal == (STOP,) or legal == (SELF_CHECK, STOP)


def test_nothing_is_asked_when_no_generator_is_left_to_run() -> None:
    plan = Plan(generators=(engine(),))
    for here, hopeless in (
        (Progress(done=("shortlist",)), False),
        (Progress(done=("shortlist",), failed=("gen_fast",)), True),
        (Progress(failed=("shortlist",)), True),
        (Progress(done=("shortlist", "gen_fast")), False),
    ):
        reasons = barred(state_at("generation", plan=plan, here=here))
        assert ("ask_preference" in reasons) == hopeless


def test_nothing_is_tried_in_refinement_that_cannot_work() -> None:
    def reasons(plan: Plan, **params: Any) -> dict[str, str]:
        made = [Candidate(id="x", generator="x", params=params)]
        return barred(state_at("refinement", plan=plan, candidates=made))

    assert reasons(Plan()).keys() == {"rebalance", "tune_hparams"}
    assert reasons(Plan(), n_iter=5).keys() == {"rebalance"}
    rare = Plan(use_case="augmentation", target="stroke", task="classification")
    assert reasons(rare, n_iter=5) == {}
    assert "no class" in reasons(rare.model_copy(update={"task": "regression"}))["rebalance"]


def test_g6_only_a_person_loosens_the_privacy_tier() -> None:
    order = ("none", "moderate", "strict")
    for known in order:
        for found in order:
            tighter = order.index(found) >= order.index(known)
            assert stricter(known, found) == (found if tighter else known)
    assert stricter("unknown", "none") == "unknown"
    assert stricter("unknown", "moderate") == "moderate"


@pytest.mark.parametrize(
    "change", [{"flags": Flags(privacy="strict")}, {"plan": Plan(use_case="privacy")}]
)
def test_g6_strict_privacy_leaves_generators_with_a_guarantee_only(change: dict[str, Any]) -> None:
    trains = [a.name for a in EPISODES["generation"].actions if a.trains]
    reasons = barred(state_at("generation", **change))
    assert sorted(set(trains) - reasons.keys()) == ["gen_dp"]
    with pytest.raises(InputError, match="no formal privacy guarantee"):
        check_requested(Plan(use_case="privacy", requested=("aim", "cart")))
    check_requested(Plan(use_case="privacy", requested=("aim",)))
    check_requested(Plan(use_case="sharing", requested=("cart", "pategan")))


def test_g6_a_claim_that_its_code_contradicts_is_no_guarantee() -> None:
    for name in ("privbayes", "pategan", "dpgan"):
        with pytest.raises(InputError, match="contradicted by code"):
            check_requested(Plan(use_case="privacy", requested=("aim", name)))
    levels = {"aim": FORMAL[0], "pategan": "nominal, contradicted by code or audit"}
    aim, pategan = (engine("gen_dp").model_copy(update={"claim_level": c}) for c in levels.values())
    strict = Flags(privacy="strict")

    def reason(*engines: GeneratorPlan, flags: Flags = strict) -> str | None:
        plan = Plan(generators=engines)
        return barred(state_at("generation", plan=plan, flags=flags)).get("gen_dp")

    assert reason(aim, pategan) is None and reason(pategan, flags=Flags()) is None
    assert "formal guarantee" in (reason(pategan) or "")


@pytest.fixture
def tools(tmp_path: Path) -> Toolbox:
    """What a specialist gets, on a workspace of its own."""
    deps = make_deps(Settings(home=tmp_path / "home"))
    return deps.toolbox(state_at("evaluation") | {"session": "test"})


@pytest.mark.parametrize(
    ("tier", "measured", "missing"),
    [
        ("moderate", ("fidelity", "privacy_metrics"), ()),
        ("moderate", ("fidelity",), ("privacy_metrics",)),
        ("unknown", ("fidelity", "utility"), ("privacy_metrics",)),
        ("strict", (), ("fidelity", "privacy_metrics")),
        ("none", ("fidelity",), ()),
        ("none", ("privacy_metrics",), ("fidelity",)),
    ],
)
def test_g7_a_release_needs_numbers_on_fidelity_and_privacy(
    tools: Toolbox, tier: Any, measured: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    refs: dict[str, ArtifactRef] = {}
    for family in ("fidelity", "privacy_metrics", "utility"):
        value = 0.1 if family in measured else None
        record = Result(metric_id="x", family=family, value=value).model_dump(mode="json")
        refs[f"results/cart-1/{family}"] = tools.store.put_json([record], "results", "test")
    state = state_at(
        "evaluation",
        flags=Flags(privacy=tier),
        refs=refs,
        candidates=[Candidate(id="cart-1", generator="cart")],
    )
    assert unmeasured(state, tools) == missing


def test_g7_the_result_is_not_shown_before_both_were_tried() -> None:
    state = state_at("evaluation", plan=Plan(target="stroke"))
    assert required(state) == ("pick_fidelity", "pick_privacy", "pick_utility")
    for done in ((), ("pick_fidelity",), ("pick_fidelity", "pick_utility")):
        here = Progress(done=done, steps=len(done))
        legal, reasons = mask(
            situation_of({**state, "progress": {"evaluation": here}}, "evaluation")
        )
        assert STOP not in legal
        assert "pick_privacy" in reasons[STOP]
    private: RunState = {
        **state,
        "plan": Plan(use_case="development"),
        "flags": Flags(privacy="none"),
    }
    assert required(private) == ("pick_fidelity",)


def test_g10_nothing_that_chooses_or_learns_knows_a_language_model() -> None:
    wrong = []
    for name in ("bandit", "approval", "planner", "situation", "statistics", "learning", "drift"):
        for node in ast.walk(ast.parse((ROOT / "graph" / f"{name}.py").read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            wrong += [f"{name}: {m}" for m in modules if "agents" in m or "language" in m]
    assert not wrong
    words = {"prompt", "message", "comment", "answer", "request", "plan"}
    assert not words & set(Situation.model_fields)


def test_a_table_that_runs_in_a_circle_is_refused_when_the_program_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    intake = EPISODES["intake"]
    first, *rest = intake.actions
    cyclic = first.model_copy(update={"needs": ("duplicate_check",)})
    monkeypatch.setitem(EPISODES, "intake", intake.model_copy(update={"actions": (cyclic, *rest)}))
    with pytest.raises(GuardError, match="profile_schema -> duplicate_check -> profile_schema"):
        builder()
