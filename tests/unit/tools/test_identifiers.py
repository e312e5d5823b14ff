"""Identifiers are found by name, content and pattern; measurements are not taken for one."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.canonical import canonical
from synthcraft.tools.identifiers import identifier_evidence, tokens_of

N = 200
RNG = np.random.default_rng(0)


def evidence(name: str, values: object) -> str | None:
    return identifier_evidence(canonical(pd.DataFrame({name: values}))[name], name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("MRN", RNG.integers(1, 10**6, N)),
        ("ssn", [f"{i:03d}-12-3456" for i in range(N)]),
        ("subject_id", np.repeat(np.arange(50), 4)),
        ("studyID", RNG.integers(1, 10**6, N)),
        ("x", [f"{i:03d}-12-3456" for i in range(N)]),
        ("x", [f"someone{i}@example.org" for i in range(N)]),
        ("x", RNG.permutation(np.arange(5, 5 + N))),
        ("x", np.arange(N) * 10),
    ],
)
def test_found_with_a_reason_that_quotes_no_value(name: str, values: object) -> None:
    why = evidence(name, values)
    assert why is not None and f"{name!r}" in why
    assert "12-3456" not in why and "someone" not in why


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("platelets", RNG.integers(100, 400, N)),
        ("income", 15_000 + RNG.permutation(90_000)[:N]),
        ("candida", ["yes", "no"] * 100),
        ("idle_hours", RNG.integers(0, 24, N)),
        ("weight", RNG.normal(70, 10, N)),
        ("clinic_id", [1, 2, 3, 4] * 50),
        ("note", [f"came in on day {i} with pain in the chest and left" for i in range(N)]),
    ],
)
def test_not_found_in_measurements_codes_and_notes(name: str, values: object) -> None:
    assert evidence(name, values) is None


def test_words_of_names() -> None:
    assert {"patient", "id", "patientid"} <= tokens_of("patientId")
    assert {"patient", "id", "patientid"} <= tokens_of("PATIENT_ID")
    assert "id" not in tokens_of("fluid") | tokens_of("Candida")
