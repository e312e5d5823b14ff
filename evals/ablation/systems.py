"""Who decides what happens next: one decorated function for each system."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.named import Named
from synthcraft.graph.errors import NotFoundError

Run = Callable[[Bench], Awaitable[Ending]]
_HOMES = (
    "synthcraft.evals.ablation.through_graph",
    "synthcraft.evals.ablation.llm_router",
    "synthcraft.evals.ablation.coordinator",
    "synthcraft.evals.ablation.ungated",
)


@dataclass(frozen=True)
class System:
    """A system by name.

    Attributes:
        name: as it is asked for.
        run: carries a bench to its end; raises `EndpointError` where a model cannot be reached.
        asks_model: whether a language model decides.
        gated: whether the gates of the graph stand in its way.
    """

    name: str
    run: Run
    asks_model: bool = False
    gated: bool = True


_SYSTEMS = Named[System]("system")


def system(name: str, *, asks_model: bool = False, gated: bool = True) -> Callable[[Run], Run]:
    """Register a system: an async function from a bench to how the run ended."""

    def register(run: Run) -> Run:
        _SYSTEMS.enter(name)(System(name, run, asks_model, gated))
        return run

    return register


def systems() -> dict[str, System]:
    """Every system, in the order of the page."""
    for home in _HOMES:
        importlib.import_module(home)
    return dict(_SYSTEMS)


def system_named(name: str) -> System:
    """The system of that name.

    Raises:
        NotFoundError: there is none.
    """
    known = systems()
    if name not in known:
        raise NotFoundError(
            f"There is no system named {name!r}.", f"Choose from: {', '.join(known)}."
        )
    return known[name]
