"""Whose job begins next: owners take turns, and the jobs of each keep their order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from synthcraft.graph.errors import QueueFullError


@dataclass(frozen=True)
class Owner:
    """Who takes turns: a user with limits, or a project that belongs to no user.

    Attributes:
        name: of the user, or id of the project.
        at_once: jobs that may run together; None: as many as there are places.
        waiting: jobs that may wait; None: any number.
    """

    name: str = ""
    at_once: int | None = None
    waiting: int | None = None


@dataclass(frozen=True, eq=False)
class Ticket:
    """One job in the queue."""

    owner: Owner


class FairQueue:
    """Gives places to jobs: round-robin over owners, first come first served within each.

    Args:
        places: jobs that run at the same time.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self.running: list[Ticket] = []
        self._waiting: dict[Owner, deque[Ticket]] = {}
        """Nobody is kept with an empty line; whose turn it is stands first."""

    def join(self, owner: Owner) -> Ticket:
        """Take a place, or wait for one.

        Raises:
            QueueFullError: the owner has as many jobs waiting as they may have.
        """
        ticket = Ticket(owner)
        self._waiting.setdefault(owner, deque()).append(ticket)
        self._begin()
        if owner.waiting is not None and len(self._waiting.get(owner, ())) > owner.waiting:
            self.leave(ticket)
            jobs = "1 job" if owner.waiting == 1 else f"{owner.waiting} jobs"
            raise QueueFullError(
                f"{owner.name} has {jobs} waiting, as many as a user may have.",
                "Nothing is lost: go on when some of them have begun.",
            )
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """End or give up, so that others move up."""
        if ticket in self.running:
            self.running.remove(ticket)
        else:
            self._waiting[ticket.owner].remove(ticket)
            if not self._waiting[ticket.owner]:
                del self._waiting[ticket.owner]
        self._begin()

    def before(self, ticket: Ticket) -> int:
        """How many waiting jobs have their turn before a waiting one."""
        rank = self._waiting[ticket.owner].index(ticket)
        turn = list(self._waiting).index(ticket.owner)
        lines = enumerate(self._waiting.values())
        return sum(min(len(line), rank + (place < turn)) for place, line in lines)

    def _begin(self) -> None:
        while len(self.running) < self.places:
            owner = next(filter(self._may_begin, self._waiting), None)
            if owner is None:
                return
            line = self._waiting.pop(owner)
            self.running.append(line.popleft())
            if line:
                self._waiting[owner] = line  # behind the others now

    def _may_begin(self, owner: Owner) -> bool:
        begun = sum(ticket.owner == owner for ticket in self.running)
        return owner.at_once is None or begun < owner.at_once
