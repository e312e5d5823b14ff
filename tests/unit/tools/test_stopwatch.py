"""The watch for work that overlaps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from synthcraft.tools import stopwatch


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time of day, in the hands of the test."""
    moment = [100.0]
    monkeypatch.setattr(stopwatch.time, "monotonic", lambda: moment[0])
    yield moment


def test_what_overlaps_counts_once_and_waiting_not_at_all(now: list[float]) -> None:
    watch = stopwatch.Stopwatch()
    with watch.running():
        now[0] += 2
        with watch.running():
            now[0] += 3
            assert watch.seconds == 5
    now[0] += 50
    assert watch.seconds == 5
    with pytest.raises(KeyError), watch.running():
        now[0] += 1
        raise KeyError
    now[0] += 50
    assert watch.seconds == 6


async def test_a_limit_ends_what_works_longer_and_not_what_waits_longer() -> None:
    watch = stopwatch.Stopwatch()
    async with watch.at_most(0.2):
        await asyncio.sleep(0.5)
    ended = False
    with pytest.raises(TimeoutError):
        async with watch.at_most(0.2):
            await asyncio.sleep(0.3)
            with watch.running():
                await asyncio.sleep(60)
                ended = True
    assert not ended and watch.seconds >= 0.2


async def test_a_limit_leaves_errors_and_results_as_they_are() -> None:
    watch = stopwatch.Stopwatch()
    with pytest.raises(KeyError):
        async with watch.at_most(10):
            raise KeyError
    async with watch.at_most(0.1):
        with watch.running():
            made = 3
    await asyncio.sleep(0.3)
    assert made == 3
