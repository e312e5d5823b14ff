"""P4: targets by hand, exact deliveries, honest comparators, and never a synthetic test row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import InputError
from synthcraft.tools.augmentation import (
    Cell,
    cells_of,
    condition,
    doses,
    enrich,
    enrichment,
    integrated,
)
from synthcraft.tools.augmentation_arms import ARMS, Shortage
from synthcraft.tools.augmentation_trial import (
    TrainingSet,
    bench,
    compared,
    dose_curve,
    hybrid_curve,
    judged,
)
from synthcraft.tools.generators.base import Fitted
from synthcraft.tools.generators.sampling import meets
from synthcraft.tools.generators.training import Trained, train
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.procedures.augmentation import augmentation
from synthcraft.tools.schema_inference import canonical, infer_schema

CELLS = (Cell("a", {"g": "a"}, 100, 10), Cell("b", {"g": "b"}, 20, 5), Cell("c", {"g": "c"}, 1, 0))


def cohort(n: int, seed: int) -> pd.DataFrame:
    """Three groups of very different size, a rare event, some values missing."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 80, n)
    score = rng.normal(0, 1, n) + (age - 50) / 30
    ill = rng.random(n) < 1 / (1 + np.exp(2.2 - 1.2 * score))
    frame = pd.DataFrame(
        {
            "age": age,
            "score": np.where(rng.random(n) < 0.1, np.nan, score.round(2)),
            "site": rng.choice(["north", "south", "east"], n, p=[0.75, 0.2, 0.05]),
            "sex": np.where(rng.random(n) < 0.1, None, rng.choice(["f", "m"], n)),
            "ill": ill.astype(int),
        }
    )
    return canonical(frame)


TRAIN, HOLDOUT = cohort(900, 1), cohort(600, 2)
SCHEMA = infer_schema(TRAIN)


@dataclass
class Counted:
    """A trained engine that counts the rows it is asked for."""

    fitted: Fitted
    rows: int = 0

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        self.rows += n
        return self.fitted.sample(n, where, seed)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(TRAIN, SCHEMA, "cart", {}, 3)


@pytest.fixture(scope="module")
def short(trained: Trained) -> Shortage:
    cells = cells_of(TRAIN, SCHEMA, "site", "ill", 1)
    extra = enrichment(cells, "equal", "events")
    made = enrich(trained, cells, extra, "events", "ill", 1, 5)
    return Shortage(TRAIN, SCHEMA, cells, extra, "events", "ill", 1, made.frame)


@pytest.mark.parametrize(
    ("rule", "unit", "expected"),
    [
        ("equal", "rows", {"a": 0, "b": 80, "c": 99}),
        ("equal", "events", {"a": 0, "b": 5, "c": 10}),
        # 100 - ln 20 x 100 / ln 100 = 100 - 65; 10 - ln 5 x 10 / ln 10 = 10 - 7
        ("log", "rows", {"a": 0, "b": 35, "c": 100}),
        ("log", "events", {"a": 0, "b": 3, "c": 10}),
    ],
)
def test_targets_by_hand(rule: str, unit: str, expected: dict[str, int]) -> None:
    assert enrichment(CELLS, rule, unit) == expected  # type: ignore[arg-type]


def test_ad_hoc_targets_are_taken_as_they_are_or_refused() -> None:
    assert enrichment(CELLS, "ad hoc", "rows", {"b": 7}) == {"a": 0, "b": 7, "c": 0}
    for wrong in ({"z": 1}, {"a": -1}):
        with pytest.raises(InputError):
            enrichment(CELLS, "ad hoc", "rows", wrong)


@pytest.mark.parametrize("count", [0, 1])
def test_groups_without_anything_ask_for_nothing(count: int) -> None:
    cells = [Cell(name, {}, count, 0) for name in "ab"]
    for rule in ("equal", "log"):
        assert enrichment(cells, rule, "events") == {"a": 0, "b": 0}  # type: ignore[arg-type]
    assert enrichment([], "equal", "rows") == {}
    assert doses({"a": 5, "b": 0}, 0.25) == {"a": 2, "b": 0}


def test_enumeration_counts_the_training_rows_and_bands_need_limits() -> None:
    cells = cells_of(TRAIN, SCHEMA, "site", "ill", 1)
    assert sum(c.rows for c in cells) == 900
    assert sum(c.events for c in cells) == int((TRAIN["ill"] == 1).sum())
    bands = cells_of(TRAIN, SCHEMA, "age", "ill", 1, (40, 60))
    assert [c.name for c in bands] == ["under 40", "40 to under 60", "60 and over"]
    assert bands[0].rows == int((TRAIN["age"] < 40).sum())
    assert sum(c.rows for c in bands) == 900
    for by, words in (("age", "bands"), ("nowhere", "not in the table")):
        with pytest.raises(InputError, match=words):
            cells_of(TRAIN, SCHEMA, by, "ill", 1)


