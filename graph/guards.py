"""Guards outside the learner's reach: what is barred, what is required, what was validated."""

from __future__ import annotations

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import minutes_left
from synthcraft.graph.contracts import GateName
from synthcraft.graph.episodes import EPISODES, SELF_CHECK, STOP, action_named
from synthcraft.graph.records import Plan, digest_of
from synthcraft.graph.state import Progress, RunState
from synthcraft.tools.generators.budget import fits
from synthcraft.tools.requested import needs_guarantee, without_guarantee

ROUND_LIMIT = 2
"""Rounds of refinement before the person decides with what there is."""
WITH_GUARANTEE = "gen_dp"
"""The only kind of generators that may run where privacy is strict; of it, those whose claim
level nothing contradicts."""
MUST_PASS_PRIVACY = ("moderate", "strict", "unknown")


def parameters_digest(plan: Plan) -> str:
    """Digest of what is validated before the first fit: any change of it voids the validation."""
    validated: dict[str, object] = {
        "generators": [g.model_dump(mode="json") for g in plan.generators],
        "rows": plan.rows,
        "epsilon": plan.epsilon,
        "target": plan.target,
        "roles": plan.roles,
    }
    if plan.replicates > 1:
        validated["replicates"] = plan.replicates
    if plan.choose:  # then the time limit decides how many are run
        validated |= {"choose": True, "budget_minutes": plan.budget_minutes}
    return digest_of(validated)


def validated(state: RunState) -> bool:
    """Whether a person (or a named auto-approver) approved exactly these parameters."""
    wanted = parameters_digest(state["plan"])
    return any(
        a.gate == "parameters" and a.verdict == "approve" and a.proposal_digest == wanted
        for a in state.get("approvals", {}).values()
    )


def gate_for(state: RunState) -> GateName | None:
    """The gate that the stored choice leads to; None: the action runs."""
    choice = state["choice"]
    if choice.action == STOP:
        return choice.episode
    if choice.action == SELF_CHECK:
        return None
    action = action_named(choice.episode, choice.action)
    if action.asks:
        return choice.episode
    if action.trains and not validated(state):
        return "parameters"
    return None


def asks(state: RunState) -> bool:
    """Whether the open gate is a question of the router and not an approval."""
    choice = state["choice"]
    return choice.action not in (STOP, SELF_CHECK) and (
        action_named(choice.episode, choice.action).asks
    )


def barred(state: RunState) -> dict[str, str]:
    """Actions of the current episode that may not be chosen, each with the reason."""
    episode = state["episode"]
    reasons: dict[str, str] = {}
    if state.get("unattended"):
        for action in EPISODES[episode].actions:
            if action.asks:
                reasons[action.name] = "nobody is there to answer"
    rules = {
        "intent": _barred_intent,
        "generation": _barred_generation,
        "evaluation": _barred_evaluation,
        "refinement": _barred_refinement,
    }
    if episode in rules:
        reasons.update(rules[episode](state))
    return reasons


def _barred_intent(state: RunState) -> dict[str, str]:
    if not state.get("prompt") and not state["request"].named():
        return {"infer_from_prompt": "nothing was said about the purpose yet"}
    return {}


def _barred_generation(state: RunState) -> dict[str, str]:
    plan, flags, left = state["plan"], state["flags"], minutes_left(state)
    engines, strict = plan.generators, needs_guarantee(plan, flags)
    reasons = {}
    for action in EPISODES["generation"].actions:
        of_kind = [engine for engine in engines if engine.group == action.name]
        admitted = [e for e in of_kind if not without_guarantee(e, plan, flags)]
        durations = [engine.seconds for engine in admitted]
        unproven = action.name != WITH_GUARANTEE or (of_kind and not admitted)
        if action.trains and strict and unproven:
            reasons[action.name] = "privacy is strict, so a formal guarantee is needed"
        elif action.trains and engines and not durations:
            reasons[action.name] = "no generator of this kind is in the plan"
        elif action.trains and engines and not any(fits(d, left) for d in durations):
            reasons[action.name] = "it would take more time than is left"
    trains = {action.name for action in EPISODES["generation"].actions if action.trains}
    here = state["progress"].get("generation", Progress())
    hopeless = "shortlist" in here.failed or trains <= {*reasons, *here.failed}
    if hopeless and not trains & set(here.done):
        reasons["ask_preference"] = "no generator can run, whatever matters most"
    return reasons


def _barred_evaluation(state: RunState) -> dict[str, str]:
    reasons = {}
    if state["plan"].target is None:
        reasons["pick_utility"] = "there is no target to predict"
    if not state["plan"].protected or state["plan"].target is None:
        reasons["pick_subgroup"] = "no protected column or no target was named"
    return reasons


def _barred_refinement(state: RunState) -> dict[str, str]:
    changes = ("tune_hparams", "switch_generator", "rebalance")
    plan = state["plan"]
    if state.get("round", 0) + 1 >= ROUND_LIMIT:
        return dict.fromkeys(changes, f"{ROUND_LIMIT} rounds were done")
    if plan.requested and state.get("unattended"):
        return dict.fromkeys(changes, "the generators were named and nobody is there to weigh more")
    reasons = {}
    if plan.requested:
        reasons["switch_generator"] = "the generators were named by the person"
    if plan.use_case != "augmentation":
        reasons["rebalance"] = "it would change how often the outcome occurs"
    elif plan.task != "classification":
        reasons["rebalance"] = "there is no class to balance"
    if not any("n_iter" in candidate.params for candidate in state.get("candidates", [])):
        reasons["tune_hparams"] = "no generator here has a number of iterations"
    return reasons


def required(state: RunState) -> tuple[str, ...]:
    """Actions that must have been tried before the current episode may stop."""
    plan = state["plan"]
    if state["episode"] == "generation":
        return tuple(dict.fromkeys(g.group for g in plan.generators))
    if state["episode"] == "evaluation":
        must = ["pick_fidelity"]
        if state["flags"].privacy in MUST_PASS_PRIVACY or plan.use_case != "development":
            must.append("pick_privacy")
        if plan.target is not None and plan.use_case != "development":
            must.append("pick_utility")
        return tuple(must)
    if state["episode"] == "refinement":
        return ("diagnose",)
    return ()


def unmeasured(state: RunState, tools: Toolbox) -> tuple[str, ...]:
    """Families of metrics that a release needs and of which no candidate has a single number."""
    from synthcraft.agents.evaluator import results_of, working

    must = ["fidelity"]
    if state["flags"].privacy in MUST_PASS_PRIVACY:
        must.append("privacy_metrics")
    measured = {
        result.family
        for candidate in working(state)
        for result in results_of(state, candidate.id, tools)
        if result.value is not None
    }
    return tuple(family for family in must if family not in measured)
