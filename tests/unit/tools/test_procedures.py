"""P3 and P5 on the paper's tables, where they are there, and on planted ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import DataError, InputError
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.procedures.discrimination import Line, subgroup_auc
from synthcraft.tools.procedures.purity import MEAN, REAL, by_generator, purity
from synthcraft.tools.schema_inference import canonical, infer_schema
from synthcraft.tools.split import split_rows

DATA = Path(__file__).parents[4] / "shared" / "data"
NHANES, TCGA = DATA / "nhanes" / "nhanes_2021_2023.csv", DATA / "tcga" / "tcga_purity.csv"


def planted(n: int, seed: int, of_men: float = 1.0) -> pd.DataFrame:
    """An outcome that depends on one score in women and on another, as much as is said, in men."""
    rng = np.random.default_rng(seed)
    man = rng.random(n) < 0.5
    score = rng.normal(size=n)
    ill = rng.random(n) < 1 / (1 + np.exp(1 - np.where(man, of_men, 1.0) * 1.5 * score))
    frame = {"of_women": np.where(man, 0.0, score), "of_men": np.where(man, score, 0.0)}
    sex = np.where(man, "m", "f")
    return canonical(pd.DataFrame({**frame, "sex": sex, "ill": ill.astype(int)}))


def context(train: pd.DataFrame, holdout: pd.DataFrame, protected: tuple[str, ...]) -> EvalContext:
    return EvalContext(
        train, train.iloc[:0], holdout, train, infer_schema(train), target="ill",
        task="classification", protected=protected, seed=1,
    )  # fmt: skip


def line(lines: tuple[Line, ...], source: str, group: str = "") -> Line:
    return next(x for x in lines if x.source == source and x.group == group)


@pytest.mark.skipif(not NHANES.exists(), reason="needs ../shared/data/nhanes")
def test_paper_mode_gives_the_papers_auc_and_says_what_it_is() -> None:
    table = canonical(pd.read_csv(NHANES))
    parts = split_rows(table, target="heart_attack", task="classification", seed=1)
    train, held = (table.iloc[p].reset_index(drop=True) for p in (
        np.concatenate([parts.train, parts.validation]), parts.holdout))  # fmt: skip
    ctx = EvalContext(
        train, train.iloc[:0], held, train, infer_schema(table), target="heart_attack",
        task="classification", protected=("gender", "ethnicity", "age"), seed=1,
    )  # fmt: skip
    paper = subgroup_auc(ctx, {}, "paper")
    everybody = line(paper.lines, REAL)
    assert everybody.auc == pytest.approx(0.822, abs=0.002)  # dummies; 0.818 with integer codes
    assert everybody.low == pytest.approx(0.78, abs=0.01)
    assert everybody.high == pytest.approx(0.86, abs=0.01)
    assert "not for inference" in paper.stamp and everybody.events == 120
    small = [x for x in paper.lines if x.auc is None]
    assert {x.group for x in small} >= {"18 to under 40", "Mexican American"}
    assert all("suppressed" in x.note and x.events is None for x in small)
    rigorous = subgroup_auc(ctx, {"copy": [train]}, "rigorous")
    held_back = line(rigorous.lines, REAL)
    assert held_back.n == 585 and "unstable" in held_back.note
    copy = line(rigorous.lines, "copy")
    assert copy.delta == 0 and copy.delta_low == 0 == copy.delta_high


def test_a_defect_in_one_group_is_seen_in_that_group() -> None:
    ctx = context(planted(2000, 1), planted(1500, 2), ("sex",))
    found = subgroup_auc(ctx, {"bad for men": [planted(2000, s, -1.0) for s in (3, 4, 5)]})
    men, women = (line(found.lines, "bad for men", g) for g in ("m", "f"))
    assert men.delta_high is not None and men.delta_high < -0.05
    assert women.delta == pytest.approx(0, abs=0.02)
    assert line(found.lines, REAL, "m").auc == pytest.approx(0.8, abs=0.05)


def test_replicates_widen_the_interval() -> None:
    ctx = context(planted(900, 1), planted(600, 2), ())
    one = line(subgroup_auc(ctx, {"s": [planted(60, 3)]}).lines, "s")
    many = line(subgroup_auc(ctx, {"s": [planted(60, s, -0.5) for s in range(3, 9)]}).lines, "s")
    widths = [x.delta_high - x.delta_low for x in (one, many)]  # type: ignore[operator]
    assert widths[1] > widths[0]


def test_what_cannot_be_modelled_is_refused_and_one_class_is_guessing() -> None:
    ctx = context(planted(500, 1), planted(300, 2), ())
    lost = planted(500, 3).assign(ill=pd.array([0] * 500, dtype="Int64"))
    assert line(subgroup_auc(ctx, {"lost": [lost]}).lines, "lost").auc == 0.5
    with pytest.raises(DataError, match="of_men"):
        subgroup_auc(ctx, {"lost": [lost.drop(columns="of_men")]})
    ctx.task = "regression"
    with pytest.raises(DataError, match="two classes"):
        subgroup_auc(ctx, {})


@pytest.mark.skipif(not TCGA.exists(), reason="needs ../shared/data/tcga")
def test_purity_on_the_real_samples() -> None:
    raw = pd.read_csv(TCGA)
    table = canonical(raw.drop(columns=["sample_id", "cohort", "source"]))
    schema = infer_schema(table)
    patient = raw["sample_id"].str[:12]
    seen: list[int] = []

    def cart(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
        seen.append(len(rows))
        return by_generator(schema, "cart")(rows, seed)

    makers = {"cart": cart, "shuffled": lambda rows, seed: _shuffled(rows, seed)}
    found = purity(table, schema, "purity", makers, patient=patient, group=raw["cohort"], seed=1)
    lines = {x.source: x for x in found.lines}
    assert lines[REAL].mse == pytest.approx(0.0212, abs=0.002)
    assert lines[REAL].mse < lines["cart"].mse < lines[MEAN].mse < lines["shuffled"].mse
    assert seen == [409 - r.rows for r in lines[REAL].folds]  # fitted anew in every fold
    assert lines[MEAN].r2 == pytest.approx(0, abs=0.02) and lines[MEAN].slope is None
    assert lines[REAL].low < lines[REAL].mse < lines[REAL].high
    # five folds that share training rows: wider than the plain standard error of five numbers
    assert lines[REAL].high - lines[REAL].low > 2 * 2.776 * lines[REAL].sd / np.sqrt(5)
    assert set(lines[REAL].by_group) == set(raw["cohort"])
    assert any("estimate" in note for note in found.notes)


def _shuffled(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({n: rng.permutation(rows[n]) for n in rows}).astype(rows.dtypes)


def numbers(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    kind = rng.choice(["a", "b"], n)
    return canonical(
        pd.DataFrame({"x": x, "kind": kind, "y": x + (kind == "a") + rng.normal(0, 0.3, n)})
    )


def test_paper_mode_fits_once_and_people_stay_whole_otherwise() -> None:
    table = numbers()
    schema = infer_schema(table)
    sizes: dict[str, list[int]] = {"paper": [], "rigorous": []}
    patient = pd.Series(np.repeat(np.arange(60), 5))
    for mode in ("paper", "rigorous"):

        def same(rows: pd.DataFrame, seed: int, mode: str = mode) -> pd.DataFrame:
            sizes[mode].append(len(rows))
            return rows

        found = purity(table, schema, "y", {"same": same}, patient=patient, mode=mode)  # type: ignore[arg-type]
        lines = {x.source: x for x in found.lines}
        assert lines[REAL].r2 > 0.6
        if mode == "rigorous":  # the training rows themselves: nothing is lost
            assert np.array_equal(lines["same"].predicted, lines[REAL].predicted)
            assert {r.rows for r in lines[REAL].folds} == {60}
        else:  # the tested rows were learnt from
            assert lines["same"].mse < lines[REAL].mse and "not for inference" in found.stamp
    assert sizes == {"paper": [300], "rigorous": [240] * 5}


def test_a_target_that_is_no_number_is_refused() -> None:
    table = numbers()
    schema = infer_schema(table)
    for folds in (1, 301):
        with pytest.raises(InputError, match="cannot be cut"):
            purity(table, schema, "y", {}, folds=folds)
    with pytest.raises(InputError, match="must be a number"):
        purity(table, schema, "kind", {})
    table.loc[3, "y"] = np.nan
    with pytest.raises(InputError, match="every row"):
        purity(table, schema, "y", {})
