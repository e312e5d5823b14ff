"""The engines of time series on a small table of visits, through the real worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.graph.errors import DataError
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.generators.visits import MIN_PEOPLE, encode_visits
from synthcraft.tools.jobs import JobResult
from synthcraft.tools.schema_inference import canonical, infer_schema
from synthcraft.ui.cli import app
from tests.integration.conftest import Engines

WANTED = 17
ENGINES: dict[str, dict[str, Any]] = {
    "timevae": {"n_iter": 20, "encoder_max_clusters": 3},
    "timegan": {"n_iter": 20, "encoder_max_clusters": 3},
    "fflows": {"n_iter": 20, "encoder_max_clusters": 3, "static_n_iter": 20},
}
QUICKEST = "timegan"


def study(people: int = 30, *, fixed: bool = True) -> pd.DataFrame:
    """Three to six visits a person on different days, missing values, people named by letters."""
    rng = np.random.default_rng(5)
    parts = []
    for person in range(people):
        visits = int(rng.integers(3, 7))
        days = np.sort(rng.choice(np.arange(0, 700, 7), visits, replace=False))
        pressure = rng.normal(120 + person, 8, visits).round(1)
        part = pd.DataFrame(
            {
                "patient": f"P{person:03d}",
                "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D"),
                "pressure": np.where(rng.random(visits) < 0.1, np.nan, pressure),
                "smokes": rng.choice(["no", "yes"], visits),
            }
        )
        if fixed:
            part["sex"], part["born"] = rng.choice(["f", "m"]), int(rng.integers(1930, 2000))
        parts.append(part)
    return canonical(pd.concat(parts, ignore_index=True))


class Bench:
    """Runs the engines on studies."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines

    def run(self, name: str, frame: pd.DataFrame, *, seed: int = 4, **more: Any) -> JobResult:
        """The job `visits` of one engine."""
        settings: dict[str, Any] = {"generator": name, "params": ENGINES.get(name, {})}
        settings |= {"subject": "patient", "time": "seen", "people": WANTED} | more
        return self.engines.job("visits", settings, frame, seed)

    def made(self, name: str, frame: pd.DataFrame, **more: Any) -> pd.DataFrame:
        """What an engine made; it must have worked."""
        result = self.run(name, frame, **more)
        rows = self.engines.made(result)
        assert result.info["evaluation"].startswith("Nothing was measured")
        return rows


@pytest.fixture
def bench(engines: Engines) -> Bench:
    return Bench(engines)


