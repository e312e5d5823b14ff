"""`synthcraft evaluate` on files that people really bring: each ends with a report or a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.tools.audit import audit_log
from synthcraft.ui.cli import app

cli = CliRunner()
SECRET = "Zebra-7731"
"""Stands in cells below, and must stand in nothing that is printed or written."""


def people(rows: int, seed: int) -> pd.DataFrame:
    """A table fine enough that no two people coincide, with a rare level."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, rows)
    bmi = rng.normal(27, 5, rows).round(2)
    return pd.DataFrame(
        {
            "age": age,
            "bmi": bmi,
            "glucose": (80 + 0.5 * age + rng.normal(0, 12, rows)).round(2),
            "sex": rng.choice(["female", "male"], rows),
            "site": rng.choice(["north", "south", SECRET], rows, p=[0.6, 0.38, 0.02]),
            "died": (rng.random(rows) < 1 / (1 + np.exp(4 - 0.05 * age))).astype(int),
        }
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace: jobs that two tests share are done once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(people(240, 1), tmp_path_factory.mktemp("real") / "real.csv")


def saved(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def evaluate(home: Path, *words: object, code: int = 0) -> dict[str, Any]:
    """Run the real command in the quick tier; nothing it prints may hold a cell or a traceback."""
    command = ["evaluate", *map(str, words), "--home", str(home), "--json"]
    if "--plan" not in command:
        command += ["--tier", "quick"]
    done = cli.invoke(app, command)
    assert done.exit_code == code, done.output
    assert SECRET not in done.output and "Traceback" not in done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def rows_of(file: dict[str, Any], metric: str) -> list[dict[str, Any]]:
    return [r for r in file["results"] if r["metric_id"] == metric and r["column"] is None]


def status(file: dict[str, Any], metric: str) -> str:
    (row,) = (r for r in rows_of(file, metric) if r["group"] is None)
    return str(row["status"])


FRESH = people(240, 2)
HOLES = FRESH.mask(np.random.default_rng(3).random(FRESH.shape) < 0.2)
FILES: dict[str, tuple[pd.DataFrame, str, str]] = {
    "other columns": (
        FRESH.drop(columns=["bmi", "died"]).assign(weight=1.0), "sanity.columns", "BLOCKED",
    ),
    "other types": (FRESH.assign(age="old", bmi=FRESH.age), "sanity.types", "BLOCKED"),
    "other categories": (FRESH.assign(sex=SECRET), "sanity.categories", "BLOCKED"),
    "few rows": (FRESH.sort_values("died").iloc[-120:-20], "", "REFER"),
    "a single row": (FRESH.head(1), "sanity.constant", "BLOCKED"),
    "one class": (FRESH.assign(died=0), "sanity.classes", "BLOCKED"),
    "missing everywhere": (FRESH.assign(age=np.nan, sex=None), "sanity.constant", "BLOCKED"),
    "holes": (HOLES, "", "REFER"),
    "one row many times": (FRESH.iloc[[0] * 240], "sanity.constant", "BLOCKED"),
    "another order": (FRESH[list(FRESH.columns[::-1])], "", "REFER"),
    "fractions of years": (FRESH.assign(age=FRESH.age + 0.5), "sanity.types", "BLOCKED"),
    "no common column": (FRESH.add_prefix("x_"), "sanity.columns", "BLOCKED"),
    "constant columns": (FRESH.assign(bmi=27.0, site="north"), "sanity.constant", "BLOCKED"),
    "infinite": (FRESH.assign(bmi=np.inf), "sanity.constant", "BLOCKED"),
}  # fmt: skip
"""Case -> file, the check that must fail (none: no gross error), the state."""


@pytest.fixture(scope="module")
def strange(
    real: Path, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Path]:
    """All strange files side by side, with the folder of the report."""
    folder = tmp_path_factory.mktemp("strange")
    paths = [saved(frame, folder / f"{name}.csv") for name, (frame, _, _) in FILES.items()]
    words = ("--target", "died", "--protected", "sex", "--out", folder / "out")
    wanted = "fidelity,utility,privacy_metrics,plots"
    return evaluate(home, real, *paths, *words, "--families", wanted), folder / "out"


@pytest.mark.parametrize("case", FILES)
def test_a_strange_file_ends_with_a_report_of_what_is_wrong(
    case: str, strange: tuple[dict[str, Any], Path]
) -> None:
    (file,) = (f for f in strange[0]["files"] if f["id"] == case)
    _, metric, state = FILES[case]
    gross = {r["metric_id"] for r in file["results"]
             if r["family"] == "sanity" and r["status"] == "fail"}  # fmt: skip
    assert metric in gross if metric else not gross
    assert not [r["metric_id"] for r in file["results"] if r["status"] == "error"]
    assert file["decision"]["state"] == state
    assert file["decision"]["not_assessed"] and file["decision"]["always_said"]


def test_the_report_is_one_page_without_cells_and_equals_what_was_printed(
    strange: tuple[dict[str, Any], Path],
) -> None:
    answer, out = strange
    html = (out / "report.html").read_text()
    assert json.loads((out / "results.json").read_text()) == answer
    assert SECRET not in html and SECRET not in (out / "results.json").read_text()
    assert "<script" not in html and "://" not in html
    assert all(file["id"] in html for file in answer["files"])
    assert "No holdout was given" in html and "What was not assessed" in html


@pytest.fixture(scope="module")
def plain(real: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Files of every quality without a holdout, two of them the same, two of them no tables."""
    folder = tmp_path_factory.mktemp("plain")
    noise = FRESH.apply(lambda column: column.sample(frac=1, random_state=3).to_numpy())
    frames = {"fresh": FRESH, "other": people(240, 12), "noise": noise.assign(bmi=1.5 * noise.bmi)}
    paths = [saved(frame, folder / f"{name}.csv") for name, frame in frames.items()]
    empty = folder / "empty.csv"
    empty.write_bytes(b"")
    wanted = "fidelity,utility,privacy_metrics"
    return evaluate(
        home, real, real, *paths, paths[0], empty, folder / "absent.csv",
        "--target", "died", "--use-case", "development", "--families", wanted,
    )  # fmt: skip


def file_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(f for f in answer["files"] if f["id"] == name)
    return found


def test_the_real_file_itself_is_blocked(plain: dict[str, Any]) -> None:
    file = file_of(plain, "real")
    assert file["decision"]["state"] == "BLOCKED"
    assert status(file, "sanity.exact_match") == "fail"


def test_without_a_holdout_privacy_is_not_assessed_and_prediction_is_stamped(
    plain: dict[str, Any],
) -> None:
    assert plain["holdout"] is None and "No holdout was given" in plain["rows"]["seen"]
    assert plain["rows"]["holdout"] == 0
    assert plain["rows"]["train"] + plain["rows"]["set_aside"] == 240
    assert plain["rows"]["seen"] in plain["notes"]
    file = file_of(plain, "fresh")
    (copies,) = rows_of(file, "privacy.copies")
    assert (copies["status"], copies["value"]) == ("not_assessed", None)
    assert copies["message"] == plain["rows"]["seen"]
    assert plain["rows"]["seen"].lower()[:20] in " ".join(file["decision"]["not_assessed"])
    (tested,) = rows_of(file, "utility.delta_linear")
    assert "H" not in tested["rows_used"]
    assert tested["status"] in {"refer", "uninformative"} and "flatters" in tested["message"]
    assert tested["value"] is not None
    assert rows_of(file, "fidelity.column_distance")[0]["value"] < 0.1


def test_the_same_file_twice_has_two_names_and_the_same_numbers(plain: dict[str, Any]) -> None:
    first, second = file_of(plain, "fresh"), file_of(plain, "fresh-2")
    assert "same bytes as fresh" in " ".join(second["notes"])
    pairs = zip(first["results"], second["results"], strict=True)
    assert all(a["value"] == b["value"] and a["status"] == b["status"] for a, b in pairs)


def test_all_files_stand_beside_the_same_anchors(plain: dict[str, Any]) -> None:
    files = [f for f in plain["files"] if f["status"] == "evaluated"]
    for name in ("fidelity.column_distance", "utility.tstr_linear"):
        anchors = [rows_of(file, name)[0]["anchors"] for file in files]
        assert anchors[0]["A1"] is not None
        assert all(each == anchors[0] for each in anchors)


def test_an_unreadable_file_does_not_stop_the_others(plain: dict[str, Any]) -> None:
    for name in ("empty", "absent"):
        file = file_of(plain, name)
        assert (file["status"], file["decision"]["state"]) == ("unreadable", "BLOCKED")
        assert file["results"] == [] and name in file["decision"]["reasons"][0]


def test_files_that_cannot_be_told_apart_have_no_winner(plain: dict[str, Any]) -> None:
    (columns,) = (r for r in plain["ranking"] if r["metric_id"] == "fidelity.column_distance")
    places = {p["file"]: (p["low"], p["high"]) for p in columns["places"]}
    assert places["noise"] == (5, 5) and places["fresh"] == places["fresh-2"]
    assert columns["winner"] in {None, "real"}
    (copies,) = (r for r in plain["ranking"] if r["metric_id"] == "privacy.copies")
    assert copies["places"] == [] and copies["winner"] is None


def test_a_coarse_table_handed_back_is_blocked_too(home: Path, tmp_path: Path) -> None:
    coarse = people(200, 4)[["sex", "died"]]
    path = saved(coarse, tmp_path / "coarse.csv")
    part = coarse.sample(frac=1, random_state=1).drop(index=0)
    whole, rest = evaluate(home, path, path, saved(part, tmp_path / "s.csv"))["files"]
    assert whole["decision"]["state"] == "BLOCKED"
    assert status(rest, "sanity.exact_match") == "not_assessed"


def test_with_a_holdout_copies_are_tested_and_leaks_block(
    real: Path, home: Path, tmp_path: Path
) -> None:
    mixed = pd.concat([pd.read_csv(real).head(60), people(200, 5)])
    holdout = saved(mixed, tmp_path / "holdout.csv")
    leak = pd.read_csv(real)
    leak = leak.assign(bmi=leak.bmi + 0.01, glucose=leak.glucose + 0.01)
    files = [saved(FRESH, tmp_path / "fresh.csv"), saved(leak, tmp_path / "leak.csv")]
    answer = evaluate(home, real, *files, "--holdout", holdout, "--families", "privacy_metrics")
    fresh, copied = answer["files"]
    assert status(fresh, "privacy.copies") in {"pass", "refer"}
    assert status(copied, "privacy.copies") == "fail"
    assert (fresh["decision"]["state"], copied["decision"]["state"]) == ("REFER", "BLOCKED")
    assert answer["rows"] == {"train": 240, "holdout": 200, "set_aside": 0, "seen": ""}
    assert any("(60) were left out" in note for note in answer["notes"])


def test_a_holdout_that_is_the_real_file_is_none(real: Path, home: Path, tmp_path: Path) -> None:
    path = saved(FRESH, tmp_path / "s.csv")
    words = ("--families", "privacy_metrics", "--holdout", real)
    answer = evaluate(home, real, path, *words)
    assert "not kept away" in answer["rows"]["seen"]
    assert status(answer["files"][0], "privacy.copies") == "not_assessed"


def test_a_single_file_that_cannot_be_read_is_one_sentence(real: Path, home: Path) -> None:
    alone = evaluate(home, real, real.parent / "absent.csv", code=2)["error"]
    assert alone["code"] == "E_NO_FILE" and "absent.csv" in alone["message"]


REFUSED: dict[str, list[str]] = {
    "target absent": ["--target", "dead"],
    "target constant": ["--target", "same"],
    "protected absent": ["--protected", "gender"],
    "sensitive absent": ["--sensitive", "hiv"],
    "quasi absent": ["--quasi", "postcode"],
    "family unknown": ["--families", "fidelty"],
    "holdout absent": ["--holdout", "absent.csv"],
    "plan absent": ["--plan", "absent.yaml"],
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_one_sentence(case: str, home: Path, tmp_path: Path) -> None:
    table = saved(people(120, 7).assign(same=1), tmp_path / "real.csv")
    error = evaluate(home, table, table, *REFUSED[case], code=2)["error"]
    assert error["code"].startswith("E_") and error["message"].endswith(".")


def test_real_files_that_are_no_table_are_refused(home: Path, tmp_path: Path) -> None:
    few = saved(people(20, 8), tmp_path / "few.csv")
    assert evaluate(home, few, few, code=2)["error"]["code"] == "E_TOO_FEW_ROWS"
    holdout = saved(people(60, 8).drop(columns="age"), tmp_path / "h.csv")
    table = saved(people(120, 8), tmp_path / "t.csv")
    error = evaluate(home, table, table, "--holdout", holdout, code=2)["error"]
    assert error["code"] == "E_HOLDOUT" and "'age'" in error["message"]


def test_three_hundred_rows_and_eight_events(home: Path, tmp_path: Path) -> None:
    rare = people(300, 9).assign(died=[1] * 8 + [0] * 292)
    other = people(300, 10).assign(died=[1] * 7 + [0] * 293, sex="male")
    paths = [saved(f, tmp_path / n) for f, n in ((rare, "real.csv"), (other, "s.csv"))]
    words = ("--target", "died", "--protected", "sex", "--families", "fidelity,utility,subgroup")
    answer = evaluate(home, *paths, *words)
    assert any("too rare" in note for note in answer["notes"])
    assert answer["files"][0]["decision"]["state"] != "CRITERIA MET"
    groups = [r for r in answer["files"][0]["results"] if r["group"] is not None]
    assert all(r["status"] != "pass" for r in groups if r["family"] == "subgroup")


def test_two_hundred_columns_and_ten_thousand_levels(home: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)

    def wide(rows: int) -> pd.DataFrame:
        numbers = pd.DataFrame(rng.normal(size=(rows, 198)).round(2)).add_prefix("c")
        labels = pd.Series(rng.permutation(12_000)[:rows]).map("name {}".format)
        return numbers.assign(code=labels, flag=rng.random(rows) < 0.4)

    paths = [saved(wide(120), tmp_path / n) for n in ("real.csv", "s.csv")]
    answer = evaluate(home, *paths, "--families", "fidelity")
    assert answer["real"]["columns"] == 200
    levels = pd.DataFrame({"x": rng.normal(size=12_000), "k": np.arange(12_000) % 10_000})
    levels["k"] = levels["k"].map("level {}".format)
    path = saved(levels, tmp_path / "levels.csv")
    answer = evaluate(
        home, path, saved(levels.head(6_000), tmp_path / "l.csv"), "--families", "fidelity"
    )
    assert answer["files"][0]["decision"]["state"] in {"REFER", "BLOCKED"}


PLAN = """
use_case: development
roles: {target: died, protected: [sex]}
families: [fidelity, plots]
min_cell: 60
tier: quick
thresholds: {fidelity.column_distance: 0.001}
seeds: {evaluation: 4}
signed_by: {analyst: A. Nyst, steward: null}
"""


def test_a_plan_is_obeyed_exported_and_changed_only_in_the_open(
    real: Path, home: Path, tmp_path: Path
) -> None:
    path, plan, out = (
        saved(people(240, 14), tmp_path / "s.csv"),
        tmp_path / "p.yaml",
        tmp_path / "o",
    )
    plan.write_text(PLAN)
    first = evaluate(home, real, path, "--plan", plan, "--out", out)
    (file,) = first["files"]
    assert status(file, "fidelity.column_distance") != "pass"
    assert first["seed"] == 4 and first["evaluation_plan"]["unsigned"] == ["steward"]
    shown = pd.read_csv(out / "figures" / "marginals__s.csv")
    counts = shown.real[shown.real > 0] * first["real"]["rows"]  # as many as learnt from, or more
    assert set(shown.column) >= {"age", "site"} and counts.min() > 60 - 2.5
    assert any("signature of its steward" in reason for reason in file["decision"]["reasons"])
    for source in ("results.json", "evaluation_plan.yaml"):
        again = evaluate(home, real, path, "--plan", out / source)
        assert again["evaluation_plan"] == first["evaluation_plan"]
        assert again["evaluation_plan"]["amendments"] == []
    plan.write_text(PLAN.replace("0.001", "0.5"))
    second = evaluate(home, real, path, "--plan", plan, "--out", out)
    (amendment,) = second["evaluation_plan"]["amendments"]
    assert amendment["fields"] == ["thresholds"] and amendment["post_hoc"] is True
    assert amendment["before"] == first["evaluation_plan"]["digest"]
    assert any("Post hoc" in r for r in second["files"][0]["decision"]["reasons"])
    assert "Post hoc" in (out / "report.html").read_text()


def test_a_plan_and_options_are_not_mixed(real: Path, home: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    refused = evaluate(home, real, real, "--plan", plan, "--seed", "1", code=2)["error"]
    assert "seeds" in refused["message"] and "--plan" in refused["hint"]


def test_the_log_holds_the_plan_before_the_results(
    real: Path, plain: dict[str, Any], home: Path
) -> None:
    log = audit_log(home, f"evaluate-{plain['real']['sha256'][:16]}")
    assert log.verify() == []
    digest = plain["evaluation_plan"]["digest"]
    kinds = [
        e.body["kind"]
        for e in log.all()
        if digest in (e.body.get("digest"), e.body.get("evaluation_plan", {}).get("digest"))
    ]
    assert kinds == ["plan", "results"]


def test_the_terminal_says_what_was_not_assessed(real: Path, home: Path, tmp_path: Path) -> None:
    path = saved(FRESH, tmp_path / "s.csv")
    words = ["--tier", "quick", "--families", "sanity", "--home", str(home)]
    done = cli.invoke(app, ["evaluate", str(real), str(path), *words])
    assert done.exit_code == 0, done.output
    for part in ("No holdout was given", "REFER", "Not assessed:", "--json or --out"):
        assert part in done.stdout
