"""A model's server, and facts that it may put into words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model_double import Double, served

FACTS = {
    "session": "s1",
    "question": "so how good is the result now, all in all?",
    "candidates": [{"id": "a", "generator": "cart", "status": "ok", "seconds": 4.0}],
    "verdicts": [
        {"candidate": "a", "state": "REFER", "headline": {"utility.tstr_auc": 0.8123}}
    ],
    "generators": {},
}  # fmt: skip


@pytest.fixture
def double() -> Iterator[Double]:
    with served() as server:
        yield server