@pytest.mark.parametrize(("by", "bands"), [("site", ()), ("age", (30.0, 70.0))])
@pytest.mark.parametrize("unit", ["rows", "events"])
def test_every_cell_gets_exactly_what_was_asked(
    trained: Trained, by: str, bands: tuple[float, ...], unit: str
) -> None:
    cells = cells_of(TRAIN, SCHEMA, by, "ill", 1, bands)
    extra = enrichment(cells, "equal", unit)  # type: ignore[arg-type]
    made = enrich(trained, cells, extra, unit, "ill", 1, 5)  # type: ignore[arg-type]
    assert len(made.frame) == sum(extra.values())
    for cell in cells:
        rows = meets(made.frame, condition(cell, unit, "ill", 1))  # type: ignore[arg-type]
        assert rows.sum() == extra[cell.name]
    assert all(d.delivered == d.asked and d.drawn >= d.asked for d in made.deliveries)
    assert all(d.acceptance is None or 0 < d.acceptance <= 1 for d in made.deliveries)
    assert made.frame.dtypes.equals(TRAIN[list(SCHEMA.names)].dtypes)


def test_a_cell_that_the_generator_never_makes_falls_short_and_says_so(trained: Trained) -> None:
    never = Cell("west", {"site": "west"}, 1, 1)
    made = enrich(trained, [never], {"west": 3}, "rows", "ill", 1, 5)
    (delivery,) = made.deliveries
    assert (delivery.asked, delivery.delivered) == (3, 0)
    assert 0 < delivery.drawn <= 3000 and delivery.acceptance == 0
    assert len(made.frame) == 0 and list(made.frame.columns) == list(SCHEMA.names)


def test_the_cohort_tells_real_from_synthetic() -> None:
    whole = integrated(TRAIN, TRAIN.head(7), "cart-5")
    assert whole["is_synthetic"].sum() == 7 and not whole["is_synthetic"].head(900).any()
    assert set(whole.loc[whole["is_synthetic"], "source_release"]) == {"cart-5"}
    assert set(whole.loc[~whole["is_synthetic"], "source_release"]) == {""}
    assert len(integrated(TRAIN, TRAIN.head(0), "none")) == 900


def test_every_comparator_gets_the_same_number_of_rows(short: Shortage) -> None:
    added = sum(short.extra.values())
    for name, arm in ARMS.items():
        learnt = arm(short, np.random.default_rng(0))
        if name in {"none", "weights"}:
            assert len(learnt.frame) == 900
        else:
            assert len(learnt.frame) == 900 + added, name
        pd.testing.assert_frame_equal(learnt.frame.head(900), TRAIN, check_names=False)
        assert learnt.frame.dtypes.equals(TRAIN.dtypes), name
    weights = ARMS["weights"](short, np.random.default_rng(0)).weights
    assert weights is not None and weights.sum() == pytest.approx(900 + added)


@pytest.mark.parametrize("name", ["oversampling", "SMOTE-NC", "synthetic"])
def test_added_rows_belong_to_the_cells(short: Shortage, name: str) -> None:
    more = ARMS[name](short, np.random.default_rng(0)).frame.iloc[900:]
    for cell in short.cells:
        rows = meets(more, condition(cell, "events", "ill", 1))
        assert rows.sum() == short.extra[cell.name], cell.name


def test_oversampling_repeats_people_and_smote_lies_between_them(short: Shortage) -> None:
    known = {tuple(row) for row in TRAIN.astype(object).where(TRAIN.notna(), None).to_numpy()}
    again = ARMS["oversampling"](short, np.random.default_rng(0)).frame.iloc[900:]
    assert all(tuple(r) in known
               for r in again.astype(object).where(again.notna(), None).to_numpy())  # fmt: skip
    between = ARMS["SMOTE-NC"](short, np.random.default_rng(0)).frame.iloc[900:]
    events = TRAIN[TRAIN["ill"] == 1]
    assert between["score"].min() >= min(events["score"].min(), TRAIN["score"].median())
    assert between["score"].max() <= events["score"].max()
    assert set(between["sex"].dropna()) <= {"f", "m"}


@pytest.mark.parametrize("kept", [["age", "ill"], ["site", "sex", "ill"]])
def test_smote_works_on_numbers_alone_and_on_levels_alone(kept: list[str]) -> None:
    table = TRAIN[kept].assign(ill=TRAIN["ill"].astype("string")) if "age" not in kept else (
        TRAIN[kept])  # fmt: skip
    schema = infer_schema(table)
    event = table["ill"].iloc[int((TRAIN["ill"] == 1).argmax())]
    cells = (Cell("all", {}, 900, int((TRAIN["ill"] == 1).sum())),)
    short = Shortage(table, schema, cells, {"all": 40}, "events", "ill", event, table.head(0))
    made = ARMS["SMOTE-NC"](short, np.random.default_rng(0)).frame.iloc[900:]
    assert len(made) == 40 and (made["ill"] == event).all()


def context(holdout: pd.DataFrame = HOLDOUT) -> EvalContext:
    return EvalContext(
        TRAIN, TRAIN.iloc[:0], holdout, TRAIN, SCHEMA, target="ill", task="classification",
        seed=1, bootstrap=200,
    )  # fmt: skip