def check_form(real: pd.DataFrame, made: pd.DataFrame) -> None:
    assert list(made.dtypes.items()) == list(real.dtypes.items())
    assert made["patient"].nunique() == WANTED
    assert not set(made["patient"]) & set(real["patient"])
    assert not made.duplicated(["patient", "seen"]).any()
    assert made["seen"].between(real["seen"].min(), real["seen"].max()).all()
    assert all(part["seen"].is_monotonic_increasing for _, part in made.groupby("patient"))
    assert set(made["smokes"]) <= {"no", "yes"}
    for name in {"sex", "born"} & set(real.columns):
        assert (made.groupby("patient")[name].nunique(dropna=False) == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_engine_makes_so_many_people_with_their_visits(bench: Bench, name: str) -> None:
    real = study()
    made = bench.made(name, real)
    check_form(real, made)
    assert len(made) > WANTED  # more than one visit a person
    assert made["seen"].nunique() > WANTED / 2
    assert not bench.made(name, real, seed=5).equals(made)


def test_equal_seeds_make_equal_visits_also_where_nothing_is_fixed(bench: Bench) -> None:
    real = study(fixed=False)
    few = ENGINES[QUICKEST] | {"n_iter": 10}
    made = bench.made(QUICKEST, real, params=few)
    check_form(real, made)
    again = bench.made(QUICKEST, real, params=few, note="computed anew")
    pd.testing.assert_frame_equal(again, made)


def test_an_engine_for_one_row_a_person_is_refused_and_the_other_way_round(bench: Bench) -> None:
    result = bench.run("cart", study())
    assert (result.status, result.code) == ("failed", "E_TASK") and "visits" in result.message


def test_encoded_visits_come_back_as_they_were() -> None:
    real = study()
    table = encode_visits(real, infer_schema(real), "patient", "seen")
    assert {c.column.name for c in table.fixed.columns} == {"sex", "born"}
    decoded = table.decode(table.fixed.frame, table.visits.frame, table.owner)
    back, repaired = table.restored(decoded)
    assert not any(repaired.values())
    same = real.sort_values(["patient", "seen"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(back.drop(columns="patient"), same.drop(columns="patient"))
    assert (back["patient"].astype(int) == pd.factorize(same["patient"])[0] + 1).all()


@pytest.mark.parametrize(
    ("frame", "columns", "words"),
    [
        (study(1), ("patient", "seen"), "20 people with 3 visits or more are needed"),
        (study(MIN_PEOPLE - 1), ("patient", "seen"), "and the table has 19"),
        (study(), ("nobody", "seen"), "nobody"),
        (study(), ("patient", "smokes"), "neither a number nor a date"),
        (study(), ("patient", "patient"), "same column"),
        (study().assign(seen=pd.Timestamp("2020-01-01")), ("patient", "seen"), "the same time"),
        (study().assign(seen=lambda t: t["seen"].mask(t.index == 3)), ("patient", "seen"),
         "missing in some rows"),
        (study()[["patient", "seen", "sex"]], ("patient", "seen"), "No column changes"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_visits_is_refused_in_words(
    frame: pd.DataFrame, columns: tuple[str, str], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        encode_visits(frame, infer_schema(frame), *columns)


def test_every_engine_of_time_series_is_tried_here() -> None:
    offered = {s.name for s in catalogue().values() if s.task == "time series" and s.available}
    assert offered == set(ENGINES)


def asked(tmp_path: Path, frame: pd.DataFrame, engine: str, *more: str) -> list[str]:
    """Words of the command on a table of visits."""
    frame.to_csv(tmp_path / "visits.csv", index=False)
    own = ["--engine", engine, "--subject", "patient", "--time", "seen"]
    places = ["--home", str(tmp_path / "home"), "--out", str(tmp_path / "out" / "made.csv")]
    return ["generators", "visits", str(tmp_path / "visits.csv"), *own, *places, *more]


@pytest.mark.slow
def test_the_command_writes_people_with_visits_and_an_honest_label(tmp_path: Path) -> None:
    words = asked(tmp_path, study(), QUICKEST, "--people", "9", "--passes", "10")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "Nothing was measured" in done.output
    made = pd.read_csv(tmp_path / "out" / "made.csv")
    assert sorted(made["patient"].unique()) == list(range(1, 10))
    label = json.loads((tmp_path / "out" / "made.label.json").read_text())
    assert (label["generator"], label["rows"], label["people"]) == (QUICKEST, len(made), 9)
    assert label["synthetic"] is True
    assert label["claim_level"] == "heuristic, no guarantee" and label["params"]["n_iter"] == 10


@pytest.mark.parametrize(
    ("frame", "engine", "words"),
    [
        (study().assign(patient="P1", seen=lambda t: t.index.to_numpy()), QUICKEST,
         "the table has 1"),
        (study(), "ctgan", "one row per person"),
        (study().rename(columns={"seen": "when"}), QUICKEST, "no column 'seen'"),
    ],
)  # fmt: skip
def test_the_command_refuses_in_words(
    tmp_path: Path, frame: pd.DataFrame, engine: str, words: str
) -> None:
    done = CliRunner().invoke(app, asked(tmp_path, frame, engine))
    assert done.exit_code == 2 and words in done.output, done.output


def test_the_real_table_is_never_written_over(tmp_path: Path) -> None:
    words = asked(tmp_path, study(), QUICKEST, "--out", str(tmp_path / "visits.csv"))
    before = (tmp_path / "visits.csv").read_bytes()
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and "take the place" in done.output
    assert (tmp_path / "visits.csv").read_bytes() == before
