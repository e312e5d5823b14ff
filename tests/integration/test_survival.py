"""Times until an event, from the command line to concordance, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import DataError
from synthcraft.graph.records import Plan
from synthcraft.tools.changes import apply_changes
from synthcraft.tools.plan_of_run import evaluation_plan
from synthcraft.tools.schema_inference import canonical, infer_schema
from synthcraft.tools.target import check_target
from synthcraft.ui.cli import app

ASKED = ["--task", "survival", "--target", "arrest", "--time", "week"]


def rossi() -> pd.DataFrame:
    from lifelines.datasets import load_rossi

    return load_rossi()


def changed(**columns: Any) -> pd.DataFrame:
    frame = rossi().astype({"week": object, "arrest": object})
    for name, value in columns.items():
        frame.loc[frame.index[:20], name] = value
    return canonical(frame)


def test_a_run_on_a_survival_table_measures_concordance(tmp_path: Path) -> None:
    table, out = tmp_path / "rossi.csv", tmp_path / "out"
    rossi().to_csv(table, index=False)
    recorded = Plan(risk_threshold=0.3, bands={"age": (25.0,)}, canaries=("planted",))
    (tmp_path / "plan.json").write_text(recorded.model_dump_json())
    done = CliRunner().invoke(
        app,
        ["run", str(table), *ASKED, "--protected", "age", "--generators", "cart",
         "--approve", "auto", "--plan", str(tmp_path / "plan.json"),
         "--home", str(tmp_path / "home"), "--out", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    record = json.loads((out / "results.json").read_text())
    agreed = record["evaluation_plan"]["plan"]
    assert (agreed["roles"]["time"], agreed["risk_threshold"]) == ("week", 0.3)
    assert agreed["bands"] == {"age": [25.0]}
    own = {r["metric_id"]: r for r in record["results"] if not (r["column"] or r["group"])}
    assert 0.5 < own["utility.concordance"]["value"] < 0.8
    assert own["inference.ci_overlap"]["message"].startswith("Cox regression")
    assert own["sanity.canaries"]["value"] == 0
    page = (out / "report.html").read_text()
    assert "survival" in page and "week" in page


@pytest.mark.slow
def test_an_engine_of_survival_runs_in_a_project(tmp_path: Path) -> None:
    table, out = tmp_path / "rossi.csv", tmp_path / "out"
    rossi().to_csv(table, index=False)
    few = {"n_iter": 10, "n_iter_min": 1, "n_iter_print": 10, "encoder_max_clusters": 3}
    recorded = Plan(overrides={"survival_nflow": few})
    (tmp_path / "plan.json").write_text(recorded.model_dump_json())
    done = CliRunner().invoke(
        app,
        ["run", str(table), *ASKED, "--generators", "survival_nflow", "--approve", "auto",
         "--plan", str(tmp_path / "plan.json"),
         "--home", str(tmp_path / "home"), "--out", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    record = json.loads((out / "results.json").read_text())
    (candidate,) = record["candidates"]
    assert (candidate["status"], candidate["rows"]) == ("ok", record["data"]["train"])
    own = {r["metric_id"]: r for r in record["results"] if not (r["column"] or r["group"])}
    assert own["utility.concordance"]["value"] is not None
    (made,) = (pd.read_csv(f) for f in (out / "synthetic").glob("*.csv"))
    assert (made["week"] > 0).all() and set(made["arrest"]) <= {0, 1}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--generators", "survae"], "the task is not survival"),
        ([*ASKED, "--generators", "timevae"], "visits of people over time"),
    ],
)
def test_an_engine_of_another_task_is_refused_in_words(
    tmp_path: Path, asked: list[str], words: str
) -> None:
    table = tmp_path / "rossi.csv"
    rossi().to_csv(table, index=False)
    options = ["--approve", "auto", "--home", str(tmp_path / "home"), "--out", str(tmp_path / "o")]
    done = CliRunner().invoke(app, ["run", str(table), *asked, *options])
    assert done.exit_code == 2 and words in done.output


@pytest.mark.parametrize(
    ("frame", "time", "words"),
    [
        (changed(), None, "needs the column of the time"),
        (changed(), "weeks", "no column 'weeks'"),
        (changed(), "arrest", "is the event itself"),
        (changed(week=-1.0), "week", "negative"),
        (changed(week=0.0), "week", "is zero"),
        (changed(week=None), "week", "missing in some rows"),
        (changed(week="soon"), "week", "not a number"),
        (changed(arrest=None), "week", "event or no event"),
        (changed(arrest=2), "week", "1 for an event"),
    ],
)
def test_times_and_events_that_cannot_be_such_are_refused(
    frame: pd.DataFrame, time: str | None, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        check_target(frame, infer_schema(frame), "arrest", "survival", time)


def test_the_pilot_command_leaves_out_engines_of_one_task(tmp_path: Path) -> None:
    words = ["generators", "pilot", str(tmp_path / "t.csv"), "--engine", "survae"]
    rossi().to_csv(tmp_path / "t.csv", index=False)
    done = CliRunner().invoke(app, [*words, "--home", str(tmp_path / "home")])
    assert done.exit_code == 2 and "survival alone" in done.output


def test_too_few_events_are_refused() -> None:
    frame = rossi()
    frame["arrest"] = (frame.index < 9).astype(int)
    frame = canonical(frame)
    with pytest.raises(DataError, match="fewer than 10 rows"):
        check_target(frame, infer_schema(frame), "arrest", "survival", "week")


def test_a_time_goes_with_survival_alone() -> None:
    timed = apply_changes(Plan(), Changes(target="arrest", time_column="week"))
    assert (timed.task, timed.time_column) == ("survival", "week")
    assert apply_changes(timed, Changes(rows=5)).time_column == "week"
    assert apply_changes(timed, Changes(task="classification")).time_column is None
    other = apply_changes(timed, Changes(target="age"))
    assert (other.task, other.time_column) == ("none", None)
    assert evaluation_plan(timed, 1, 2).roles.time == "week"


def test_a_time_with_a_role_of_its_own_is_modelled() -> None:
    plan = Plan(roles={"week": "drop", "id": "identifier"})
    timed = apply_changes(plan, Changes(target="arrest", time_column="week"))
    assert timed.roles == {"id": "identifier"}
