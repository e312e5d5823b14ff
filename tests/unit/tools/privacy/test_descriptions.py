"""Uniques, singling out and linkage against loops that follow the definitions word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.columns import is_number
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.privacy.linkage import _halves
from synthcraft.tools.privacy.space import order, real_rows, synthetic_rows

Parts = Callable[..., EvalContext]
Key = tuple[object, ...]


def result(ctx: EvalContext, name: str) -> list[Result]:
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == name]
    return run_metric(spec, ctx, default_thresholds("sharing")[name])


def cells(ctx: EvalContext) -> tuple[list[dict[str, object]], ...]:
    """Training, holdout and synthetic rows as dictionaries of binned values."""
    real = pd.concat([ctx.train, ctx.holdout], ignore_index=True)
    out = []
    for frame in (ctx.train, ctx.holdout, ctx.synthetic):
        coded = {}
        for column in ctx.columns:
            values = frame[column.name]
            if is_number(column):
                known = real[column.name]
                if column.kind == "date":
                    values, known = values.astype("int64"), known.astype("int64")
                values, known = values.astype(float), known.astype(float)
                edges = np.unique(np.quantile(known, np.arange(1, 10) / 10))
                values = pd.Series([int((edges <= v).sum()) for v in values])
            coded[column.name] = [None if pd.isna(v) else v for v in values]
        out.append(pd.DataFrame(coded, dtype=object).to_dict("records"))
    return tuple(out)


def key(row: dict[str, object], names: tuple[str, ...]) -> Key:
    return tuple(row[n] for n in names)


def copying(made: Parts, **changes: object) -> EvalContext:
    """A fifth of the rows are training rows."""
    ctx = made(rows=150, holdout=90, seed=2, **changes)
    mixed = pd.concat([ctx.synthetic.iloc[30:], ctx.train.iloc[:30]], ignore_index=True)
    return ctx.with_synthetic(mixed)


def test_uniques_and_disclosure_agree_with_brute_force(made: Parts) -> None:
    names = ("age", "sex", "site")
    ctx = copying(made, quasi_identifiers=names, sensitive=("dose", "ill"))
    train, holdout, synthetic = cells(ctx)
    real, once = (Counter(key(r, names) for r in rows) for rows in (train + holdout, synthetic))
    rows = {r.column or r.group: r for r in result(ctx, "privacy.disclosive_uniques")}

    def share(people: list[dict[str, object]], hit: Callable[[dict[str, object]], bool]) -> float:
        return sum(hit(p) for p in people) / len(people)

    def unique(person: dict[str, object]) -> bool:
        return real[key(person, names)] == once[key(person, names)] == 1

    assert rows["unique in both tables"].value == pytest.approx(
        share(train, unique) - share(holdout, unique)
    )
    for column in ("dose", "ill"):

        def disclosed(person: dict[str, object], column: str = column) -> bool:
            met = [s[column] for s in synthetic if key(s, names) == key(person, names)]
            return len(set(met)) == 1 and met[0] == person[column]

        expected = share(train, disclosed) - share(holdout, disclosed)
        assert rows[column].value == pytest.approx(expected), column
    assert rows[None].value == max(r.value for name, r in rows.items() if name)


def test_singling_out_agrees_with_repeated_draws(made: Parts) -> None:
    ctx = copying(made)
    train, holdout, synthetic = cells(ctx)
    names = tuple(c.name for c in ctx.columns)
    rng = np.random.default_rng(0)
    samples = [rng.permutation(len(train))[: len(holdout)] for _ in range(20)]
    alone = {"T": 0.0, "H": 0.0}
    tried = 0
    for size in (2, 3, 4):
        for chosen in combinations(names, size):
            fits = Counter(key(s, chosen) for s in synthetic)
            single = [k for k, count in fits.items() if count == 1]
            tried += len(single)
            people = Counter(key(h, chosen) for h in holdout)
            alone["H"] += sum(people[k] == 1 for k in single)
            for sample in samples:
                some = Counter(key(train[i], chosen) for i in sample)
                alone["T"] += sum(some[k] == 1 for k in single) / len(samples)
    expected = (alone["T"] - alone["H"]) / tried
    assert result(ctx, "privacy.singling_out")[0].value == pytest.approx(expected, abs=0.004)


def test_linkage_agrees_with_brute_force(made: Parts) -> None:
    ctx = copying(made)
    halves = _halves(ctx)
    assert sorted(c.name for half in halves for c in half) == sorted(c.name for c in ctx.columns)
    met = np.ones((len(ctx.train) + len(ctx.holdout), len(ctx.synthetic)), dtype=bool)
    for half in halves:
        real, made_rows = real_rows(ctx, half).gower, synthetic_rows(ctx, half).gower
        apart = np.abs(real[:, None] - made_rows[None]).sum(-1)
        met &= apart <= apart.min(1, keepdims=True) + 1e-12
    hit = met.any(1)
    members = len(ctx.train)
    expected = hit[:members].mean() - hit[members:].mean()
    # ties between different rows count for one of them only
    assert result(ctx, "privacy.linkage")[0].value == pytest.approx(expected, abs=0.03)


def test_quasi_identifiers_are_one_of_the_two_records(made: Parts) -> None:
    one, other = _halves(made(quasi_identifiers=("sex", "age")))
    assert {c.name for c in one} == {"age", "sex"}
    assert {c.name for c in other} == {"dose", "seen", "site", "ill"}


def test_rows_are_taken_by_content_and_not_by_place(made: Parts) -> None:
    ctx = made()
    mixed = ctx.with_synthetic(ctx.synthetic.sample(frac=1, random_state=1))
    a, b = (c.synthetic.iloc[order(c)].reset_index(drop=True) for c in (ctx, mixed))
    pd.testing.assert_frame_equal(a, b)


def test_small_counts_are_not_told(made: Parts) -> None:
    ctx = made()
    few = pd.concat([ctx.synthetic.iloc[4:], ctx.train.iloc[:4]], ignore_index=True)
    message = result(ctx.with_synthetic(few), "privacy.linkage")[0].message
    assert "fewer than ten of training people" in message
