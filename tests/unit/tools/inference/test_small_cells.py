"""What is published of a table gives no hidden count away: an audit by linear programming."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.disclosure.small_cells import hidden_levels, merged
from synthcraft.tools.metrics.columns import Ints


def bounds(counts: Ints, hidden: np.ndarray, level: int, part: int) -> tuple[float, float]:
    """Smallest and largest value that a hidden cell may have, given all totals by part."""
    rows = np.flatnonzero(hidden)
    size = len(rows) * counts.shape[1]
    objective = np.zeros(size)
    objective[list(rows).index(level) * counts.shape[1] + part] = 1
    equal = np.tile(np.eye(counts.shape[1]), len(rows))
    known = counts[hidden].sum(axis=0)
    ends = [linprog(s * objective, A_eq=equal, b_eq=known, bounds=(0, None)) for s in (1, -1)]
    return float(ends[0].fun), float(-ends[1].fun)


@pytest.mark.parametrize("seed", range(40))
def test_no_count_under_ten_can_be_worked_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels, parts = rng.integers(2, 7), rng.integers(1, 4)
    counts = rng.choice([0, 1, 4, 9, 10, 30, 200], (levels, parts)).astype(np.int64)
    hidden = hidden_levels(counts)
    totals = counts.sum(axis=1)
    open_cells = np.column_stack([counts, totals])[~hidden]
    assert not ((open_cells > 0) & (open_cells < MIN_CELL)).any()
    together = counts[hidden].sum(axis=0)
    if hidden.all() or not hidden.any():
        return  # nothing is published, or nothing needs hiding
    assert not ((together > 0) & (together < MIN_CELL)).any()
    for level, part in np.argwhere(hidden[:, None] & (counts > 0) & (counts < MIN_CELL)):
        low, high = bounds(counts, hidden, level, part)
        assert high - low >= MIN_CELL


def test_the_two_outcomes_of_eight_events_are_both_hidden() -> None:
    assert hidden_levels(np.array([[292], [8]])).tolist() == [True, True]
    labels, counts, more = merged(
        ["0", "1"], np.array([[292], [8]]), np.array([[250], [50]]), "few"
    )
    assert labels == ["few"] and counts.tolist() == [[300]] and more.tolist() == [[300]]


def test_a_small_level_takes_the_next_smallest_with_it() -> None:
    counts = np.array([[500], [40], [30], [3]])
    assert hidden_levels(counts).tolist() == [False, False, True, True]
    labels, together, _ = merged(list("abcd"), counts, counts, "few")
    assert labels == ["a", "b", "few"] and together.tolist() == [[500], [40], [33]]


def test_a_level_that_is_small_in_one_part_is_hidden_in_all() -> None:
    counts = np.array([[400, 100], [80, 20], [40, 12], [30, 5]])
    assert hidden_levels(counts).tolist() == [False, False, True, True]
    # a second level of ten is not enough where the part would still tell the first
    tight = np.array([[400, 100], [80, 20], [40, 0], [30, 5]])
    assert hidden_levels(tight).tolist() == [False, True, True, True]


def test_without_small_cells_nothing_changes() -> None:
    counts = np.array([[50, 0], [20, 10]])
    assert not hidden_levels(counts).any()
    assert merged(["a", "b"], counts, counts, "few")[0] == ["a", "b"]
