"""Killed in the middle, without room, without permission: nothing finished is lost."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import StoreError
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import SessionView
from synthcraft.tools.audit import audit_log

Approve = Callable[..., Awaitable[SessionView]]
ASKED = Changes(target="stroke", include=("cart",))


def run_words(table: Path, out: Path, generators: str = "cart") -> list[str]:
    """A run that approves everything."""
    words = ["run", str(table), "--use-case", "development", "--generators", generators]
    words += ["--columns", "age,sex,bmi,stroke", "--seed", "3", "--preset", "quick"]
    words += ["--tier", "quick"]
    return [*words, "--approve", "auto", "--out", str(out)]


def resume_words(session: str, out: Path) -> list[str]:
    """Go on with it."""
    return ["sessions", "resume", session, "--approve", "auto", "--out", str(out)]


def synthetic(out: Path) -> dict[str, bytes]:
    """The released tables."""
    files = sorted((out / "synthetic").iterdir())
    return {f.name: f.read_bytes() for f in files if f.suffix in (".csv", ".parquet")}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Until it holds; fails when the process ends first."""
    while not condition():
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL the process alone, then wait until all of its descendants have ended too."""
    below = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(below, timeout=30)
    assert alive == []


def test_a_killed_fit_is_resumed_and_finished_work_is_not_repeated(
    clinic_csv: Path, commands: Any, tmp_path: Path
) -> None:
    both = "cart,bayesian_network"
    process = commands.start(*run_words(clinic_csv, tmp_path / "killed", both))
    records = commands.home / "jobs"
    wait_for(lambda: bool(list(records.glob("*/*.json"))), process)
    kill(process)
    (record,) = records.glob("*/*.json")  # the other one was still training
    made = json.loads(record.read_text())["outputs"]["synthetic"]["sha256"]
    written = record.stat().st_ino  # its time says when it was last used
    session = commands.session()
    shown = commands.run("sessions", "show", session)[1]
    assert (shown["status"], shown["candidates"]) == ("interrupted", [])
    code, printed = commands.run(*resume_words(session, tmp_path / "killed"))
    assert code == 0 and printed["status"] == "finished"
    shown = commands.run("sessions", "show", session)[1]
    first, second = shown["candidates"]
    assert (first["generator"], first["cached"], first["sha256"]) == ("cart", True, made)
    assert (second["generator"], second["cached"]) == ("bayesian_network", False)
    assert record.stat().st_ino == written
    undisturbed = type(commands)(tmp_path / "other-home")
    assert undisturbed.run(*run_words(clinic_csv, tmp_path / "whole", both))[0] == 0
    assert synthetic(tmp_path / "killed") == synthetic(tmp_path / "whole") != {}


def test_a_terminal_that_is_lost_at_a_gate_leaves_the_question_open(
    clinic_csv: Path, commands: Any
) -> None:
    ours, theirs = pty.openpty()
    words = ["run", str(clinic_csv), "--target", "stroke", "--home", str(commands.home)]
    process = subprocess.Popen(
        [sys.executable, "-c", "from synthcraft.ui.cli import main; main()", *words],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    assert process.stderr is not None
    while "intake" not in (line := process.stderr.readline().lower()) and "?" not in line:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    os.close(ours)
    code, printed = commands.run("sessions", "resume", commands.session())
    assert (code, printed["status"], printed["waiting_for"]) == (3, "waiting", "intake")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts small file systems of their own."""
    places: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"mount{len(places)}"
        place.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if os.geteuid() or subprocess.run(words, check=False).returncode:
            pytest.skip("a small file system can be mounted by the administrator only")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take the room that is left."""
    file = place / "filler"
    with file.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            return file


@pytest.mark.parametrize(
    ("gate", "after"), [("intake", "intent"), ("parameters", "generation"), ("generation", None)]
)
async def test_a_full_disk_is_a_sentence_and_the_work_goes_on_after_room_is_made(
    gate: str,
    after: str | None,
    clinic_csv: Path,
    approve: Approve,
    mounted: Callable[[str], Path],
) -> None:
    home = mounted("size=24m") / "home"
    async with open_runner(Settings.from_env(home=home, environ={}, actor="Dr Test")) as runner:
        view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
        view = await approve(runner, view, gate)
        filler = fill(home.parent)
        with pytest.raises(StoreError) as caught:
            await approve(runner, view)
        assert caught.value.code == "E_DISK_FULL", str(caught.value)
        stopped = await runner.view(view.session)
        assert stopped.status in ("waiting", "interrupted")
        assert stopped.candidates == view.candidates
        assert stopped.step >= view.step
        filler.unlink()
        now = await approve(runner, await runner.resume(view.session), after)
        assert now.status == ("waiting" if after else "finished")
        assert [c.status for c in now.candidates] == ([] if after == "intent" else ["ok"])
        head = (await runner._snapshot(view.session)).values["audit_head"]
        assert audit_log(home, view.session).verify(head) == []


async def test_a_report_without_room_keeps_the_one_before(
    runner: Runner, clinic_csv: Path, approve: Approve, mounted: Callable[[str], Path]
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    view = await approve(runner, view)
    out = mounted("size=8m") / "out"
    await runner.export(view.session, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    filler = fill(out.parent)
    with pytest.raises(StoreError) as caught:
        await runner.export(view.session, out)
    assert caught.value.code == "E_DISK_FULL"
    filler.unlink()
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    await runner.export(view.session, out)


def test_a_read_only_output_folder_is_found_before_anything_is_done(
    clinic_csv: Path, commands: Any, mounted: Callable[[str], Path]
) -> None:
    place = mounted("size=1m,ro")
    code, printed = commands.run(*run_words(clinic_csv, place / "out"))
    assert code == 2 and printed["error"]["message"]
    assert commands.run("sessions", "list")[1] == {"sessions": []}


def test_a_read_only_workspace_is_named_and_left_as_it_is(
    clinic_csv: Path, commands: Any, mounted: Callable[[str], Path]
) -> None:
    place = mounted("size=40m")
    there = type(commands)(place / "home")
    assert there.run("run", str(clinic_csv), "--target", "stroke")[0] == 3
    session = there.session()
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    for words in (
        ["sessions", "list"],
        ["sessions", "resume", session, "--answer", "approve"],
        ["sessions", "delete", session, "--yes"],
        ["run", str(clinic_csv)],
    ):
        code, printed = there.run(*words)
        assert (code, printed["error"]["code"]) == (1, "E_PERMISSION"), printed
        assert "writable" in printed["error"]["hint"]
    code, printed = there.run("doctor", "--repair")
    assert (code, printed["healthy"]) == (2, False)
    assert not [one for one in printed["damage"] if one["state"] == "mended"]
    subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
    code, printed = there.run("sessions", "resume", session, "--answer", "approve")
    assert (code, printed["waiting_for"]) == (3, "intent")
