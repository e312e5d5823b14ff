"""Sequential CART: utility on real data, distance from single people, same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.cart import Cart
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.encoding import encode
from synthcraft.tools.generators.sampling import draw
from synthcraft.tools.jobs import JobRunner, JobSpec
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

    def silent(share: float, words: str) -> None:
        assert 0 <= share <= 1

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
