"""What the tests of faults, crashes and clusters share: commands in processes, approvals."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.jobs import JobResult, JobRunner, JobSpec
from synthcraft.tools.schema_inference import infer_schema

Approve = Callable[[Runner, SessionView, str | None], Awaitable[SessionView]]
_COMMAND = [sys.executable, "-c", "from synthcraft.ui.cli import main; main()"]
_CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=int(sys.argv[2]), processes=True, threads_per_worker=1,
                           dashboard_address=None, local_directory=sys.argv[1])
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""
FAULTS = f"{Path(__file__).parent}:faulty_generators"


@dataclass
class CommandLine:
    """The real command, each time in a process of its own, on one workspace."""

    home: Path
    database: str = "sqlite:"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command; it leads a process group."""
        return subprocess.Popen(
            [*_COMMAND, *words, "--home", str(self.home), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "SYNTHCRAFT_DATABASE": self.database},
            start_new_session=True,
        )

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the printed document of a command."""
        process = self.start(*words)
        printed, said = process.communicate()
        assert "Traceback" not in printed + said
        return process.returncode, json.loads(printed)

    def session(self) -> str:
        """The only project of the workspace, without starting another process for it."""
        locks = list((self.home / "locks").glob("*.lock"))
        (file,) = locks or (self.home / "audit").glob("*.jsonl")
        return file.stem


@pytest.fixture
def commands(tmp_path: Path, database: str) -> CommandLine:
    """The command line on a workspace of its own."""
    return CommandLine(tmp_path / "home", database)


@dataclass
class DaskCluster:
    """A scheduler and its workers, each in a process of its own."""

    process: subprocess.Popen[str]
    address: str

    def lose_scheduler(self) -> None:
        """Kill it as a power failure would."""
        self.process.kill()
        self.process.wait()


class Engines:
    """One warm worker for engines of survival and of visits: synthcity is imported once."""

    def __init__(self, home: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._store = ArtifactStore(home / "artifacts")
        self._runner = JobRunner(self._store, home, parallel=1)

    def job(self, kind: str, params: dict[str, Any], frame: pd.DataFrame, seed: int) -> JobResult:
        """What came of a job on a table."""
        schema = infer_schema(frame)
        inputs = {
            "train": self._store.put_frame(frame, "train").sha256,
            "schema": self._store.put_json(schema.model_dump(mode="json"), "schema").sha256,
        }
        spec = JobSpec(kind=kind, params=params, inputs=inputs, seed=seed, memory_mb=4096)
        return self._loop.run_until_complete(self._runner.run(spec))

    def made(self, result: JobResult) -> pd.DataFrame:
        """The table that a job made; it must have worked."""
        assert result.status == "ok", f"{result.code}: {result.message}"
        return self._store.read_frame(result.outputs["synthetic"].sha256)

    def close(self) -> None:
        """End the worker."""
        self._loop.run_until_complete(self._runner.close())
        self._loop.close()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The worker that tests of these engines share."""
    opened = Engines(tmp_path_factory.mktemp("engines"))
    yield opened
    opened.close()


StartCluster = Callable[..., DaskCluster]


@pytest.fixture(scope="module")
def start_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartCluster]:
    """Starts clusters; `spoilt` is Python code that every worker runs first."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    started: list[subprocess.Popen[str]] = []

    def start(workers: int = 1, spoilt: str = "") -> DaskCluster:
        folder = tmp_path_factory.mktemp("dask")
        (folder / "start.py").write_text(_CLUSTER)
        process = subprocess.Popen(
            [sys.executable, "start.py", str(folder), str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env=os.environ | ({"DASK_DISTRIBUTED__WORKER__PRELOAD": spoilt} if spoilt else {}),
        )
        started.append(process)
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address, "the cluster did not start"
        return DaskCluster(process, address)

    yield start
    for process in started:
        process.communicate(timeout=60)


@pytest.fixture
def approve() -> Approve:
    """Approves gate after gate, up to the named one or to the end."""

    async def approve_until(
        runner: Runner, view: SessionView, gate: str | None = None
    ) -> SessionView:
        while view.status == "waiting" and view.waiting_for != gate:
            answer = Answer(verdict="approve", actor="Dr Test")
            view = await runner.answer(view.session, view.interrupt_id or "", answer)
        return view

    return approve_until


@pytest.fixture
def faults() -> Iterator[str]:
    """Generators that misbehave, in the catalogue of this process; the module for workers."""
    with register_faults():
        yield FAULTS


@contextmanager
def register_faults() -> Iterator[None]:
    """Make the generators that misbehave known for a while."""
    from synthcraft.tools.generators import catalogue

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        importlib.import_module("faulty_generators").register_specs()
        yield
    catalogue._load.cache_clear()
