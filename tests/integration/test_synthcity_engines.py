"""Every offered engine on a small mixed table, through the real worker."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.job_records import finished
from synthcraft.tools.jobs import JobProgress, JobResult, JobRunner, JobSpec
from synthcraft.tools.table_schema import Column, TableSchema

ROWS = 200
FEW_PASSES = {"n_iter": 10, "n_iter_min": 1, "n_iter_print": 10}
LEARNING: dict[str, dict[str, Any]] = {
    "cart": {},
    "bayesian_network": {"encoder_max_clusters": 3},
    "arf": {"num_trees": 5, "max_iters": 2},
    "marginal_distributions": {},
    "uniform_sampler": {},
    "ddpm": {"n_iter": 250, "num_timesteps": 100, "batch_size": 50},
    "privbayes": {"bins": 5},
}
"""Parameters that suffice to learn the table a little."""
TOO_SHORT: dict[str, dict[str, Any]] = {
    "ctgan": FEW_PASSES | {"encoder_max_clusters": 3},
    "adsgan": FEW_PASSES | {"encoder_max_clusters": 3},
    "tvae": FEW_PASSES | {"data_encoder_max_clusters": 3},
    "rtvae": FEW_PASSES | {"data_encoder_max_clusters": 3},
    "nflow": FEW_PASSES | {"encoder_max_clusters": 3},
    "pategan": {"n_iter": 1, "generator_n_iter": 2, "n_teachers": 2, "encoder_max_clusters": 3},
}
SLOW: dict[str, dict[str, Any]] = {
    "aim": {"bins": 4, "max_model_size": 1, "epsilon": 5.0},
    "dpgan": FEW_PASSES | {"encoder_max_clusters": 3},
}


ALL = LEARNING | TOO_SHORT | SLOW
SEEDED = ALL | {"ddpm": {"n_iter": 10, "num_timesteps": 10, "batch_size": 50}}
"""Enough for seeds to be told apart."""
CANCEL_S = 2.0
"""After a cancel nothing of a job may be left for longer."""
ENOUGH_MB, TOO_LITTLE_MB = 1000, 200
MANY_ROWS = 4_000_000
"""More than fit into enough memory, and long enough in the making to be ended in the midst."""


def clinic() -> tuple[pd.DataFrame, TableSchema]:
    """Mixed types, missing values, a date, a constant, an event of 15 %."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "age": pd.array(rng.integers(20, 90, ROWS), dtype="Int64"),
            "bmi": rng.normal(28, 5, ROWS).round(1),
            "sex": pd.array(rng.choice(["f", "m"], ROWS), dtype="string"),
            "seen": pd.to_datetime("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D"),
            "event": pd.array((rng.random(ROWS) < 0.15).astype(int), dtype="Int64"),
            "site": pd.array(["A"] * ROWS, dtype="string"),
        }
    ).astype({"seen": "datetime64[ns]"})
    frame.loc[rng.random(ROWS) < 0.2, "bmi"] = np.nan
    frame.loc[rng.random(ROWS) < 0.1, "sex"] = pd.NA
    days = {"low": "2020-01-01", "high": "2022-06-30", "date_format": "%Y-%m-%d"}
    columns: list[dict[str, Any]] = [
        {"kind": "integer", "low": 20, "high": 90, "decimals": 0},
        {"kind": "numeric", "low": 10, "high": 50, "decimals": 1, "nullable": True},
        {"kind": "category", "categories": ("f", "m"), "nullable": True},
        {"kind": "date", **days},
        {"kind": "binary", "categories": (0, 1)},
        {"kind": "constant", "categories": ("A",)},
    ]
    return frame, TableSchema(
        columns=tuple(
            Column.model_validate({"name": name, "dtype": str(frame[name].dtype), **column})
            for name, column in zip(frame.columns, columns, strict=True)
        )
    )