SOUTH = np.asarray(meets(HOLDOUT, {"site": "south"}))


def test_cells_of_an_engine_that_cannot_be_steered_share_what_it_draws() -> None:
    plain = train(TRAIN, SCHEMA, "marginal_distributions", {}, 3)
    counted = Counted(plain.fitted)
    cells = cells_of(TRAIN, SCHEMA, "site", "ill", 1)
    extra = {cell.name: 10 for cell in cells}
    made = enrich(replace(plain, fitted=counted), cells, extra, "events", "ill", 1, 5)
    assert all(d.delivered == 10 for d in made.deliveries)
    assert counted.rows == max(d.drawn for d in made.deliveries)
    for cell in cells:
        assert meets(made.frame, condition(cell, "events", "ill", 1)).sum() == 10
    part = made.part({"north": 4})
    assert [(d.asked, d.delivered) for d in part.deliveries] == [
        (4, 4) if d.cell == "north" else (0, 0) for d in made.deliveries
    ]
    assert part.frame.equals(made.frames[[d.cell for d in made.deliveries].index("north")].head(4))


def test_the_same_rows_change_nothing_and_wrong_labels_are_seen_as_harm() -> None:
    on = bench(context(), SOUTH)
    same = judged(on, TrainingSet(TRAIN), "none", 0.0)
    assert same.overall is not None and same.overall.difference == 0 and same.no_harm
    assert same.group is not None and same.slope is not None
    wrong = cohort(900, 9)
    wrong = wrong.assign(score=-wrong["score"], age=100 - wrong["age"])
    harmed = judged(on, TrainingSet(pd.concat([TRAIN, wrong])), "wrong", 1.0)
    assert harmed.overall is not None and harmed.overall.high < -0.01 and not harmed.no_harm


def test_rows_of_the_same_people_do_no_harm() -> None:
    helped = judged(
        bench(context(), SOUTH), TrainingSet(pd.concat([TRAIN, cohort(900, 7)])), "x", 1
    )
    assert helped.no_harm


def test_curves_have_every_dose_and_fraction_from_nothing_on(
    trained: Trained, short: Shortage
) -> None:
    on = bench(context(), SOUTH)
    twice = enrich(trained, short.cells, doses(short.extra, 2.0), "events", "ill", 1, 5)
    curve = dose_curve(on, short, twice, (0.0, 0.5, 2.0))
    full = sum(short.extra.values())
    assert curve[0].rows == 900 and curve[2].rows == 900 + 2 * full
    assert curve[0].overall is not None and curve[0].overall.difference == 0
    hybrid = hybrid_curve(on, cohort(900, 7), 5, (0.05, 1.0))
    assert [(o.arm, o.real) for o in hybrid] == [
        ("real alone", 0.05), ("real and synthetic", 0.05),
        ("real alone", 1.0), ("real and synthetic", 1.0),
    ]  # fmt: skip
    little, helped, whole = hybrid[0], hybrid[1], hybrid[2]
    assert 45 <= little.rows <= 47 and whole.rows == 900
    assert little.overall is not None and helped.overall is not None
    assert helped.overall.value > little.overall.value
    assert whole.overall is not None and whole.overall.difference == pytest.approx(0, abs=1e-3)


def test_synthetic_rows_never_serve_as_test_rows() -> None:
    marked = HOLDOUT.assign(is_synthetic=np.arange(600) == 3)
    with pytest.raises(InputError, match="never serve as test rows"):
        bench(context(marked), SOUTH)
    bench(context(HOLDOUT.assign(is_synthetic=False)), SOUTH)
    with pytest.raises(InputError, match="held back"):
        bench(context(HOLDOUT.head(5)), SOUTH[:5])


def test_a_group_without_events_is_not_assessed_but_the_rest_is() -> None:
    on = bench(context(), np.zeros(600, dtype=bool))
    (found,) = compared(on, replace(_nothing(), extra={}), 1, ("none",))
    assert found.group is None and "Cannot be assessed" in found.note
    assert found.overall is not None


def _nothing() -> Shortage:
    return Shortage(TRAIN, SCHEMA, (), {}, "rows", "ill", 1, TRAIN.head(0))


def test_the_study_is_one_call_with_its_account() -> None:
    study = augmentation(
        (TRAIN, HOLDOUT), SCHEMA, target="ill", event=1, by="site", generator="cart",
        group="south", seed=2, bootstrap=100,
    )  # fmt: skip
    assert study.unit == "events" and study.rule == "equal" and study.group == "south"
    assert [o.arm for o in study.arms] == list(ARMS)
    assert [o.dose for o in study.doses] == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert study.cohort["is_synthetic"].sum() == sum(study.extra.values())
    assert "no information" in study.hypothesis and "held-back" in study.stamp
    with pytest.raises(InputError, match="nothing to add"):
        augmentation((TRAIN, HOLDOUT), SCHEMA, target="ill", event=1, by="site", generator="cart",
                     rule="ad hoc", asked={})  # fmt: skip
