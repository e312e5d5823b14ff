"""Sections of the profile say what is there and never show a rare value."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.records import Flags
from synthcraft.tools.associations import cramers_v
from synthcraft.tools.profiling import (
    SECTIONS,
    Profile,
    distributions,
    flags_of,
    profile,
    suggest,
)
from synthcraft.tools.schema_inference import canonical, infer_schema

N = 400


def cohort() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    weight = rng.normal(75, 12, N).round(1)
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{i:04d}" for i in range(N)],
            "age": rng.integers(20, 80, N),
            "weight": weight,
            "bmi": (weight / 2.9 + rng.normal(0, 0.5, N)).round(1),
            "hiv": [1] * 3 + [0] * (N - 3),
            "died": (rng.random(N) < 0.12).astype(int),
            "region": ["Rarecounty"] * 4 + list(rng.choice(["north", "south"], N - 4)),
            "ldl": [None if i % 4 == 0 else round(1 + i * 7 % 31 / 100, 2) for i in range(N)],
            "seen": [
                "1850-01-01",
                *pd.date_range("2001-01-01", periods=N - 1).strftime("%Y-%m-%d"),
            ],
            "unit": ["mg"] * N,
            "postcode": [f"AB{i % 300}" for i in range(N)],
        }
    )
    frame.loc[N - 1, "weight"] = 987.6
    return canonical(frame)


FRAME = cohort()
SCHEMA = infer_schema(FRAME)


@pytest.fixture(scope="module")
def found() -> Profile:
    return profile(FRAME, SCHEMA)


def test_each_section_can_be_computed_on_its_own(found: Profile) -> None:
    for name, section in SECTIONS.items():
        assert section(FRAME, SCHEMA) == getattr(found, name)
    assert set(SECTIONS) == set(Profile.model_fields)


def test_columns_that_carry_little_or_too_much(found: Profile) -> None:
    assert found.schema_section is not None and found.identifiers is not None
    assert found.schema_section.constant == ("unit",)
    assert found.schema_section.near_constant == ("hiv",)
    assert list(found.identifiers.columns) == ["patient_id"]
    assert "patient_id" in found.identifiers.columns["patient_id"]


def test_missing_cells_are_counted(found: Profile) -> None:
    assert found.missingness is not None
    assert found.missingness.columns == {"ldl": 0.25}
    assert found.missingness.complete_rows == 0.75
    assert found.missingness.cells == pytest.approx(0.25 / 11)


def test_rare_values_and_extremes_never_show(found: Profile) -> None:
    text = found.model_dump_json()
    assert "Rarecounty" not in text and "987.6" not in text and "P0001" not in text
    assert found.distributions is not None
    columns = {c.name: c for c in found.distributions.columns}
    # one of two large levels goes with the four people, who were the rest otherwise
    assert len(columns["region"].levels) == 1 and 0.4 < columns["region"].other < 0.6
    assert columns["hiv"].levels == {}  # three of two levels: nothing can be told
    assert columns["weight"].percentiles["p95"] != float(FRAME["weight"].quantile(0.95))
    assert set(columns["age"].percentiles) == {"p5", "p25", "p50", "p75", "p95"}
    few = profile(FRAME.head(60), SCHEMA).distributions
    assert few is not None
    assert set(few.columns[0].percentiles) == {"p25", "p50", "p75"}


def test_ten_rows_of_one_person_are_no_ten_people() -> None:
    visits = pd.DataFrame({
        "person": [i for i in range(50) for _ in range(10)],
        "site": ["far" if i < 5 else "near" for i in range(50) for _ in range(10)],
        "weight": [60.0 + i for i in range(50) for _ in range(10)],
    })  # fmt: skip
    table = canonical(visits)
    rows, people = (distributions(table, infer_schema(table), p) for p in (None, "person"))
    site, weight = ({c.name: c for c in d.columns} for d in (rows, people))
    assert site["site"].levels and not weight["site"].levels  # five people, fifty rows
    assert set(site["weight"].percentiles) - set(weight["weight"].percentiles) == {"p5", "p95"}


def test_dates_that_cannot_be_are_counted(found: Profile) -> None:
    assert found.distributions is not None
    seen = next(c for c in found.distributions.columns if c.name == "seen")
    assert seen.implausible_dates is None  # one person
    assert seen.years == (2001, 2002)


def test_the_strongest_pair_comes_first(found: Profile) -> None:
    assert found.associations is not None
    first = found.associations.pairs[0]
    assert {first.first, first.second} == {"weight", "bmi"}
    assert first.value > 0.9


def test_cramers_v_is_one_for_copies_and_near_zero_for_noise() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 5000)
    assert cramers_v(codes, codes) == pytest.approx(1.0)
    assert cramers_v(codes, rng.integers(0, 4, 5000)) < 0.05


def test_repeated_rows_are_counted_whatever_their_identifier() -> None:
    twice = pd.concat([FRAME, FRAME.head(7)], ignore_index=True)
    twice["patient_id"] = pd.Series([f"Q{i}" for i in range(len(twice))], dtype="string")
    found = profile(twice, SCHEMA).duplicates
    assert found is not None and found.rows == 7


def test_roles_are_proposed_with_evidence() -> None:
    suggestion = suggest(FRAME, SCHEMA)
    assert suggestion.outcome_candidates[0].name == "died"
    assert suggestion.task == "classification"
    assert {e.name for e in suggestion.quasi_identifiers} == {"age", "region", "postcode"}
    assert [e.name for e in suggestion.sensitive] == ["hiv"]
    assert [e.name for e in suggestion.protected] == ["age"]
    assert suggestion.roles == {
        "patient_id": "identifier",
        "seen": "date",
        "unit": "drop",
        "postcode": "free_text",
    }
    assert set(suggestion.role_evidence) == set(suggestion.roles)


def test_descriptions_count_like_names() -> None:
    frame = FRAME.rename(columns={"died": "X17"})
    suggestion = suggest(frame, infer_schema(frame), {"X17": "Death within a year"})
    assert suggestion.outcome_candidates[0].name == "X17"


def test_flags_are_those_of_the_record() -> None:
    flags = flags_of(FRAME, SCHEMA, "died")
    assert flags == {"small": True, "wide": False, "missing": True, "imbalanced": True}
    assert Flags(**flags).missing  # type: ignore[arg-type]
    assert not flags_of(FRAME, SCHEMA)["imbalanced"]
