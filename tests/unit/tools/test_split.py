"""The split is a stratified partition that only the rows, the roles and the seed decide."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.graph.errors import DataError
from synthcraft.tools.schema_inference import canonical, infer_schema
from synthcraft.tools.split import check_target, split_rows


def cohort(rows: int, seed: int = 0, prevalence: float = 0.05) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return canonical(
        pd.DataFrame(
            {
                "event": (rng.random(rows) < prevalence).astype(int),
                "sex": rng.choice(["f", "m"], rows),
                "score": rng.normal(size=rows),
                "person": rng.integers(0, rows // 3, rows),
            }
        )
    )


@settings(max_examples=25)
@given(rows=st.integers(50, 3000), seed=st.integers(0, 99), prevalence=st.floats(0, 0.5))
def test_parts_are_a_partition_of_the_promised_sizes(
    rows: int, seed: int, prevalence: float
) -> None:
    frame = cohort(rows, seed, prevalence)
    parts = split_rows(frame, target="event", task="classification", protected="sex", seed=seed)
    every = np.concatenate([parts.train, parts.validation, parts.holdout])
    assert sorted(every) == list(range(rows))
    assert parts.sizes.holdout == len(parts.holdout) == round(min(max(0.2 * rows, 500), 0.4 * rows))
    assert parts.sizes.validation == round(0.1 * (rows - parts.sizes.holdout))


def test_the_same_seed_gives_the_same_parts_and_another_seed_others() -> None:
    frame = cohort(2000)
    first, same, other = (
        split_rows(frame, target="event", task="classification", seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.holdout, same.holdout) and np.array_equal(first.train, same.train)
    assert not np.array_equal(first.holdout, other.holdout)


def test_outcome_by_protected_cells_are_shared_out_evenly() -> None:
    frame = cohort(3000)
    parts = split_rows(frame, target="event", task="classification", protected="sex", seed=3)
    cells = frame.groupby(["event", "sex"]).size()
    held = frame.iloc[parts.holdout].groupby(["event", "sex"]).size()
    assert (held - cells * len(parts.holdout) / 3000).abs().max() < 1


def test_a_regression_target_is_spread_over_its_range() -> None:
    frame = cohort(3000)
    parts = split_rows(frame, target="score", task="regression", seed=3)
    fifths = pd.qcut(frame["score"], 5, labels=False)
    assert fifths.iloc[parts.holdout].value_counts().tolist() == [120] * 5


def test_a_measured_protected_column_is_spread_in_fifths() -> None:
    frame = cohort(3000).assign(age=np.random.default_rng(4).integers(20, 80, 3000))
    parts = split_rows(frame, target="event", task="classification", protected="age", seed=3)
    fifths = pd.qcut(frame["age"].rank(method="first"), 5, labels=False)
    held = fifths.iloc[parts.holdout].value_counts()
    assert (held - 120).abs().max() <= 2


def test_people_stay_whole() -> None:
    frame = cohort(3000)
    parts = split_rows(frame, target="event", task="classification", group="person", seed=3)
    people = [set(frame["person"].iloc[p]) for p in (parts.train, parts.validation, parts.holdout)]
    assert not (people[0] & people[1] or people[0] & people[2] or people[1] & people[2])
    assert abs(len(parts.holdout) - 600) <= 30
    assert any("'person'" in note for note in parts.notes)


def test_few_events_in_the_holdout_are_said() -> None:
    parts = split_rows(cohort(1000), target="event", task="classification", seed=0)
    assert any("fewer than 50" in note for note in parts.notes)


def target_table() -> pd.DataFrame:
    rows = 200
    return canonical(
        pd.DataFrame(
            {
                "heart_attack": [1, *[0] * (rows - 1)],
                "same": [1] * rows,
                "empty": [None] * rows,
                "name_text": [f"A person who came in on day {i} of the year" for i in range(rows)],
                "fine": [0, 1] * (rows // 2),
                "age": [20 + i % 60 for i in range(rows)],
                "stage": ["I", "II", "III", "IV"] * (rows // 4),
            }
        )
    )


@pytest.mark.parametrize(
    ("target", "task", "code"),
    [
        ("hart_attack", None, "E_TARGET_ABSENT"),
        ("heart_attack", None, "E_TARGET_RARE"),
        ("same", None, "E_TARGET_CONSTANT"),
        ("empty", None, "E_TARGET_MISSING"),
        ("name_text", None, "E_TARGET_KIND"),
        ("stage", "regression", "E_TARGET_TASK"),
        ("age", "classification", "E_TARGET_TASK"),
    ],
)
def test_unusable_targets_are_refused(target: str, task: object, code: str) -> None:
    frame = target_table()
    with pytest.raises(DataError) as caught:
        check_target(frame, infer_schema(frame), target, task)  # type: ignore[arg-type]
    assert caught.value.code == code
    if code == "E_TARGET_ABSENT":
        assert "'heart_attack'" in caught.value.hint


def test_the_task_follows_from_the_target() -> None:
    frame = target_table()
    schema = infer_schema(frame)
    tasks = [check_target(frame, schema, name) for name in ("fine", "stage", "age")]
    assert tasks == ["classification", "classification", "regression"]
