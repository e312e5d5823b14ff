"""The records of U3: what they hold, what they judge, and what they say of bad inputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics import anchors
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.table_schema import Column, TableSchema

from .conftest import asked, people

NAMES = ("ci_overlap", "decision_agreement", "sign_agreement", "inside_interval",
         "largest_shift", "joint_distance")  # fmt: skip


def records(ctx: EvalContext) -> list[Result]:
    limits = default_thresholds("sharing")
    return [
        row
        for spec in metrics_of(("utility",))
        if spec.id.startswith("inference.") and spec.id in limits
        for row in run_metric(spec, ctx, limits[spec.id])
    ]


def own(rows: list[Result]) -> dict[str, Result]:
    """The metrics' own rows."""
    return {
        r.metric_id.removeprefix("inference."): r
        for r in rows
        if r.column is None and r.group is None
    }


def refitted(m: int, first: int = 40) -> tuple[pd.DataFrame, ...]:
    """Tables of m independent fits: here, the training rows drawn anew."""
    train = people(600, 1)
    return tuple(train.sample(frac=1, replace=True, random_state=first + i) for i in range(m))


def test_correct_synthesis_passes_with_ten_tables_and_is_referred_with_one() -> None:
    sets = refitted(10)
    ten = own(records(asked(sets[0], replicates=sets[1:])))
    assert set(ten) == set(NAMES)
    assert {r.status for r in ten.values()} == {"pass"}
    assert ten["ci_overlap"].value == pytest.approx(0.94, abs=0.05)
    assert "mean" not in ten["ci_overlap"].message and "0.94" in ten["ci_overlap"].message
    one = own(records(asked(sets[0])))
    assert {r.status for r in one.values()} == {"refer"}
    assert "85 %" in one["ci_overlap"].message and "needs 10" in one["ci_overlap"].message


def test_each_coefficient_is_a_row_that_a_forest_plot_can_draw() -> None:
    rows = [r for r in records(asked(people(600, 4))) if r.metric_id == "inference.ci_overlap"]
    terms = {(r.column, r.group): r for r in rows if r.column}
    assert set(terms) == {("age", None), ("bmi", None), ("sex", "m"), ("site", "b"), ("site", "c")}
    for r in terms.values():
        assert set(r.estimates) == {"real", "synthetic"}
        for middle, low, high in r.estimates.values():
            assert low < middle < high
    real, synthetic = (terms["age", None].estimates[side] for side in ("real", "synthetic"))
    # one table: the synthetic interval admits the synthesis and is wider by the square root of two
    width = (synthetic[2] - synthetic[1]) / (real[2] - real[1])
    assert width == pytest.approx(np.sqrt(2), rel=0.15)
    assert not rows[0].estimates
    again = Result.model_validate_json(terms["age", None].model_dump_json())
    assert again.estimates == terms["age", None].estimates


def test_training_rows_as_synthetic_hit_the_extremes_and_shuffled_rows_fail() -> None:
    plain = asked(people(600, 4))
    same = own(records(plain.with_synthetic(plain.train)))
    for name in ("ci_overlap", "sign_agreement", "inside_interval"):
        assert same[name].value == 1
    for name in ("largest_shift", "joint_distance"):
        assert same[name].value == pytest.approx(0, abs=1e-9)
    shuffled = own(records(plain.with_synthetic(anchors.shuffled(plain))))
    assert shuffled["ci_overlap"].status == "fail"
    assert shuffled["ci_overlap"].normalised == pytest.approx(0, abs=1e-6)
    assert (shuffled["largest_shift"].value or 0) > 4


def test_a_turned_effect_fails_however_good_the_mean_is() -> None:
    sets = [s.assign(sex=s["sex"].map({"f": "m", "m": "f"}).astype("string"))
            for s in refitted(10)]  # fmt: skip
    rows = own(records(asked(sets[0], replicates=tuple(sets[1:]))))
    assert rows["ci_overlap"].status == "fail" and rows["sign_agreement"].status == "fail"
    assert "changes its sign" in rows["ci_overlap"].message
    assert "sex: m" in rows["sign_agreement"].message


def test_replicates_of_a_candidate_do_not_reach_its_anchors() -> None:
    sets = refitted(3)
    alone = own(records(asked(sets[0])))["ci_overlap"].anchors
    several = own(records(asked(sets[0], replicates=sets[1:])))["ci_overlap"].anchors
    assert several == alone and several["A1"] == 1


