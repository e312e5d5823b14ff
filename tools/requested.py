"""Which generators suit a plan: its task, and the guarantee that strict privacy asks for."""

from __future__ import annotations

from synthcraft.graph.errors import InputError
from synthcraft.graph.records import Flags, GeneratorPlan, Plan
from synthcraft.tools.generators.base import FORMAL, GeneratorSpec
from synthcraft.tools.generators.catalogue import catalogue, find


def needs_guarantee(plan: Plan, flags: Flags) -> bool:
    """Whether only generators with a formal guarantee may run."""
    return plan.use_case == "privacy" or flags.privacy == "strict"


def without_guarantee(engine: GeneratorPlan, plan: Plan, flags: Flags) -> bool:
    """Whether strict privacy rules an engine of the plan out, by its claim level."""
    return needs_guarantee(plan, flags) and engine.claim_level not in FORMAL


def check_requested(plan: Plan) -> None:
    """Refuse generators that the person named and that cannot serve this plan.

    Raises:
        InputError: one without a formal guarantee where strict privacy is the purpose, or one
            that is made for another task.
    """
    for spec in map(find, plan.requested):
        _check_task(spec, plan)
        if plan.use_case == "privacy" and not spec.differentially_private:
            _refuse_without_guarantee(spec)


def follow_up_of(generator: str, plan: Plan) -> dict[str, dict[str, str]]:
    """Params that a fit needs beyond the usual: the columns of time and event, for survival."""
    if find(generator).task != "survival" or plan.target is None or plan.time_column is None:
        return {}
    return {"follow_up": {"time": plan.time_column, "event": plan.target}}


def _check_task(spec: GeneratorSpec, plan: Plan) -> None:
    if spec.task == "survival" and plan.task != "survival":
        raise InputError(
            f"{spec.title} makes times until an event, and the task is not survival.",
            "Name both columns: --task survival --target EVENT --time TIME. "
            "Or choose another generator.",
        )
    if spec.task == "time series":
        raise InputError(
            f"{spec.title} makes visits of people over time, and a project holds one row per "
            "person.",
            "`synthcraft generators visits` runs it; or choose another generator.",
        )


def _refuse_without_guarantee(spec: GeneratorSpec) -> None:
    formal = (s.name for s in catalogue().values() if s.differentially_private and s.available)
    raise InputError(
        f"{spec.title} gives no formal privacy guarantee, and the purpose is strict privacy "
        f"(claim level: {spec.claim_level}).",
        f"Name a generator that does ({', '.join(formal)}), or another purpose.",
    )
