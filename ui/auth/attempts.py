"""How often a password may be tried: guessing is slowed down, whether the name exists or not."""

from __future__ import annotations

from collections.abc import Callable

WINDOW_S = 15 * 60.0
LIMITS = {"name at address": 5, "name": 20, "address": 30}
"""Failures within the window. One address alone cannot lock a person out everywhere."""
MOST_KEYS = 10_000
Key = tuple[str, str, str]


class Attempts:
    """Failed attempts of the last minutes, in memory."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count by a clock that gives seconds."""
        self._clock = clock
        self._failures: dict[Key, list[float]] = {}

    def begin(self, name: str, address: str) -> float:
        """Seconds to wait before the next attempt; 0: this one may be made.

        It counts as failed from now on, so that many at once are no way round.
        """
        now = self._clock()
        waits = [self._wait(key, now) for key in _keys(name, address)]
        if not any(waits):
            self._forget_old(now)
            for key in _keys(name, address):
                self._failures.setdefault(key, []).append(now)
        return max(waits)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name here; others' at the same address stay."""
        here, by_name, by_address = _keys(name, address)
        self._failures.pop(here, None)
        for key in (by_name, by_address):
            if times := self._failures.get(key):
                times.pop()

    def _wait(self, key: Key, now: float) -> float:
        times = [time for time in self._failures.get(key, []) if time > now - WINDOW_S]
        limit = LIMITS[key[0]]
        return times[-limit] + WINDOW_S - now if len(times) >= limit else 0.0

    def _forget_old(self, now: float) -> None:
        if len(self._failures) < MOST_KEYS:
            return
        live = {k: v for k, v in self._failures.items() if v and v[-1] > now - WINDOW_S}
        self._failures = dict(list(live.items())[-MOST_KEYS // 2 :])


def _keys(name: str, address: str) -> tuple[Key, Key, Key]:
    return ("name at address", name, address), ("name", name, ""), ("address", "", address)