@pytest.mark.parametrize(
    ("task", "changes"),
    [("regression", {"target": "bmi"}), ("survival", {"time_column": "days"})],
)
def test_numbers_and_survival_have_their_own_model(task: str, changes: dict[str, str]) -> None:
    rows = own(records(asked(people(600, 4), task=task, **changes)))
    named = {"regression": "Linear regression", "survival": "Cox regression"}[task]
    assert rows["ci_overlap"].message.startswith(named)
    assert all(r.value is not None and r.status == "refer" for r in rows.values())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "survival"}, "No column with the time"),
        ({"task": "survival", "time_column": "absent"}, "'absent' is not in every table"),
        ({"target": None, "task": "none"}, "No target column"),
        ({"target": "site"}, "does not have two classes"),
    ],
)
def test_questions_without_an_answer_are_said(changes: dict[str, str], said: str) -> None:
    rows, messages = told(asked(people(600, 4), **changes))
    assert {r.status for r in rows.values()} == {"not_assessed"}
    assert said in messages


def test_rows_units_and_labels_change_nothing() -> None:
    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.sample(frac=1, random_state=0).assign(
            bmi=lambda f: 100 * f["bmi"],
            site=lambda f: f["site"].map({"a": "z", "b": "y", "c": "x"}).astype("string"),
        )

    plain = asked(people(600, 4))
    other = replace(plain, train=changed(plain.train), holdout=changed(plain.holdout),
                    synthetic=changed(plain.synthetic))  # fmt: skip
    first, second = own(records(plain)), own(records(other))
    for name in NAMES:
        assert second[name].value == pytest.approx(first[name].value, abs=1e-6), name


def told(ctx: EvalContext) -> tuple[dict[str, Result], str]:
    """Own rows and every message; nothing may be an error."""
    rows = records(ctx)
    assert not [(r.metric_id, r.message) for r in rows if r.status == "error"]
    assert all(r.message for r in rows if r.status == "not_assessed")
    return own(rows), " ".join(r.message for r in rows)


def only(value: object, column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{column: pd.Series([value] * len(frame), dtype=frame[column].dtype)})

    return change


@pytest.mark.parametrize(
    ("real", "synthetic", "said"),
    [
        (None, only(0, "ill"), "one outcome only"),
        (only(0, "ill"), None, "two classes"),
        (None, only("c", "site"), "reference level of 'site'"),
        (None, lambda f: f.iloc[:4], "too few complete rows"),
        (lambda f: f.iloc[:12], None, "Too few real rows"),
        (lambda f: f.assign(ill=f["ill"].where(f.index < 8, 0)), None, "Under 10 complete real"),
        (only(pd.NA, "ill"), None, "two classes"),
        (lambda f: f.assign(**{c: pd.NA for c in ("age", "bmi", "sex", "site")}), None,
         "No column can stand"),
    ],
    ids=["lost class", "real class", "reference", "few rows", "few real", "few events",
         "no outcome", "nothing known"],
)  # fmt: skip
def test_what_keeps_the_model_from_being_fitted_is_said(
    real: Callable[[pd.DataFrame], pd.DataFrame] | None,
    synthetic: Callable[[pd.DataFrame], pd.DataFrame] | None,
    said: str,
) -> None:
    train = real(people(600, 1)) if real else people(600, 1)
    other = synthetic(people(600, 4)) if synthetic else people(600, 4)
    rows, messages = told(asked(other, train=train))
    assert {r.status for r in rows.values()} == {"not_assessed"}
    assert said in messages


@pytest.mark.parametrize(
    ("change", "term", "said"),
    [
        (lambda f: f.drop(columns="bmi"), ("bmi", None), "not in every synthetic table"),
        (only(np.nan, "bmi"), ("bmi", None), "every value is missing"),
        (only(30.0, "bmi"), ("bmi", None), "does not vary"),
        (lambda f: f.assign(site=f["site"].replace("c", "a")), ("site", "c"), "does not vary"),
    ],
    ids=["column", "values", "spread", "level"],
)
def test_a_lost_term_is_a_row_and_keeps_the_whole_from_passing(
    change: Callable[[pd.DataFrame], pd.DataFrame], term: tuple[str, str | None], said: str
) -> None:
    sets = [change(s) for s in refitted(10)]
    ctx = asked(sets[0], replicates=tuple(sets[1:]))
    rows = records(ctx)
    lost = next(r for r in rows if (r.column, r.group) == term and r.value is None)
    assert lost.status == "not_assessed" and said in lost.message
    assert own(rows)["ci_overlap"].status == "refer"
    assert "Lost terms: 1" in own(rows)["ci_overlap"].message
    told(ctx)


