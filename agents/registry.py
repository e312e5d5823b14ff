"""Specialists by name, their actions and cards by decorator."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from synthcraft.graph.contracts import Action, EpisodeName, GateName
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.tools.found import import_all

if TYPE_CHECKING:
    from synthcraft.agents.base import Handler, Proposer, Toolbox
    from synthcraft.graph.state import Delta, RunState


class Offer(NamedTuple):
    """An action that no row of the table of episodes lists, and what is new about it."""

    action: Action
    words: Mapping[str, str]
    """Aspect that it covers -> that aspect in words for the person."""


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

    def offers(
        self, episode: EpisodeName, action: str, sentence: str, covers: Mapping[str, str]
    ) -> Callable[[Handler], Handler]:
        """Add an action to an episode, and register the function that carries it out.

        Args:
            episode: where the router may choose it.
            action: its name.
            sentence: what it does, in words for the person.
            covers: what a person may miss without it -> that in words; new to the episode or not.
        """

        def register(handler: Handler) -> Handler:
            row = Action(
                name=action, episode=episode, agent=self.name, sentence=sentence,
                covers=tuple(covers),
            )  # fmt: skip
            _OFFERS.append(Offer(row, covers))
            return self.handles(episode, action)(handler)

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
_OFFERS: list[Offer] = []
_HOMES = {
    "profiler": ("synthcraft.agents.profiler", "synthcraft.agents.intent"),
    "generator": ("synthcraft.agents.generator", "synthcraft.agents.refinement"),
    "evaluator": ("synthcraft.agents.evaluator",),
    "reporter": ("synthcraft.agents.reporter",),
}


def specialist(name: str) -> Specialist:
    """The specialist of that name, made at first use; modules register on it by decorator."""
    return _SPECIALISTS.setdefault(name, Specialist(name))


def offered() -> tuple[Offer, ...]:
    """What the files in `agents/added` bring."""
    import_all("synthcraft.agents.added")
    return tuple(_OFFERS)


def agent(name: str) -> Specialist:
    """A specialist with all its actions, importing its modules at first use."""
    for module in _HOMES.get(name, ()):
        importlib.import_module(module)
    import_all("synthcraft.agents.added")
    if name not in _SPECIALISTS:
        raise NotFoundError(f"There is no specialist {name!r}.", f"Known: {', '.join(_HOMES)}.")
    return _SPECIALISTS[name]
