"""The engine dpmm in its own interpreter, through the real worker: the same promises as all.

Wants the engine in `.engines`, where `make engines` puts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.engines import installed
from synthcraft.tools.jobs import JobProgress, JobResult, JobRunner, JobSpec
from synthcraft.tools.table_schema import Column, TableSchema

ENGINES = Path(__file__).parents[2] / ".engines"
FEW = {"n_iters": 20, "bins": 4}
NAMES = ["dpmm_mst", "dpmm_aim"]
ROWS = 200

pytestmark = pytest.mark.skipif(
    installed(ENGINES, "dpmm") is None, reason="dpmm is not installed; run `make engines`"
)


def ward() -> tuple[pd.DataFrame, TableSchema]:
    """Numbers, labels, a date and missing values; a codebook for all but one column."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "age": pd.array(rng.integers(20, 90, ROWS), dtype="Int64"),
            "bmi": rng.normal(28, 5, ROWS).round(1).clip(15, 45),
            "sex": pd.array(rng.choice(["f", "m"], ROWS), dtype="string"),
            "seen": (
                pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D")
            ).astype("datetime64[ns]"),
            "event": pd.array((rng.random(ROWS) < 0.3).astype(int), dtype="Int64"),
        }
    )
    frame.loc[rng.random(ROWS) < 0.4, "sex"] = pd.NA
    columns: list[dict[str, Any]] = [
        {"kind": "integer", "low": 0, "high": 99, "decimals": 0, "declared": True},
        {"kind": "numeric", "low": 15, "high": 45, "decimals": 1},
        {"kind": "category", "categories": ("f", "m"), "nullable": True, "declared": True},
        {"kind": "date", "low": "2020-01-01", "high": "2022-12-31", "date_format": "%Y-%m-%d",
         "declared": True},
        {"kind": "binary", "categories": (0, 1), "declared": True},
    ]  # fmt: skip
    return frame, TableSchema(
        columns=tuple(
            Column.model_validate({"name": name, "dtype": str(frame[name].dtype), **column})
            for name, column in zip(frame.columns, columns, strict=True)
        )
    )


class Ward:
    """A workspace with the engine and the table in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "engines").symlink_to(ENGINES / "engines")
        self.store = ArtifactStore(home / "artifacts")
        self.runner = JobRunner(self.store, home, parallel=1)
        frame, schema = ward()
        self.inputs = {
            "train": self.store.put_frame(frame, "train").sha256,
            "schema": self.store.put_json(schema.model_dump(mode="json"), "schema").sha256,
        }

    async def run(
        self, name: str, listen: Callable[[JobProgress], None] | None = None, **more: Any
    ) -> JobResult:
        """One job, computed anew."""
        limits = {key: more.pop(key) for key in ("seed", "memory_mb") if key in more}
        params = {"generator": name, "rows": 150, "where": {}, "params": FEW} | more
        spec = JobSpec(kind="generate", params=params, inputs=self.inputs, **{"seed": 4, **limits})
        (self.home / "jobs" / spec.key[:2] / f"{spec.key}.json").unlink(missing_ok=True)
        return await self.runner.run(spec, listen)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Ward]:
    made = Ward(tmp_path)
    yield made
    await made.runner.close()


def drivers() -> list[psutil.Process]:
    """Engines that run on this machine for this process."""
    children = psutil.Process().children(recursive=True)
    return [p for p in children if any("dpmm_driver" in word for word in p.cmdline())]


@pytest.mark.parametrize("name", [pytest.param(NAMES[0], marks=pytest.mark.slow), NAMES[1]])
async def test_the_engine_keeps_form_seed_and_budget(bench: Ward, name: str) -> None:
    heard: list[float] = []
    result = await bench.run(name, lambda p: heard.append(p.fraction))
    assert result.status == "ok", result.message
    real, _ = ward()
    made = bench.store.read_frame(result.outputs["synthetic"].sha256)
    assert len(made) == 150 and made.dtypes.to_dict() == real.dtypes.to_dict()
    assert made["sex"].isna().any() and set(made["sex"].dropna()) <= {"f", "m"}
    assert made["age"].between(0, 99).all() and made["age"].nunique() > 5
    assert made["seen"].between("2020-01-01", "2022-12-31").all()
    assert (made["bmi"] == made["bmi"].round(1)).all() and set(made["event"]) == {0, 1}
    assert heard and heard == sorted(heard)
    assert 0 < result.info["epsilon_spent"] <= 1.000001
    assert result.info["domain_from_data"] == ["bmi"]
    assert result.info["engine"] == "dpmm 0.1.9"
    again = await bench.run(name)
    assert not again.cached
    assert again.outputs["synthetic"].sha256 == result.outputs["synthetic"].sha256
    other = await bench.run(name, seed=5)
    assert other.outputs["synthetic"].sha256 != result.outputs["synthetic"].sha256
    assert not drivers()


async def test_a_condition_holds_in_every_row(bench: Ward) -> None:
    result = await bench.run("dpmm_mst", where={"event": 1}, rows=60)
    assert result.status == "ok", result.message
    made = bench.store.read_frame(result.outputs["synthetic"].sha256)
    assert len(made) == 60 and (made["event"] == 1).all()
    assert result.info["drawn"] > 60


async def test_a_cancel_reaches_the_other_interpreter(bench: Ward) -> None:
    begun = asyncio.Event()

    def listen(progress: JobProgress) -> None:
        if "measuring" in progress.message:
            begun.set()

    job = asyncio.ensure_future(bench.run("dpmm_aim", listen, params={"n_iters": 100_000}))
    await asyncio.wait_for(begun.wait(), 60)
    assert drivers()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(job, 2)
    assert not drivers() and not any((bench.home / "work").iterdir())


async def test_the_memory_of_the_other_interpreter_counts(bench: Ward) -> None:
    alone = await bench.run("dpmm_mst")
    limit = int(alone.peak_mb) - 60
    result = await bench.run("dpmm_mst", memory_mb=limit)
    assert (result.status, result.code) == ("memory", "E_MEMORY"), result.message
    assert not drivers()


async def test_where_the_engine_is_missing_the_job_says_how_to_get_it(tmp_path: Path) -> None:
    bench = Ward(tmp_path)
    (tmp_path / "engines").unlink()
    result = await bench.run("dpmm_mst")
    await bench.runner.close()
    assert (result.status, result.code) == ("failed", "E_UNAVAILABLE")
    assert "synthcraft engines install dpmm" in result.message