class Bench:
    """One warm worker for the module."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.loop = asyncio.new_event_loop()
        self.store = ArtifactStore(home / "artifacts")
        jobs = f"{Path(__file__).parent}:conformance_jobs"
        self.runner = JobRunner(self.store, home, parallel=1, extra_modules=(jobs,))
        frame, schema = clinic()
        self.inputs = {
            "train": self.store.put_frame(frame, "train").sha256,
            "schema": self.store.put_json(schema.model_dump(mode="json"), "schema").sha256,
        }

    def run(self, name: str, listen: Callable[..., None] | None = None, **more: Any) -> JobResult:
        """The result of one engine, computed anew."""
        spec = self.spec(name, **more)
        (self.home / "jobs" / spec.key[:2] / f"{spec.key}.json").unlink(missing_ok=True)
        return self.loop.run_until_complete(self.runner.run(spec, listen))

    def spec(self, name: str, *, seed: int = 4, memory_mb: int = 4096, **more: Any) -> JobSpec:
        """The job of one engine."""
        settings = {"generator": name, "rows": 150, "where": {}, "params": {}} | more
        return JobSpec(
            kind="generate", params=settings, inputs=self.inputs, seed=seed, memory_mb=memory_mb
        )

    async def cancel(self, spec: JobSpec, begun: str) -> None:
        """Start a job, cancel it once it says these words, and wait until it is gone."""
        heard = asyncio.Event()

        def listen(progress: JobProgress) -> None:
            if begun in progress.message:
                heard.set()

        job = asyncio.ensure_future(self.runner.run(spec, listen))
        await asyncio.wait_for(heard.wait(), 60)
        job.cancel()
        await asyncio.wait_for(job, CANCEL_S)

    def close(self) -> None:
        """End the worker."""
        self.loop.run_until_complete(self.runner.close())
        self.loop.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("engines"))
    yield bench
    bench.close()


def check_form(bench: Bench, name: str, params: dict[str, Any]) -> pd.DataFrame:
    """Runs an engine twice; what it made must have the form of the real table."""
    heard: list[float] = []
    result = bench.run(name, lambda p: heard.append(p.fraction), params=params)
    assert result.status == "ok", f"{result.code}: {result.message}"
    real, _ = clinic()
    made = bench.store.read_frame(result.outputs["synthetic"].sha256)
    assert len(made) == result.info["rows"] == 150
    assert list(made.dtypes.items()) == list(real.dtypes.items())  # in this order
    assert not made[["age", "seen", "event", "site"]].isna().any().any()
    assert (made["site"] == "A").all()
    assert set(made["sex"].dropna()) <= {"f", "m"} and set(made["event"]) <= {0, 1}
    assert made["seen"].between("2020-01-01", "2022-06-30").all()
    assert (made["seen"] == made["seen"].dt.normalize()).all()
    assert (made["bmi"].dropna() == made["bmi"].dropna().round(1)).all()
    assert heard and heard == sorted(heard)
    again = bench.run(name, params=params)
    assert not again.cached
    assert again.outputs["synthetic"].sha256 == result.outputs["synthetic"].sha256
    kept = bench.store.put_frame(made, "synthetic")
    pd.testing.assert_frame_equal(bench.store.read_frame(kept.sha256), made)
    assert result.info["repaired_cells"] == sum(result.info["repaired"].values())
    return made


@pytest.mark.parametrize("name", LEARNING)
def test_engine_learns_form_and_missing_values(bench: Bench, name: str) -> None:
    made = check_form(bench, name, LEARNING[name])
    assert made["bmi"].isna().any() and made["sex"].isna().any()
    assert made["age"].nunique() > 5 and made["event"].nunique() == 2


@pytest.mark.parametrize("name", TOO_SHORT)
def test_hardly_trained_engine_still_keeps_the_form(bench: Bench, name: str) -> None:
    check_form(bench, name, TOO_SHORT[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_slow_engine_keeps_the_form(bench: Bench, name: str) -> None:
    check_form(bench, name, SLOW[name])


@pytest.mark.parametrize("name", [n for n in ALL if n not in SLOW])
def test_another_seed_makes_other_rows(bench: Bench, name: str) -> None:
    made = [
        bench.run(name, params=SEEDED[name], seed=seed).outputs["synthetic"].sha256
        for seed in (4, 5)
    ]
    assert made[0] != made[1]


def test_mixtures_that_are_kept_change_no_byte(bench: Bench) -> None:
    cache = bench.home / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.write_text("where a file stands, nothing can be kept")
    without = made_by_tvae(bench)
    cache.unlink()
    first = made_by_tvae(bench)
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*.mixture")}
    second = made_by_tvae(bench)
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.mixture")} == kept != {}
    assert without == first == second


def made_by_tvae(bench: Bench) -> str:
    result = bench.run("tvae", params=TOO_SHORT["tvae"])
    assert result.status == "ok" and not result.cached, result.message
    return result.outputs["synthetic"].sha256


@pytest.mark.parametrize("name", ALL)
def test_a_cancel_leaves_nothing_of_the_job(bench: Bench, name: str) -> None:
    passes = "n_iter" in ALL[name] and name != "pategan"
    long = {"n_iter": 20_000, "n_iter_min": 20_000} if passes else {}
    params = ALL[name] | {key: long[key] for key in long.keys() & ALL[name].keys()}
    spec = bench.spec(name, params=params, rows=MANY_ROWS, seed=6)
    with pytest.raises(asyncio.CancelledError):
        bench.loop.run_until_complete(bench.cancel(spec, "pass" if passes else "encoding"))
    assert finished(bench.home, bench.store, spec.key) is None
    assert not any((bench.home / "work").iterdir())


@pytest.mark.parametrize("name", ALL)
def test_memory_limit_is_kept(bench: Bench, name: str) -> None:
    result = bench.run(name, params=ALL[name], rows=MANY_ROWS, memory_mb=TOO_LITTLE_MB)
    assert (result.status, result.code) == ("memory", "E_MEMORY")
    assert not any((bench.home / "work").iterdir())


@pytest.mark.parametrize("name", ["cart", "ctgan"])
def test_memory_that_grows_is_noticed_on_the_way(bench: Bench, name: str) -> None:
    few = bench.run(name, params=ALL[name], memory_mb=ENOUGH_MB)
    assert few.status == "ok" and few.peak_mb < ENOUGH_MB
    many = bench.run(name, params=ALL[name], rows=MANY_ROWS, memory_mb=ENOUGH_MB)
    assert (many.status, many.code) == ("memory", "E_MEMORY")


def test_every_offered_engine_is_tried_here() -> None:
    offered = {s.name for s in catalogue().values() if s.available and s.task == "any"}
    assert offered == set(ALL)


def test_condition_holds_in_every_row(bench: Bench) -> None:
    result = bench.run("bayesian_network", where={"event": 1}, rows=60)
    assert result.status == "ok", result.message
    made = bench.store.read_frame(result.outputs["synthetic"].sha256)
    assert len(made) == 60 and (made["event"] == 1).all()
    assert result.info["acceptance"] < 0.5


def test_untrained_diffusion_says_so_in_bounded_time(bench: Bench) -> None:
    params = {"n_iter": 1, "num_timesteps": 10, "lr": 1e-7}
    result = bench.run("ddpm", params=params, where={"age": 21, "sex": "f", "event": 1}, rows=500)
    assert result.status == "failed"
    assert result.code in {"E_UNDERTRAINED", "E_TOO_FEW_ROWS"}
    assert "%" in result.message


def test_marginals_keep_frequencies_and_nothing_else(bench: Bench) -> None:
    result = bench.run("marginal_distributions", rows=2000)
    made = bench.store.read_frame(result.outputs["synthetic"].sha256)
    real, _ = clinic()
    assert made["event"].mean() == pytest.approx(real["event"].mean(), abs=0.03)
    assert made["bmi"].mean() == pytest.approx(real["bmi"].mean(), abs=0.7)


def test_worker_parent_stays_small() -> None:
    heavy = "('torch', 'synthcity', 'sklearn', 'pandas', 'matplotlib')"
    code = (
        "import sys; import synthcraft.tools.jobs, synthcraft.tools.generators.catalogue; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_catalogue_agrees_with_the_installed_synthcity(bench: Bench) -> None:
    result = bench.loop.run_until_complete(bench.runner.run(JobSpec(kind="installed_engines")))
    assert result.status == "ok", result.message
    defaults, ours = result.info["defaults"], {"bins", "static_n_iter"}
    for spec in catalogue().values():
        if spec.backend != "synthcity" or not spec.available:
            continue
        for parameter in spec.parameters:
            if parameter.name not in ours:
                default = defaults[spec.name][parameter.name]
                assert default == parameter.default, f"{spec.name}.{parameter.name}"


def test_catalogue_holds_every_engine_of_the_installed_synthcity(bench: Bench) -> None:
    result = bench.loop.run_until_complete(bench.runner.run(JobSpec(kind="installed_engines")))
    ours = {spec.name: spec for spec in catalogue().values() if spec.backend == "synthcity"}
    names = result.info["names"]
    installed = {name: category for category, some in names.items() for name in some}
    assert set(ours) - set(installed) == {"goggle"}  # needs a library that is not here
    assert set(installed) <= set(ours)
    told = {"survival_analysis": "survival"}
    for name, category in installed.items():
        assert ours[name].category == told.get(category, category).replace("_", " "), name
