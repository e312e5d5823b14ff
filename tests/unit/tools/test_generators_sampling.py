"""Exactly n rows, each verified, or an honest failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import InputError, JobError
from synthcraft.tools.generators.encoding import EncodedTable, encode
from synthcraft.tools.generators.sampling import MAX_FACTOR, Sample, draw
from synthcraft.tools.table_schema import Column, TableSchema


class Faulty:
    """An engine that returns rows of the table, some of them broken, or too few of them."""

    def __init__(self, table: EncodedTable, broken: float = 0.0, share: float = 1.0) -> None:
        self.table, self.broken, self.share = table, broken, share
        self.drawn = 0

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        self.drawn += n
        rng = np.random.default_rng(seed)
        made = self.table.frame.sample(int(n * self.share), replace=True, random_state=rng)
        made = made.reset_index(drop=True)
        made.loc[rng.random(len(made)) < self.broken, "c0"] = np.nan
        return made


@pytest.fixture
def table() -> EncodedTable:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=1000),
            "event": pd.array((rng.random(1000) < 0.05).astype(int), dtype="Int64"),
        }
    )
    return encode(
        frame,
        TableSchema(
            columns=(
                Column(name="x", kind="numeric", dtype="float64"),
                Column(name="event", kind="binary", dtype="Int64", categories=(0, 1)),
            )
        ),
    )


def sample(engine: Faulty, n: int, where: dict[str, Any] | None = None, seed: int = 1) -> Sample:
    return draw(engine, engine.table, n, where or {}, seed, lambda share, words: None)


def test_clean_engine_is_drawn_once(table: EncodedTable) -> None:
    engine = Faulty(table)
    made = sample(engine, 321)
    assert len(made.frame) == 321 and engine.drawn == 321
    assert made.acceptance is None


@pytest.mark.parametrize(("broken", "share"), [(0.5, 1.0), (0.0, 0.4), (0.7, 0.8)])
def test_bad_and_lacking_rows_are_topped_up(
    table: EncodedTable, broken: float, share: float
) -> None:
    made = sample(Faulty(table, broken, share), 400)
    assert len(made.frame) == 400
    assert not made.frame.isna().any().any()
    assert made.acceptance == pytest.approx((1 - broken) * share, abs=0.08)


def test_undertrained_engine_stops_early_and_says_the_share(table: EncodedTable) -> None:
    engine = Faulty(table, broken=0.97)
    with pytest.raises(JobError, match=r"only [1-9]\.?\d? % of the rows are valid") as error:
        sample(engine, 400)
    assert error.value.code == "E_UNDERTRAINED"
    assert engine.drawn == 400


def test_condition_holds_in_every_row(table: EncodedTable) -> None:
    made = sample(Faulty(table), 200, {"event": 1})
    assert len(made.frame) == 200
    assert (made.frame["event"] == 1).all()
    assert made.acceptance == pytest.approx(table.frame["c1"].mean(), rel=0.3)


def test_condition_takes_lists(table: EncodedTable) -> None:
    assert set(sample(Faulty(table), 300, {"event": [0, 1]}).frame["event"]) == {0, 1}


def test_impossible_condition_ends_inside_the_cap(table: EncodedTable) -> None:
    engine = Faulty(table)
    with pytest.raises(JobError, match=r"None of the .* rows that were drawn meets") as error:
        sample(engine, 100, {"event": 7})
    assert error.value.code == "E_TOO_FEW_ROWS"
    assert engine.drawn <= MAX_FACTOR * 100


def test_condition_on_an_unknown_column_is_an_input_error(table: EncodedTable) -> None:
    with pytest.raises(InputError, match="nowhere"):
        sample(Faulty(table), 10, {"nowhere": 1})


def test_same_seed_same_rows(table: EncodedTable) -> None:
    first, again, other = (sample(Faulty(table, 0.3), 50, seed=s).frame for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
