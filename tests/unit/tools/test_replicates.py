"""Independent fits from seeds of their own, and the variance of each source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import InputError
from synthcraft.tools.replicates import replicate_tables, variance_components
from synthcraft.tools.schema_inference import canonical, infer_schema
from synthcraft.tools.seeds import child_seed, design


def cube(s: np.ndarray, f: np.ndarray, d: np.ndarray) -> dict[tuple[int, int, int], float]:
    return {
        (i, j, k): float(s[i] + f[i, j] + d[i, j, k])
        for i in range(d.shape[0])
        for j in range(d.shape[1])
        for k in range(d.shape[2])
    }


def test_the_design_shares_seeds_upwards_only() -> None:
    places = design(7)
    assert len(places) == 30
    assert len({p.split_seed for p in places}) == 3
    assert len({p.fit_seed for p in places}) == 15
    for name in ("sample_seed", "downstream_seed", "attack_seed"):
        assert len({getattr(p, name) for p in places}) == 30
    every = {s for p in places for s in (p.split_seed, p.fit_seed, p.sample_seed,
                                         p.downstream_seed, p.attack_seed)}  # fmt: skip
    assert len(every) == 3 + 15 + 3 * 30
    assert design(7) == places != design(8)
    assert child_seed(1, "a", 2) == child_seed(1, "a", 2) != child_seed(1, "a", 3)


def test_components_are_found_where_the_variance_was_put() -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        s, f = rng.normal(0.8, 0.03, 3), rng.normal(0, 0.02, (3, 5))
        found.append(variance_components(cube(s, f, rng.normal(0, 0.01, (3, 5, 2))), [0.0004]))
    means = {name: np.mean([getattr(c, name) for c in found]) for name in ("fit", "draw", "split")}
    assert means["fit"] == pytest.approx(0.0004, rel=0.1)
    assert means["draw"] == pytest.approx(0.0001, rel=0.1)
    # 0.0009 between splits, of which 0.0004 are the test rows; never below zero, so a bit more
    assert means["split"] == pytest.approx(0.0005, rel=0.3)
    error = np.mean([c.error**2 for c in found])
    assert error == pytest.approx(np.var([c.mean for c in found]), rel=0.2)
    assert sum(found[0].shares.values()) == pytest.approx(1)


def test_components_by_hand() -> None:
    values = {(0, 0, 0): 1.0, (0, 0, 1): 3.0, (0, 1, 0): 5.0, (0, 1, 1): 7.0}
    found = variance_components(values)
    # draws: 2 in each fit; fits: means 2 and 6, so (2 x 8 - 2) / 2
    assert (found.mean, found.draw, found.fit, found.split) == (4.0, 2.0, 7.0, 0.0)
    assert found.error == pytest.approx(2.0)


def test_a_hole_in_the_design_is_refused() -> None:
    with pytest.raises(InputError, match="not complete"):
        variance_components({(0, 0, 0): 1.0, (1, 1, 0): 2.0})


def test_fits_are_independent_and_reproducible() -> None:
    rng = np.random.default_rng(1)
    frame = canonical(pd.DataFrame({"x": rng.normal(size=200), "g": rng.choice(["a", "b"], 200)}))
    schema = infer_schema(frame)
    again = [replicate_tables(frame, schema, "cart", {}, seed=3, fits=2, draws=2) for _ in range(2)]
    for (place, one), (same, other) in zip(*again, strict=True):
        assert place == same
        pd.testing.assert_frame_equal(one, other)
    tables = [table for _, table in again[0]]
    assert len(tables) == 4
    assert not any(tables[0].equals(other) for other in tables[1:])