def test_levels_that_the_real_table_lacks_are_no_error() -> None:
    synthetic = people(600, 4)
    synthetic.loc[:99, "site"] = "new"
    rows, _ = told(asked(synthetic))
    assert rows["ci_overlap"].value is not None


def test_eight_events_of_three_hundred_rows() -> None:
    def rare(frame: pd.DataFrame) -> pd.DataFrame:
        events = frame.index[frame["ill"] == 1]
        return frame.assign(ill=frame["ill"].where(frame.index <= events[7], 0))

    rows, messages = told(asked(people(300, 4), train=rare(people(300, 1)), n=300))
    assert {r.status for r in rows.values()} == {"not_assessed"}
    assert "have one of the outcomes" in messages
    rows, messages = told(asked(rare(people(300, 4)), n=300))
    assert rows["ci_overlap"].value is not None and "Firth" in messages


def test_collinear_and_many_levelled_columns_are_left_out_by_name() -> None:
    def wide(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
        picks = np.random.default_rng(seed).integers(0, 10_000, len(frame))
        return frame.assign(
            twice=2 * frame["age"], code=pd.Series([f"c{i}" for i in picks], dtype="string").values
        )

    plain = asked(people(600, 4))
    schema = TableSchema(
        columns=(
            *plain.schema.columns,
            Column(name="twice", kind="integer", dtype="Int64"),
            Column(name="code", kind="category", dtype="string"),
        )
    )
    ctx = replace(plain, schema=schema, train=wide(plain.train, 1), holdout=wide(plain.holdout, 2),
                  synthetic=wide(plain.synthetic, 3))  # fmt: skip
    rows = records(ctx)
    reasons = {r.column: r.message for r in rows if r.value is None}
    assert "combination of the terms before" in reasons["twice"]
    assert "one level" in reasons["code"]
    told(ctx)
    collinear = people(600, 4).assign(bmi=lambda f: f["age"].astype(float) * 0.5)
    broken, messages = told(asked(collinear))
    assert broken["ci_overlap"].value is None and "linear combinations" in messages


def test_a_model_of_hundreds_of_coefficients_is_refused() -> None:
    def wide(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
        picks = np.random.default_rng(seed).integers(0, 20, (len(frame), 6))
        more = {f"c{j}": pd.Series([f"l{i}" for i in picks[:, j]], dtype="string")
                for j in range(6)}  # fmt: skip
        return frame.assign(**more)

    plain = asked(people(600, 4))
    more = (Column(name=f"c{j}", kind="category", dtype="string") for j in range(6))
    ctx = replace(plain, schema=TableSchema(columns=(*plain.schema.columns, *more)),
                  train=wide(plain.train, 1), synthetic=wide(plain.synthetic, 2))  # fmt: skip
    rows, messages = told(ctx)
    assert rows["ci_overlap"].status == "not_assessed" and "over 100 coefficients" in messages


def test_replicates_must_have_the_same_columns() -> None:
    other = people(600, 5).drop(columns="ill")
    rows, messages = told(asked(people(600, 4), replicates=(other,)))
    assert rows["ci_overlap"].value is None and "not in every table" in messages


@pytest.mark.parametrize("levels", [("1", "2"), (1, 2), (True, False)])
def test_a_binary_target_of_any_coding_is_modelled(levels: tuple[object, object]) -> None:
    def coded(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(ill=frame["ill"].map({1: levels[0], 0: levels[1]}))

    plain = asked(people(600, 4))
    ctx = replace(plain, train=coded(plain.train), holdout=coded(plain.holdout),
                  synthetic=coded(plain.synthetic))  # fmt: skip
    rows, _ = told(ctx)
    assert rows["ci_overlap"].value == pytest.approx(own(records(plain))["ci_overlap"].value)


def test_messages_count_real_people_to_the_nearest_five() -> None:
    message = own(records(asked(people(600, 4))))["ci_overlap"].message
    found = re.search(r"about (\d+) complete real rows, (\d+) events", message)
    assert found and int(found[1]) % 5 == 0 and int(found[2]) % 5 == 0
    assert int(found[1]) != len(people(600, 1).dropna())
