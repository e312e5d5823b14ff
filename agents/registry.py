"""Specialists by name, their actions and cards by decorator."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field

from synthcraft.agents.base import Handler, Proposer, Toolbox
from synthcraft.graph.contracts import Action, EpisodeName, GateName
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.graph.state import Delta, RunState


@dataclass
class Specialist:
    """An agent made of registered functions: one for each action, one for each card."""

    name: str
    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)
    proposers: dict[str, Proposer] = field(default_factory=dict)

    def handles(self, episode: EpisodeName, action: str) -> Callable[[Handler], Handler]:
        """Register the function that carries out an action."""

        def register(handler: Handler) -> Handler:
            if (episode, action) in self.handlers:
                raise ValueError(f"{self.name} handles {episode}.{action} twice")
            self.handlers[episode, action] = handler
            return handler

        return register

    def proposes(self, gate: GateName) -> Callable[[Proposer], Proposer]:
        """Register the function that prepares the card of a gate."""

        def register(proposer: Proposer) -> Proposer:
            if gate in self.proposers:
                raise ValueError(f"{self.name} proposes {gate} twice")
            self.proposers[gate] = proposer
            return proposer

        return register

    async def act(self, action: Action, state: RunState, tools: Toolbox) -> Delta:
        """Carry out one action."""
        handler = self.handlers.get((action.episode, action.name))
        if handler is None:
            raise GuardError(f"{self.name} has no way to do {action.episode}.{action.name}.")
        return await handler(state, tools)

    async def propose(self, gate: GateName, state: RunState, tools: Toolbox) -> Delta:
        """Prepare the card of a gate."""
        proposer = self.proposers.get(gate)
        if proposer is None:
            raise GuardError(f"{self.name} has no card for the gate {gate}.")
        return await proposer(state, tools)


_SPECIALISTS: dict[str, Specialist] = {}
_HOMES = {
    "profiler": ("synthcraft.agents.profiler", "synthcraft.agents.intent"),
    "generator": ("synthcraft.agents.generator", "synthcraft.agents.refinement"),
    "evaluator": ("synthcraft.agents.evaluator",),
    "reporter": ("synthcraft.agents.reporter",),
}


def specialist(name: str) -> Specialist:
    """The specialist of that name, made at first use; modules register on it by decorator."""
    return _SPECIALISTS.setdefault(name, Specialist(name))


def agent(name: str) -> Specialist:
    """A specialist with all its actions, importing its modules at first use."""
    for module in _HOMES.get(name, ()):
        importlib.import_module(module)
    if name not in _SPECIALISTS:
        raise NotFoundError(f"There is no specialist {name!r}.", f"Known: {', '.join(_HOMES)}.")
    return _SPECIALISTS[name]
