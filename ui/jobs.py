"""A running job as the page follows it: how far it is, and how long it still takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synthcraft.graph.views import Event

_ENOUGH_SHARE, _ENOUGH_SECONDS = 0.005, 5.0
"""What has to be seen of a job before its end is foretold."""


@dataclass(frozen=True)
class Job:
    """A job since it got going.

    Attributes:
        event: what was heard last.
        first: share that was done when the clock started.
        begun, heard: when that was and when this is, in seconds of one clock.
        since: when it was first heard of.
    """

    event: Event
    first: float
    begun: float
    heard: float
    since: float

    @property
    def share(self) -> float:
        """How much is done, in [0, 1]."""
        return min(1.0, max(0.0, self.event.fraction or 0.0))

    @property
    def left(self) -> float | None:
        """Seconds to its end at the pace so far; None before a pace can be told."""
        done, took = self.share - self.first, self.heard - self.begun
        if done < _ENOUGH_SHARE or took < _ENOUGH_SECONDS:
            return None
        return took * (1 - self.share) / done


def follow(known: Job | None, event: Event, now: float) -> Job:
    """The job after another event.

    The clock starts with the first share above 0, since what comes before is preparation, and
    anew when the share falls: another fit has begun.
    """
    share = event.fraction or 0.0
    if known is None:
        return Job(event, share, now, now, now)
    if known.share == 0 or share < known.share:
        return Job(event, share, now, now, known.since)
    return replace(known, event=event, heard=now)
