"""A cluster from the command line: looked at before it is used, told plainly when it cannot be."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import ClusterError
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import SessionView
from synthcraft.tools import cluster, cluster_connect
from synthcraft.ui.cli import app

Approve = Callable[..., Awaitable[SessionView]]
cli = CliRunner()
NOBODY = "tcp://127.0.0.1:9"
ELSEWHERE = """
import synthcraft.tools.cluster_meeting as meeting
meeting._sign = lambda place: place / "on-another-disk"
"""
OLDER = """
import synthcraft.tools.cluster_meeting as meeting
found = meeting.versions()
meeting.versions = lambda: found | {"numpy": "0.9"}
"""
SPOILT = {
    "folder": (ELSEWHERE, "E_CLUSTER_FOLDER", "does not share the workspace", "--home"),
    "versions": (OLDER, "E_CLUSTER_VERSIONS", "numpy 0.9 (here", "constraints.txt"),
}


def doctor(address: str, home: Path) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and what is said about the cluster."""
    words = ["doctor", "--cluster", address, "--home", str(home), "--json"]
    result = cli.invoke(app, words)
    checks = json.loads(result.stdout)["checks"]
    named = ("cluster", "worker ")
    return result.exit_code, [check for check in checks if check["name"].startswith(named)]


async def fitted(runner: Runner, table: Path, approve: Approve) -> list[str]:
    """SHA-256 of what the generators of a new project made."""
    asked = Changes(target="stroke", include=("cart",), preset="quick")
    view = await runner.start([table], asked, seed=1, unattended=True)
    view = await approve(runner, view, "generation")
    return made(view)


def made(view: SessionView) -> list[str]:
    assert [c.status for c in view.candidates] == ["ok"]
    return [str(c.sha256) for c in view.candidates]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for long."""
    monkeypatch.setattr(cluster_connect, "_CONNECT_S", 0.5)


def test_doctor_tells_what_every_worker_is_like(start_cluster: Any, tmp_path: Path) -> None:
    code, checks = doctor(start_cluster(2).address, tmp_path)
    assert code == 0
    assert [check["name"][:7] for check in checks] == ["cluster", "worker ", "worker "]
    assert "2 workers, 2 jobs at once" in checks[0]["detail"]
    for check in checks[1:]:
        assert "same versions, shares the workspace" in check["detail"]
        assert " 0 MB" not in check["detail"]
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize("case", SPOILT)
async def test_workers_that_would_spoil_a_run_are_found_and_refused(
    case: str, start_cluster: Any, clinic_csv: Path, settings: Settings, approve: Approve
) -> None:
    spoilt, code, what, hint = SPOILT[case]
    address = start_cluster(1, spoilt).address
    with pytest.raises(ClusterError) as caught:
        async with open_runner(settings.model_copy(update={"cluster": address})) as runner:
            await fitted(runner, clinic_csv, approve)
    assert caught.value.code == code
    assert what in caught.value.message and hint in caught.value.hint


@pytest.mark.parametrize("case", SPOILT)
def test_doctor_names_the_worker_and_what_to_do(
    case: str, start_cluster: Any, tmp_path: Path
) -> None:
    spoilt, _, what, hint = SPOILT[case]
    code, checks = doctor(start_cluster(1, spoilt).address, tmp_path)
    assert code == 2
    assert [check["status"] for check in checks] == ["ok", "fail"]
    assert what in checks[1]["detail"] and hint in checks[1]["hint"]


def test_a_cluster_without_workers_is_a_note(start_cluster: Any, tmp_path: Path) -> None:
    code, checks = doctor(start_cluster(0).address, tmp_path)
    assert code == 0
    assert [check["status"] for check in checks] == ["note"]


def test_nobody_at_the_address_is_one_sentence(impatient: None, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    pd.DataFrame({"a": range(200), "b": [0, 1] * 100}).to_csv(table, index=False)
    words = ["evaluate", str(table), str(table), "--cluster", NOBODY, "--home", str(tmp_path)]
    result = cli.invoke(app, words)
    assert result.exit_code == 2
    assert f"The cluster at {NOBODY} does not answer" in result.stderr
    assert "Check the address" in result.stderr and "Traceback" not in result.output
    code, checks = doctor(NOBODY, tmp_path)
    assert code == 2 and [check["status"] for check in checks] == ["fail"]


@pytest.mark.parametrize("address", ["", "host:8786", "tcp://host", "http://host:8786", "tcp://"])
def test_what_is_no_address_is_refused_at_once(address: str, tmp_path: Path) -> None:
    result = cli.invoke(app, ["run", "a.csv", "--cluster", address, "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "tcp://host:8786" in result.stderr and "--cluster" in result.stderr


async def test_the_first_gate_is_reached_without_the_cluster(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, clinic_csv: Path
) -> None:
    monkeypatch.setattr(cluster, "connect", None)
    async with open_runner(settings.model_copy(update={"cluster": NOBODY})) as runner:
        view = await runner.start([clinic_csv], Changes(target="stroke"), seed=1)
        assert view.waiting_for == "intake"
        assert await runner.sessions()


async def test_a_lost_scheduler_costs_nothing_that_was_done(
    start_cluster: Any, commands: Any, clinic_csv: Path, tmp_path: Path, approve: Approve
) -> None:
    async with open_runner(Settings(home=tmp_path / "near")) as runner:
        here = await fitted(runner, clinic_csv, approve)
    far = start_cluster(1)
    words = ["run", str(clinic_csv), "--target", "stroke", "--generators", "cart", "--seed", "1"]
    words += ["--preset", "quick", "--approve", "auto", "--cluster", far.address]
    with commands.start(*words) as process:
        begun = any("Waiting for a free worker" in line for line in process.stderr)
        far.lose_scheduler()
        printed, said = process.communicate(timeout=60)
    assert begun
    assert process.returncode == 2, said
    error = json.loads(printed)["error"]
    assert error["code"] == "E_CLUSTER_UNREACHABLE"
    session = commands.session()
    assert f"synthcraft sessions resume {session}" in error["hint"]
    assert "distributed" not in said and "Traceback" not in said
    async with open_runner(Settings(home=commands.home)) as runner:
        view = await runner.resume(session)
        assert made(await approve(runner, view, "generation")) == here


async def test_the_cluster_makes_the_same_bytes_as_this_machine(
    start_cluster: Any, clinic_csv: Path, tmp_path: Path, approve: Approve
) -> None:
    address = start_cluster(1).address
    places = [Settings(home=tmp_path / "far", cluster=address), Settings(home=tmp_path / "near")]
    found = []
    for place in places:
        async with open_runner(place) as runner:
            found.append(await fitted(runner, clinic_csv, approve))
    assert found[0] == found[1]
