"""Shared fixtures: real tables where they are, small made ones everywhere."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read when langgraph is imported
os.environ["OMP_NUM_THREADS"] = "1"
for _name in [n for n in os.environ if n.startswith("SYNTHCRAFT_")]:
    if not _name.startswith("SYNTHCRAFT_TEST_"):  # says where a model for tests is
        del os.environ[_name]

import hypothesis
import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.deps import Settings
from synthcraft.graph.memory import drift_file
from synthcraft.graph.runner import Runner, open_runner
from tests.postgres_server import PostgresServer, started

# The same examples every time; `make fuzz` looks for new ones.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis.settings.load_profile("suite")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def nhanes() -> Path:
    """The NHANES table of the paper."""
    path = SHARED / "nhanes" / "nhanes_2021_2023.csv"
    if not path.exists():
        pytest.skip("the shared NHANES table is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def nhanes_parts() -> list[Path]:
    """The five NHANES files as the agency publishes them."""
    names = ("DEMO_L", "BMX_L", "TCHOL_L", "INS_L", "MCQ_L")
    paths = [SHARED / "nhanes" / f"{name}.xpt" for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip("the shared NHANES files are not beside this checkout")
    return paths


def clinic(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """A small clinical table: mixed types, missing values, an identifier, a rare outcome."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, rows)
    bmi = np.round(rng.normal(27, 5, rows), 1)
    sex = rng.choice(["female", "male"], rows)
    site = rng.choice(["north", "south", "east", "west"], rows, p=[0.4, 0.3, 0.2, 0.1])
    glucose = np.round(80 + 0.6 * age + rng.normal(0, 15, rows), 1)
    risk = 1 / (1 + np.exp(-(-6 + 0.06 * age + 0.06 * bmi)))
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{n:06d}" for n in rng.permutation(rows) + 1000],
            "age": age,
            "sex": sex,
            "site": site,
            "bmi": np.where(rng.random(rows) < 0.1, np.nan, bmi),
            "glucose": glucose,
            "visit": pd.date_range("2021-01-01", periods=rows, freq="D").strftime("%Y-%m-%d"),
            "stroke": (rng.random(rows) < risk).astype(int),
        }
    )
    return frame


@pytest.fixture
def clinic_csv(tmp_path: Path) -> Path:
    """The small clinical table as a CSV file."""
    path = tmp_path / "clinic.csv"
    clinic().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of Debian's package; its password is in the environment meanwhile."""
    with started() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", server.password)
        yield server


@pytest.fixture
def database() -> str:
    """Where projects are kept; tests of other databases say otherwise."""
    return "sqlite:"


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    """A workspace of its own."""
    return Settings.from_env(home=tmp_path / "home", environ={}, actor="tester", database=database)


@pytest.fixture
async def fresh_runner(settings: Settings) -> AsyncIterator[Runner]:
    """A runner on that workspace, where nothing has happened yet."""
    async with open_runner(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def shared_runner(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Runner]:
    """Shared by all tests: its worker stays warm and finished jobs are not repeated."""
    home = tmp_path_factory.mktemp("home")
    async with open_runner(Settings.from_env(home=home, environ={}, actor="tester")) as opened:
        yield opened


@pytest.fixture
def runner(shared_runner: Runner) -> Runner:
    """The shared runner, without what other tests have taught it."""
    policy = shared_runner.deps.settings.policy_file
    for path in (policy, drift_file(policy)):
        path.unlink(missing_ok=True)
    return shared_runner
