"""The catalogue as one project sees it: what each generator would take here, what is planned."""

from __future__ import annotations

from synthcraft.agents.base import Toolbox
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.records import Flags, GeneratorPlan, Plan
from synthcraft.graph.state import RunState
from synthcraft.tools.generators.base import Cost, GeneratorSpec
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.generators.engines import seen_from
from synthcraft.tools.requested import needs_guarantee


class Offer(Frozen):
    """A generator as this project sees it.

    Attributes:
        spec: as it stands in this workspace now.
        planned: its places in the plan, with the cost that was agreed.
        seconds, memory_mb: predicted for this table; None where nothing was ever measured.
        barred: why this project does not choose it; empty where it may.
    """

    spec: GeneratorSpec
    planned: tuple[GeneratorPlan, ...] = ()
    seconds: float | None = None
    memory_mb: float | None = None
    barred: str = ""


def rows_of(state: RunState) -> int:
    """Rows that a generator would learn from: those for training, or all before the split."""
    split = state.get("split")
    return split.train if split else state["source"].rows


def offers_of(state: RunState, tools: Toolbox) -> tuple[Offer, ...]:
    """Every generator of the catalogue, in its order."""
    return tuple(_offer(spec, state, tools) for spec in catalogue().values())


def _offer(spec: GeneratorSpec, state: RunState, tools: Toolbox) -> Offer:
    plan, rows, columns = state["plan"], rows_of(state), state["source"].columns
    cost = {}
    if spec.cost != Cost() and spec.presets:
        params = spec.at(plan.preset, rows)
        cost = {
            "seconds": spec.seconds(rows, columns, params),
            "memory_mb": spec.memory_mb(rows, columns, params),
        }
    return Offer(
        spec=seen_from(tools.jobs.home, spec),
        planned=tuple(g for g in plan.generators if g.generator == spec.name),
        barred=barred(spec, plan, state.get("flags") or Flags()),
        **cost,
    )


def barred(spec: GeneratorSpec, plan: Plan, flags: Flags) -> str:
    """Why a plan leaves a generator out by itself; empty where it may choose it."""
    if spec.name in plan.excluded:
        return "You left it out."
    if spec.task == "time series":
        return "It makes visits of people over time; `synthcraft generators visits` runs it."
    if spec.task not in ("any", plan.task):
        return "It makes times until an event, and this project has none."
    if needs_guarantee(plan, flags) and not spec.differentially_private:
        return "Privacy comes first here, and it has no formal mechanism."
    return ""
