"""The watch for work that overlaps."""

from __future__ import annotations

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
