"""`synthcraft evaluate` in the standard tier: odd files beside a holdout, and a survey design."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.ui.cli import app

cli = CliRunner()


def people(rows: int, seed: int) -> pd.DataFrame:
    """People of three sites; nobody in the east dies."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, rows)
    site = rng.choice(["north", "south", "east"], rows, p=[0.5, 0.3, 0.2])
    died = (rng.random(rows) < 1 / (1 + np.exp(4 - 0.06 * age))) & (site != "east")
    return pd.DataFrame(
        {
            "age": age,
            "bmi": rng.normal(27, 5, rows).round(2),
            "glucose": (80 + 0.5 * age + rng.normal(0, 12, rows)).round(2),
            "site": site,
            "visit": pd.to_datetime("2021-01-01")
            + pd.to_timedelta(rng.integers(0, 700, rows), "D"),
            "died": died.astype(int),
        }
    )


FRESH, HOLDOUT = people(240, 2), people(200, 3)
FILES: dict[str, tuple[pd.DataFrame, str, str]] = {
    "outcome in words": (
        FRESH.assign(died=FRESH.died.map({0: "no", 1: "yes"})), "sanity.categories", "died",
    ),
    "decimal commas": (
        FRESH.assign(bmi=FRESH.bmi.astype(str).str.replace(".", ",")), "sanity.types", "bmi",
    ),
    "beyond integers": (FRESH.assign(age=10**25), "sanity.types", "age"),
    "outcome unknown": (FRESH.assign(died=np.nan), "sanity.classes", "target"),
    "days first": (FRESH.assign(visit=FRESH.visit.dt.strftime("%d/%m/%Y")), "", ""),
    "beyond measure": (FRESH.assign(bmi=FRESH.bmi * 1e300), "fidelity.column_distance", ""),
    "the holdout": (HOLDOUT, "", ""),
}  # fmt: skip
"""Case -> file, the check that must fail, what it names."""


