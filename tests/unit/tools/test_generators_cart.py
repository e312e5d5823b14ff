"""Sequential CART: utility on real data, distance from single people, same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from synthcraft.graph.errors import JobError
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.cart import Cart
from synthcraft.tools.generators.cart.fitting import MAX_CLASSES
from synthcraft.tools.generators.cart.line import line
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.encoding import encode
from synthcraft.tools.generators.sampling import draw
from synthcraft.tools.generators.training import silent
from synthcraft.tools.generators.training import train as train_cart
from synthcraft.tools.jobs import JobRunner, JobSpec
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.privacy.copies import copies, dcr_share
from synthcraft.tools.schema_inference import infer_schema
from synthcraft.tools.table_schema import Column, TableSchema

NHANES = Path(__file__).parents[4] / "shared/data/nhanes/nhanes_2021_2023.csv"


def nhanes() -> tuple[pd.DataFrame, TableSchema]:
    if not NHANES.is_file():
        pytest.skip("the NHANES table is not beside the repository")
    text = dict.fromkeys(("gender", "ethnicity"), "string")
    whole = dict.fromkeys(("age", "total_cholesterol", "heart_attack"), "Int64")
    frame = pd.read_csv(NHANES, dtype=text | whole)
    kinds = {"string": "category", "Int64": "integer", "float64": "numeric"}
    columns = tuple(
        Column.model_validate(
            {
                "name": name,
                "dtype": str(dtype),
                "kind": kinds[str(dtype)],
                "categories": sorted(frame[name].unique()) if dtype == "string" else [],
            }
        )
        for name, dtype in frame.dtypes.items()
    )
    return frame, TableSchema(columns=columns)


def made(train: pd.DataFrame, schema: TableSchema, seed: int, **params: float) -> pd.DataFrame:
    table = encode(train, schema, seed)
    spec = find("cart")
    fitted = Cart(spec).fit(table, spec.presets["standard"] | params, seed, silent)
    return draw(fitted, table, len(train), {}, seed, silent).frame


def auc(train: pd.DataFrame, holdout: pd.DataFrame) -> float:
    both = pd.get_dummies(pd.concat([train, holdout]).drop(columns="heart_attack")).astype(float)
    scaled = (both - both.mean()) / both.std()
    fitted = LogisticRegression(max_iter=2000).fit(
        scaled.iloc[: len(train)], train["heart_attack"].astype(int)
    )
    scores = fitted.predict_proba(scaled.iloc[len(train) :])[:, 1]
    return float(roc_auc_score(holdout["heart_attack"].astype(int), scores))


@pytest.fixture(scope="module")
def parts() -> Iterator[tuple[pd.DataFrame, pd.DataFrame, TableSchema]]:
    frame, schema = nhanes()
    train, holdout = train_test_split(
        frame, test_size=0.3, random_state=0, stratify=frame["heart_attack"].astype(int)
    )
    yield train.reset_index(drop=True), holdout.reset_index(drop=True), schema


def test_model_trained_on_synthetic_rows_is_nearly_as_good(
    parts: tuple[pd.DataFrame, pd.DataFrame, TableSchema],
) -> None:
    train, holdout, schema = parts
    real = auc(train, holdout)
    synthetic = np.mean([auc(made(train, schema, seed), holdout) for seed in range(5)])
    assert real > 0.8
    assert synthetic > real - 0.03


def test_rows_are_new_and_margins_are_close(
    parts: tuple[pd.DataFrame, pd.DataFrame, TableSchema],
) -> None:
    train, _, schema = parts
    rows = made(train, schema, 3)
    assert len(rows.round(1).merge(train.round(1), how="inner")) <= 0.005 * len(train)
    assert rows["heart_attack"].mean() == pytest.approx(train["heart_attack"].mean(), abs=0.015)
    assert rows["insulin"].median() == pytest.approx(train["insulin"].median(), rel=0.1)
    assert rows[["age", "bmi"]].astype(float).corr().iloc[0, 1] == pytest.approx(
        train[["age", "bmi"]].astype(float).corr().iloc[0, 1], abs=0.1
    )


@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_numbers_are_not_those_of_single_people(
    parts: tuple[pd.DataFrame, pd.DataFrame, TableSchema], smoothing: float
) -> None:
    train, _, schema = parts
    column = train["insulin"]
    rows = made(train, schema, 0, smoothing=smoothing)["insulin"]
    alone = column.value_counts()[lambda counts: counts == 1].index
    assert rows.isin(alone).mean() < 0.01
    assert rows.max() <= column.nlargest(20).mean() + 1e-9
    assert rows.min() >= column.nsmallest(20).mean() - 1e-9


def schema_of(frame: pd.DataFrame) -> TableSchema:
    """The inferred schema, in which text of many different values is a category."""
    columns = (
        column.model_copy(
            update={"kind": "category", "categories": tuple(sorted(frame[column.name].unique()))}
        )
        if column.kind in {"text", "identifier"}
        else column
        for column in infer_schema(frame).columns
    )
    return TableSchema(columns=tuple(columns))


def survey(rows: int, seed: int = 0) -> tuple[pd.DataFrame, TableSchema]:
    """Visits with a missing laboratory value, a ward, a skewed cost, a date and a rare disease."""
    rng = np.random.default_rng(seed)
    ward = rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    age = rng.integers(20, 90, rows)
    lab = np.where(
        rng.random(rows) < np.where(ward == "c", 0.8, 0.1), np.nan, age + rng.normal(size=rows)
    )
    code = rng.zipf(1.5, rows) % 10_000
    frame = pd.DataFrame(
        {
            "ward": ward,
            "age": age,
            "lab": lab,
            "cost": rng.lognormal(3, 1.5, rows).round(2),
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), "D"),
            "code": [f"D{number:05}" for number in code],
        }
    )
    return frame, schema_of(frame)


def drawn(frame: pd.DataFrame, schema: TableSchema, seed: int = 0, **params: Any) -> pd.DataFrame:
    return train_cart(frame, schema, "cart", params, seed).draw(len(frame), seed).frame


def test_no_leaf_of_any_tree_holds_fewer_people_than_asked() -> None:
    frame, schema = survey(1500)
    for strata in ("", "ward"):
        table = encode(frame, schema)
        params = find("cart").presets["standard"] | {"min_leaf": 25, "evidence": 0.0}
        fitted = Cart(find("cart")).fit(table, params | {"strata": strata}, 0, silent)
        sizes = [v.step.leaves.size for v in fitted.visits]
        sizes += [v.missing.leaves.size for v in fitted.visits if getattr(v, "missing", None)]
        assert max(len(size) for size in sizes) > 20
        assert all(size[size > 0].min() >= 25 for size in sizes)


@pytest.mark.parametrize("people", [5, 50])
def test_extremes_are_not_those_of_fewer_people_than_asked(people: int) -> None:
    frame, _ = survey(1000)
    frame.loc[0, "cost"] = 1e6
    rows = drawn(frame, schema_of(frame), min_leaf=people)
    top = frame["cost"].nlargest(people).mean()
    assert rows["cost"].max() <= top + 0.01
    changed = frame.assign(cost=frame["cost"].where(frame.index != 0, 2e6))
    again = drawn(changed, schema_of(changed), min_leaf=people)
    assert again["cost"].max() - rows["cost"].max() <= 1e6 / people + 0.01


def test_levels_of_few_people_are_withheld_unless_asked_for() -> None:
    frame, schema = survey(3000)
    counts = frame["code"].value_counts()
    assert len(counts) > 300
    kept = set(counts[counts >= 20].index)
    assert set(drawn(frame, schema)["code"]) == kept
    assert len(set(drawn(frame, schema, rare_levels="keep")["code"]) - kept) > 20


def test_column_whose_every_level_is_rare_is_refused_with_a_way_out() -> None:
    frame = pd.DataFrame({"name": [f"n{i // 2:04}" for i in range(400)], "x": np.arange(400.0)})
    with pytest.raises(JobError, match="No value of 'name' is shared by 20 people"):
        drawn(frame, schema_of(frame))


def test_ten_thousand_levels_stay_small() -> None:
    rng = np.random.default_rng(0)
    rows = 30_000
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=rows),
            "code": rng.integers(0, 10_000, rows),
            "y": rng.normal(size=rows),
        }
    )
    frame["code"] = "c" + frame["code"].astype(str).str.zfill(5)
    table = encode(frame, schema_of(frame))
    params = find("cart").presets["standard"] | {"rare_levels": "keep", "evidence": 0.0}
    fitted = Cart(find("cart")).fit(table, params, 0, silent)
    (tree,) = fitted.visits[1].step.forest.trees.values()
    assert len(tree.classes_) <= MAX_CLASSES
    assert fitted.sample(5000, None, 0)["c1"].nunique() > 3000


def test_missing_values_keep_their_pattern() -> None:
    frame, schema = survey(3000)
    rows = drawn(frame, schema)
    real, made = (f["lab"].isna().groupby(f["ward"]).mean() for f in (frame, rows))
    assert (real - made).abs().max() < 0.07
    both = rows[["age", "lab"]].astype(float).corr().iloc[0, 1]
    assert both == pytest.approx(frame[["age", "lab"]].corr().iloc[0, 1], abs=0.05)


def test_number_that_hardly_anybody_has_is_always_missing() -> None:
    frame, _ = survey(500)
    frame.loc[frame.index >= 19, "lab"] = np.nan
    assert drawn(frame, schema_of(frame))["lab"].isna().all()


def test_order_of_visits_does_not_change_the_table_and_follows_the_parameters() -> None:
    frame, schema = survey(800)
    names = {
        order: [
            visit.part.column.name
            for visit in train_cart(
                frame, schema, "cart", {"order": order, "first": "cost", "last": "age"}, 0
            ).fitted.visits
        ]
        for order in ("given", "levels", "complete")
    }
    assert names["given"] == ["cost", "ward", "lab", "seen", "code", "age"]
    assert names["levels"][:3] == ["cost", "ward", "code"]
    assert names["complete"][-2:] == ["lab", "age"]
    for order in names:
        assert list(drawn(frame, schema, order=order).columns) == list(frame.columns)


def test_named_columns_have_to_be_there() -> None:
    frame, schema = survey(300)
    for params in ({"first": "wrd"}, {"last": "x"}, {"strata": "y"}):
        with pytest.raises(JobError, match="not a modelled column"):
            drawn(frame, schema, **params)
    with pytest.raises(JobError, match="cannot part the table"):
        drawn(frame, schema, strata="cost")
    with pytest.raises(JobError, match="fewer rows"):
        drawn(frame, schema, min_leaf=301)


def test_strata_keep_relations_that_differ_between_them() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 2000), "x": rng.normal(size=2000)})
    frame["y"] = np.where(frame["g"] == "a", 1, -1) * frame["x"] + rng.normal(0, 0.3, 2000)
    rows = drawn(frame, schema_of(frame), strata="g")
    slopes = rows.groupby("g")[["x", "y"]].corr().iloc[0::2, 1]
    assert slopes.tolist() == pytest.approx([0.95, -0.95], abs=0.12)


def test_condition_is_met_with_few_rows_thrown_away() -> None:
    frame, schema = survey(2000)
    trained = train_cart(frame, schema, "cart", {}, 0)
    rare = trained.draw(200, 0, {"ward": "c", "age": {"from": 80, "below": None}})
    assert (rare.frame["ward"] == "c").all() and (rare.frame["age"] >= 80).all()
    assert rare.sample.drawn == 200
    free = trained.draw(20_000, 0).frame
    met = free[(free["ward"] == "c") & (free["age"] >= 80)]
    many = trained.draw(3000, 1, {"ward": "c", "age": {"from": 80, "below": None}}).frame
    assert many["lab"].isna().mean() == pytest.approx(met["lab"].isna().mean(), abs=0.05)
    with pytest.raises(JobError, match="condition"):
        trained.draw(20, 0, {"age": 1000})


def test_numbers_dates_and_heaps_keep_their_form() -> None:
    frame, _ = survey(2000)
    frame.loc[frame.index % 3 == 0, "cost"] = 0.0
    rows = drawn(frame, schema_of(frame))
    assert (rows["cost"] == 0).mean() == pytest.approx(1 / 3, abs=0.05)
    assert (rows["cost"] == rows["cost"].round(2)).all()
    assert (rows["seen"] == rows["seen"].dt.normalize()).all()
    assert (rows["age"] == rows["age"].round()).all()


def test_seed_decides_and_rows_are_another_draw() -> None:
    frame, schema = survey(400)
    one, same, other = (drawn(frame, schema, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


@pytest.mark.parametrize(
    ("load", "loss"),
    [(load_breast_cancer, 0.04), (load_diabetes, 0.08)],
    ids=["cancer", "diabetes"],
)
def test_correlated_numbers_stay_useful(load: Callable[..., Any], loss: float) -> None:
    frame = load(as_frame=True).frame
    outcome = frame["target"].nunique() == 2
    train, holdout = train_test_split(frame, test_size=0.3, random_state=0)
    train = train.reset_index(drop=True)
    inputs = [name for name in frame if name != "target"]

    def score(rows: pd.DataFrame) -> float:
        model = make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=3000) if outcome else LinearRegression()
        ).fit(rows[inputs].astype(float), rows["target"].astype(float))
        if outcome:
            return float(
                roc_auc_score(holdout["target"], model.predict_proba(holdout[inputs])[:, 1])
            )
        return float(model.score(holdout[inputs], holdout["target"]))

    rows = [drawn(train, schema_of(train), seed) for seed in range(4)]
    assert np.mean([score(table) for table in rows]) > score(train) - loss
    real, made = (f[inputs].astype(float).corr("spearman") for f in (train, rows[0]))
    assert (real - made).abs().to_numpy().mean() < 0.08


@pytest.mark.parametrize(("people", "columns"), [(60, 40), (30, 60), (2000, 6)])
def test_nobody_counts_for_more_on_a_line_than_their_share(people: int, columns: int) -> None:
    rng = np.random.default_rng(4)
    seen, target = rng.normal(size=(people, columns)), rng.normal(size=people)
    seen[0] *= 6  # somebody unlike the others
    moved = target + np.eye(people)[0]
    one, other = (line(seen, y, np.arange(columns), 1 / columns) for y in (target, moved))
    own = (other.at(seen) - one.at(seen))[0] - 1 / people  # everybody moves the mean
    assert 0 < own <= 1 / columns


def test_table_is_no_nearer_to_its_training_people_than_to_others(
    parts: tuple[pd.DataFrame, pd.DataFrame, TableSchema],
) -> None:
    train, holdout, schema = parts
    context = EvalContext(
        train=train, validation=train.iloc[:0], holdout=holdout, synthetic=train, schema=schema,
        target="heart_attack", task="classification", seed=1,
    )  # fmt: skip
    contexts = [context.with_synthetic(made(train, schema, seed)) for seed in range(5)]
    assert np.mean([_score("privacy.dcr_share", c) for c in contexts]) < 2
    assert np.median([_score("privacy.copies", c) for c in contexts]) > 0.05
    assert _score("privacy.dcr_share", context) > 10


def _score(name: str, context: EvalContext) -> float:
    (value,) = (copies if name == "privacy.copies" else dcr_share)(context)
    assert value.score is not None
    return value.score


async def test_job_gives_the_same_bytes_in_another_home(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300).round(2), "y": rng.integers(0, 90, 300)})
    frame = frame.astype({"y": "Int64"})
    frame.loc[::7, "x"] = np.nan
    schema = TableSchema(
        columns=(
            Column(name="x", kind="numeric", dtype="float64", decimals=2, nullable=True),
            Column(name="y", kind="integer", dtype="Int64", low=0, high=90),
        )
    )
    hashes = []
    for name in ("one", "two"):
        store = ArtifactStore(tmp_path / name / "artifacts")
        runner = JobRunner(store, tmp_path / name)
        inputs = {
            "train": store.put_frame(frame, "train").sha256,
            "schema": store.put_json(schema.model_dump(mode="json"), "schema").sha256,
        }
        spec = JobSpec(
            kind="generate",
            params={"generator": "cart", "params": {}, "rows": 500, "where": {}},
            inputs=inputs,
            seed=11,
        )
        result = await runner.run(spec)
        await runner.close()
        assert result.status == "ok", result.message
        assert result.info["rows"] == 500
        made = store.read_frame(result.outputs["synthetic"].sha256)
        assert made["x"].isna().mean() == pytest.approx(1 / 7, abs=0.05)
        assert (made["x"].dropna() == made["x"].dropna().round(2)).all()
        hashes.append(result.outputs["synthetic"].sha256)
    assert hashes[0] == hashes[1]
