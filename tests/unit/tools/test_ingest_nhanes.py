"""The real NHANES tables: types, roles and the join of five SAS files."""

from pathlib import Path

import pytest

from synthcraft.tools.ingest import ingest, merge_tables
from synthcraft.tools.profiling import flags_of, profile, suggest

DATA = Path(__file__).parents[4] / "shared" / "data" / "nhanes"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="NHANES is not beside the repository")


def test_the_paper_table_is_understood() -> None:
    table = ingest(DATA / "nhanes_2021_2023.csv")
    assert table.frame.shape == (2924, 7)
    kinds = {c.name: c.kind for c in table.schema.columns}
    assert kinds == {
        "age": "integer",
        "gender": "binary",
        "ethnicity": "category",
        "bmi": "numeric",
        "total_cholesterol": "integer",
        "insulin": "numeric",
        "heart_attack": "binary",
    }
    found = profile(table.frame, table.schema)
    assert found.identifiers is not None and not found.identifiers.columns
    assert found.suggestion is not None
    best = found.suggestion.outcome_candidates[0]
    assert best.name == "heart_attack" and "4 % of rows" in best.evidence
    assert {e.name for e in found.suggestion.quasi_identifiers} == {"age", "gender", "ethnicity"}
    assert found.suggestion.task == "classification" and not found.suggestion.roles
    assert flags_of(table.frame, table.schema, "heart_attack") == {
        "small": False,
        "wide": False,
        "missing": False,
        "imbalanced": True,
    }


def test_five_sas_files_joined_by_person() -> None:
    names = ["DEMO_L", "BMX_L", "TCHOL_L", "INS_L", "MCQ_L"]
    table = merge_tables([DATA / f"{name}.xpt" for name in names], "SEQN")
    assert len(table.frame) == 11_933
    identifiers = [c.name for c in table.schema.columns if c.kind == "identifier"]
    assert identifiers == ["SEQN"]
    numbers = table.frame.select_dtypes("float64")
    assert not ((numbers.abs() < 1e-70) & (numbers != 0)).any(axis=None)
    assert (numbers["INDFMPIR"] == 0).sum() > 0
    assert table.schema["RIDRETH3"].categories == (1, 2, 3, 4, 6, 7)
    assert table.labels["MCQ160E"] == "Ever told you had heart attack"
    suggestion = suggest(table.frame, table.schema, table.labels)
    assert suggestion.roles["SEQN"] == "identifier"
    assert "MCQ160E" in {e.name for e in suggestion.sensitive}
    assert {"RIAGENDR", "RIDRETH3"} <= {e.name for e in suggestion.protected}