def saved(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def evaluate(home: Path, *words: object) -> dict[str, Any]:
    done = cli.invoke(app, ["evaluate", *map(str, words), "--home", str(home), "--json"])
    assert done.exit_code == 0 and "Traceback" not in done.output, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All odd files side by side, two of them no tables, beside a holdout."""
    folder = tmp_path_factory.mktemp("strange")
    paths = [saved(frame, folder / f"{name}.csv") for name, (frame, _, _) in FILES.items()]
    names = ",".join(FRESH.columns)
    (folder / "header alone.csv").write_text(f"{names}\n")
    text = FRESH.to_csv(index=False).replace(names, names.replace("bmi", "age"))
    (folder / "one name twice.csv").write_text(text)
    paths += [folder / "header alone.csv", folder / "one name twice.csv"]
    real = saved(people(240, 1), folder / "real.csv")
    words = ("--holdout", saved(HOLDOUT, folder / "holdout.csv"), "--target", "died",
             "--protected", "site", "--families", "fidelity,privacy_metrics,subgroup")  # fmt: skip
    return evaluate(folder / "home", real, *paths, *words)


def of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (file,) = (f for f in answer["files"] if f["id"] == name)
    return dict(file)


@pytest.mark.parametrize("case", FILES)
def test_an_odd_file_has_no_error_and_its_fault_has_a_name(
    case: str, strange: dict[str, Any]
) -> None:
    file, (_, metric, named) = of(strange, case), FILES[case]
    assert not [r["metric_id"] for r in file["results"] if r["status"] == "error"]
    assert all(r["message"] for r in file["results"] if r["status"] == "not_assessed")
    failed = {r["metric_id"]: r["message"] for r in file["results"]
              if r["status"] == "fail" and r["column"] is None}  # fmt: skip
    assert named in failed.get(metric, "") if metric else not [n for n in failed if "sanity" in n]
    assert file["decision"]["state"] != "CRITERIA MET"


@pytest.mark.parametrize("case", ["header alone", "one name twice"])
def test_what_is_no_table_is_a_sentence_beside_the_others(
    case: str, strange: dict[str, Any]
) -> None:
    file = of(strange, case)
    assert not file["results"] and file["decision"]["state"] == "BLOCKED"
    assert file["decision"]["reasons"]


def test_a_file_that_repeats_the_holdout_is_referred_and_told_why(strange: dict[str, Any]) -> None:
    file = of(strange, "the holdout")
    (row,) = (r for r in file["results"] if r["metric_id"] == "privacy.copies" and not r["column"])
    assert row["status"] == "refer" and "not kept away from its maker" in row["message"]
    assert any("not kept away from its maker" in text for text in file["decision"]["reasons"])
    honest = of(strange, "days first")
    assert not any("not kept away from its maker" in t for t in honest["decision"]["reasons"])


def test_a_group_without_events_is_suppressed_with_the_reason(strange: dict[str, Any]) -> None:
    rows = [r for r in of(strange, "days first")["results"]
            if r["group"] == "east" and r["metric_id"] == "subgroup.performance"]  # fmt: skip
    assert [r["status"] for r in rows] == ["suppressed"] and "one of the outcomes" in rows[0][
        "message"
    ]
    said = of(strange, "days first")["decision"]["not_assessed"]
    assert any("one group of site" in line and "too few people" in line for line in said)


def test_a_holdout_of_other_people_is_told_and_one_of_the_same_is_not(
    strange: dict[str, Any], tmp_path: Path
) -> None:
    assert not any("beyond chance" in note for note in strange["notes"])
    old = HOLDOUT.assign(age=HOLDOUT.age + 15, site="north")
    answer = evaluate(
        tmp_path / "home", saved(people(240, 1), tmp_path / "r.csv"),
        saved(FRESH, tmp_path / "s.csv"), "--holdout", saved(old, tmp_path / "h.csv"),
        "--families", "sanity",
    )  # fmt: skip
    (note,) = (note for note in answer["notes"] if "beyond chance" in note)
    assert "'age', 'site'" in note and "bmi" not in note


def test_a_role_that_comes_to_nothing_is_told(tmp_path: Path) -> None:
    def coded(frame: pd.DataFrame) -> pd.DataFrame:
        codes = np.random.default_rng(len(frame)).permutation(10_000)[: len(frame)]
        return frame.assign(ward=[f"ward {code}" for code in codes])

    paths = [saved(coded(people(n, n)), tmp_path / f"{n}.csv") for n in (240, 241)]
    words = ("--protected", "ward,site", "--families", "sanity")
    answer = evaluate(tmp_path / "home", *paths, *words)
    (note,) = (note for note in answer["notes"] if "Nothing is assessed by" in note)
    assert "'ward'" in note and "site" not in note


def test_chance_may_cost_a_rare_class_some_of_its_rows_but_not_all(tmp_path: Path) -> None:
    def rare(events: int, seed: int) -> Path:
        frame = people(300, seed).assign(died=[1] * events + [0] * (300 - events))
        return saved(frame, tmp_path / f"events {events}.csv")

    answer = evaluate(
        tmp_path / "home", rare(8, 1), rare(5, 2), rare(0, 3),
        "--target", "died", "--families", "sanity",
    )  # fmt: skip
    found = [r["status"] for f in answer["files"] for r in f["results"]
             if r["metric_id"] == "sanity.classes"]  # fmt: skip
    assert found == ["pass", "fail"]


def test_a_survey_design_is_an_option_and_never_compared(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)

    def designed(frame: pd.DataFrame) -> pd.DataFrame:
        rows = len(frame)
        return frame.drop(columns="site").assign(
            wt=rng.gamma(2, 1e4, rows).round(1),
            stratum=rng.integers(130, 134, rows),
            psu=rng.integers(1, 4, rows),
        )

    real = saved(designed(people(400, 1)), tmp_path / "real.csv")
    kept = saved(designed(people(400, 5)), tmp_path / "kept.csv")
    dropped = saved(people(400, 6).drop(columns="site"), tmp_path / "dropped.csv")
    design = ("--weights", "wt", "--strata", "stratum", "--psu", "psu")
    out = tmp_path / "out"
    words = ("--target", "died", "--families", "utility,plots", *design, "--out", out)
    answer = evaluate(tmp_path / "home", real, kept, dropped, *words)
    plan = answer["evaluation_plan"]["plan"]["survey"]
    assert plan == {"weights": "wt", "strata": "stratum", "psu": "psu"}
    for file, said in zip(answer["files"], ("by their own design", "no column 'wt'"), strict=True):
        assert not [r for r in file["results"] if r["column"] in ("wt", "stratum", "psu")]
        assert not [r for r in file["results"] if r["metric_id"] == "sanity.columns"
                    and r["status"] != "pass"]  # fmt: skip
        found = [r for r in file["results"] if r["metric_id"] == "inference.design_based"]
        (row,) = (r for r in found if r["column"] is None)
        assert "in 4 strata" in row["message"] and said in row["message"]
    html = (out / "report.html").read_text()
    assert "Real OR, design-based" in html and "Synthetic OR, design-based" in html
    assert (out / "tables" / "table3_sensitivity_dropped.csv").exists()
