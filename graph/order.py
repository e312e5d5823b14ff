"""Steps stay in order when the clock is set back: what comes later gets a later id."""

from __future__ import annotations

from langgraph.checkpoint.base import id as ids


def stay_after(checkpoint: str) -> None:
    """Have every id that is made from now on be later than this one.

    The head of a project is found by the time in its id, and LangGraph keeps ids in order within
    one process only: after a jump back an answered gate would be open again for ever.
    """
    latest = max(ids.UUID(checkpoint).time, ids._last_v6_timestamp or 0)
    ids._last_v6_timestamp = latest  # type: ignore[assignment]
