"""The legacy panel with the real synthcity: every key a row, a twin beside it, nothing judged."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.graph.errors import InputError, JobError
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.compare.legacy import legacy_panel
from synthcraft.tools.compare.run import Work
from synthcraft.tools.compare.tables import read_tables
from synthcraft.tools.jobs import JobResult, JobRunner, JobSpec
from synthcraft.tools.legacy import score as scoring
from synthcraft.tools.legacy.pairs import NO_SENSITIVE, NOT_HELD, Trio, not_run, pairs
from synthcraft.tools.legacy.panel import PANELS, STAMP, find, metrics
from synthcraft.tools.legacy.rows import LegacyRow, Outcome, measured
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.registry import metrics_of
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.procedures import panels
from synthcraft.tools.procedures.registry import Question
from synthcraft.tools.schema_inference import infer_schema
from synthcraft.ui.cli import app

SECRET = "Zebra-7731"
KEYS = [
    f"{m.family}.{m.name}.{k.key}" for p in PANELS for m in metrics(p, "classification")
    for k in m.key
]  # fmt: skip


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, rows)
    return pd.DataFrame(
        {
            "age": age,
            "bmi": rng.normal(27, 5, rows).round(1),
            "glucose": (80 + 0.5 * age + rng.normal(0, 12, rows)).round(1),
            "sex": rng.choice(["female", "male"], rows),
            "site": rng.choice(["north", "south", SECRET], rows),
            "died": (rng.random(rows) < 1 / (1 + np.exp(3 - 0.05 * age))).astype(int),
        }
    )


LIMIT = 0.7
"""Seconds; leaves out whatever trains a network."""
REAL, HELD, FRESH = people(240, 1), people(80, 2), people(160, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("legacy")
    holes = FRESH.head(80)
    holes = holes.assign(bmi=holes["bmi"].mask(holes["age"] > 60))
    frames = {"real": REAL, "held": HELD, "fresh": FRESH, "holes": holes, "twin": HELD}
    for name, frame in frames.items():
        frame.to_csv(home / f"{name}.csv", index=False)
    return home


def evaluate(folder: Path, *words: str) -> dict[str, Any]:
    files = [str(folder / f"{name}.csv") for name in ("real", "fresh", "holes", "twin")]
    asked = ["--holdout", str(folder / "held.csv"), "--target", "died", "--families", "fidelity"]
    done = CliRunner().invoke(
        app, ["evaluate", *files, *asked, "--tier", "quick", "--home", str(folder / "home"),
              "--json", *words],
    )  # fmt: skip
    assert done.exit_code == 0 and SECRET not in done.output, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def asked(folder: Path) -> dict[str, Any]:
    return evaluate(folder, "--legacy", "--legacy-limit", str(LIMIT), "--out", str(folder / "out"))


def panel(answer: dict[str, Any], file: str) -> dict[str, dict[str, Any]]:
    (found,) = (f for f in answer["files"] if f["id"] == file)
    assert [row["key"] for row in found["legacy"]] == KEYS
    return {row["key"]: row for row in found["legacy"]}


def test_every_expected_number_is_there_beside_its_twin(asked: dict[str, Any]) -> None:
    rows = panel(asked, "fresh")
    got = {key for key, row in rows.items() if row["legacy"]["status"] == "measured"}
    quick = {
        f"{m.family}.{m.name}.{k.key}" for p in PANELS for m in metrics(p, "classification")
        for k in m.key if m.seconds(160) <= LIMIT and not m.attack
    }  # fmt: skip
    assert len(quick) > 10 and quick - got <= {"privacy.k-anonymization.gt"}
    mmd = rows["stats.max_mean_discrepancy.joint"]
    # the defect itself: 2 / n, whatever the rows are
    for place, n in (("legacy", 160), ("same_size", 80), ("twin", 80)):
        assert mmd[place]["value"] == pytest.approx(2 / n, rel=0.05)
    assert mmd["ours"]["value"] is not None or mmd["ours"]["status"] == "not_run"
    ours = rows["stats.ks_test.marginal"]
    (file,) = (f for f in asked["files"] if f["id"] == "fresh")
    (row,) = (
        r for r in file["results"]
        if r["metric_id"] == "fidelity.column_distance" and not r["column"]
    )  # fmt: skip
    assert ours["ours"]["value"] == row["value"] and ours["ours_title"] == row["title"]


def test_the_twin_is_what_the_held_back_rows_would_score_as_a_file(asked: dict[str, Any]) -> None:
    fresh, held = panel(asked, "fresh"), panel(asked, "twin")
    for key in ("stats.ks_test.marginal", "stats.prdc.density"):
        assert fresh[key]["twin"]["value"] == pytest.approx(held[key]["legacy"]["value"])
        assert held[key]["same_size"] == held[key]["legacy"]


def test_a_metric_that_synthcity_leaves_out_is_an_error_row_and_never_a_number(
    asked: dict[str, Any],
) -> None:
    rows = panel(asked, "holes")
    failed = [row for row in rows.values() if row["legacy"]["status"] == "error"]
    assert len(failed) > 8
    for row in failed:
        assert row["legacy"]["value"] is None and row["legacy"]["code"].startswith("E_")
        assert "missing values" in row["legacy"]["message"]
    assert rows["stats.ks_test.marginal"]["twin"]["status"] == "measured"


def test_slow_metrics_are_named_with_their_time_as_not_run(asked: dict[str, Any]) -> None:
    attack = find("DomiasMIA_BNAF")
    row = panel(asked, "fresh")["privacy.DomiasMIA_BNAF.aucroc"]
    assert row["legacy"]["status"] == row["twin"]["status"] == "not_run"
    assert "seconds predicted" in row["legacy"]["message"] and row["legacy"]["value"] is None
    assert row["predicted_s"] == round(attack.seconds(160), 1) > LIMIT
    assert not not_run(attack, Trio(REAL, HELD, FRESH), float("inf"))


def test_nothing_that_judges_a_file_reads_the_panel(folder: Path, asked: dict[str, Any]) -> None:
    plain = evaluate(folder)
    assert all(not file["legacy"] for file in plain["files"])
    for a, b in zip(plain["files"], asked["files"], strict=True):
        for part in ("state", "reasons", "not_assessed", "always_said"):
            assert a["decision"][part] == b["decision"][part]
        assert [r["metric_id"] for r in a["results"]] == [r["metric_id"] for r in b["results"]]
    assert plain["ranking"] == asked["ranking"]
    assert plain["evaluation_plan"]["digest"] == asked["evaluation_plan"]["digest"]


def test_report_and_tables_are_stamped_line_by_line(folder: Path, asked: dict[str, Any]) -> None:
    out = folder / "out"
    assert json.loads((out / "results.json").read_text()) == asked
    page = (out / "report.html").read_text()
    assert page.count(STAMP) == 6 and SECRET not in page
    for name in PANELS:
        header, *lines = csv.reader((out / "tables" / f"legacy_{name}_fresh.csv").open())
        assert header[-1] == "Stamp" and {line[-1] for line in lines} == {STAMP}
        assert len(lines) == sum(key.startswith(("stats", "privacy")[name == "privacy"])
                                 for key in KEYS)  # fmt: skip
    assert all(row["stamp"] == STAMP for f in asked["files"] for row in f["legacy"])


@pytest.mark.slow
def test_the_sensitive_column_is_heard_although_the_rows_are_the_same(tmp_path: Path) -> None:
    """The cache of synthcity would give the first answer twice; shuffling moves authenticity."""
    store = ArtifactStore(tmp_path / "store")
    jobs = JobRunner(store, tmp_path)
    schema = store.put_json(infer_schema(REAL).model_dump(mode="json"), "schema", "test").sha256
    shuffled = FRESH.sample(frac=1, random_state=1).reset_index(drop=True)

    async def numbers(metric: str, synthetic: pd.DataFrame, sensitive: str) -> dict[str, float]:
        tables = {"real": REAL, "synthetic": synthetic}
        inputs = {name: store.put_frame(f, "table", "test").sha256 for name, f in tables.items()}
        params = {"metric": metric, "target": "died", "task": "classification",
                  "time_column": None, "sensitive": [sensitive]}  # fmt: skip
        done = await jobs.run(
            JobSpec(kind="legacy", params=params, inputs=inputs | {"schema": schema})
        )
        assert done.status == "ok", done.message
        return dict(done.info["numbers"])

    async def all_of_them() -> list[dict[str, float]]:
        try:
            return [
                await numbers("distinct l-diversity", FRESH, "sex"),
                await numbers("distinct l-diversity", FRESH, "bmi"),
                await numbers("alpha_precision", FRESH, "died"),
                await numbers("alpha_precision", shuffled, "died"),
            ]
        finally:
            await jobs.close()

    sex, bmi, straight, mixed = asyncio.run(all_of_them())
    assert sex["syn"] != bmi["syn"]
    assert straight["delta_precision_alpha_naive"] == mixed["delta_precision_alpha_naive"]
    assert straight["authenticity_naive"] != mixed["authenticity_naive"]


class Dying:
    """A runner whose every job is ended for its memory."""

    async def run(self, spec: JobSpec, listener: object) -> JobResult:
        return JobResult(key=spec.key, status="memory", code="E_MEMORY", message="Too much.")


def test_a_job_that_dies_leaves_a_row_for_every_key(folder: Path, tmp_path: Path) -> None:
    plan = EvaluationPlan.model_validate({"roles": {"target": "died"}})
    tables = read_tables(folder / "real.csv", [folder / "fresh.csv"], folder / "held.csv", plan)
    work = Work(tables, plan, ArtifactStore(tmp_path), Dying(), 100, 9.0, lambda *_: None)  # type: ignore[arg-type]
    (rows,) = asyncio.run(legacy_panel(work, {}, 1e9)).values()
    assert [row.key for row in rows] == KEYS
    for row in rows:
        for reading in (row.legacy, row.same_size, row.twin):
            assert (reading.status, reading.value, reading.code) == ("error", None, "E_MEMORY")


def only(rows: list[LegacyRow], key: str) -> LegacyRow:
    return next(row for row in rows if row.key.endswith(key))


def test_what_is_not_run_suppressed_or_no_number_is_said() -> None:
    trio = Trio(REAL, HELD, FRESH)
    assert not_run(find("distinct l-diversity"), trio, 60) == NO_SENSITIVE
    assert not_run(find("DomiasMIA_KDE"), Trio(REAL, HELD, FRESH, seen=True), 60) == NOT_HELD
    k = {"gt": 3.0, "syn": 3.0}
    found = {place: Outcome(k) for place in pairs(trio, attack=False)}
    rows = measured(find("k-anonymization"), trio, found, ())
    assert only(rows, "gt").legacy.status == "suppressed" and only(rows, "gt").legacy.value is None
    assert only(rows, "syn").legacy.value == 3 and only(rows, "syn").twin.status == "suppressed"
    alone = Trio(REAL, HELD.iloc[:0], FRESH)
    rows = measured(find("ks_test"), alone, {"file": Outcome({})}, ())
    assert rows[0].legacy.code == "E_LEGACY_SILENT" and rows[0].twin.status == "not_run"
    for name, number in (("k-anonymization", {"syn": 999.00000001}), ("k-map", {"score": 0.0})):
        row = only(measured(find(name), alone, {"file": Outcome(number)}, ()), next(iter(number)))
        assert row.legacy.code == "E_LEGACY_STAND_IN" and row.legacy.value is None
    no_number = scoring._by_key(find("ks_test"), {"stats.ks_test.marginal": float("nan")})
    assert no_number == {}


def test_an_attack_gets_strangers_that_are_not_its_twin() -> None:
    found = pairs(Trio(REAL, HELD, FRESH), attack=True)
    strangers, twin = found["twin"].outside, found["twin"].synthetic
    assert strangers is not None and len(strangers) == len(twin) == 40
    assert len(pd.concat([strangers, twin]).merge(HELD.drop_duplicates())) == len(HELD)
    assert found["same_size"].synthetic.shape == twin.shape
    fewer = pairs(Trio(REAL, HELD, FRESH.drop(columns="bmi")), attack=False)
    assert set(fewer["twin"].synthetic) == set(FRESH) - {"bmi"}


@pytest.mark.parametrize(
    ("error", "code"),
    [(ValueError(SECRET), "E_LEGACY_VALUEERROR"), (JobError("No.", code="E_OWN"), "E_OWN")],
)
def test_an_analysis_takes_an_exception_for_an_error_row_without_its_text(
    error: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(panels, "score", fail)
    ctx = EvalContext(REAL, REAL[:0], HELD, FRESH, infer_schema(REAL), "died", "classification")
    found = panels._legacy(ctx, "quality", Question(ctx, {}, "paper"))
    assert [row.key for row in found] == [key for key in KEYS if key.startswith("stats.")]
    assert {row.legacy.code for row in found} == {code}
    assert all(SECRET not in row.model_dump_json() for row in found)


def test_what_the_table_calls_ours_is_there() -> None:
    known = {spec.id for spec in metrics_of(("fidelity", "privacy_metrics"))}
    named = [k.ours for p in PANELS for m in metrics(p, "survival") for k in m.key if k.ours]
    assert named and set(named) <= known


@pytest.mark.parametrize("words", [["--legacy-limit", "5"], ["--legacy", "--legacy-limit", "nan"]])
def test_a_limit_that_means_nothing_is_refused(words: list[str], folder: Path) -> None:
    files = [str(folder / "real.csv"), str(folder / "fresh.csv")]
    done = CliRunner().invoke(app, ["evaluate", *files, "--home", str(folder), *words])
    assert done.exit_code != 0 and "number of seconds" in done.output + str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit | InputError)
