"""Installing an engine: built beside its place, checked, then renamed into it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.artifacts import private_folder, replace_file
from synthcraft.tools.generators.engines import (
    Engine,
    Installed,
    folder,
    installed,
    python_of,
    write_record,
)

_SECONDS = 900
_MB = 1 << 20
_DISK = ("No space left on device", "Errno 28", "os error 28", "Disk quota exceeded")
_INDEX = (
    "error sending request", "dns error", "Connection", "Could not connect", "timed out",
    "Failed to fetch", "No matching distribution", "Temporary failure in name resolution",
    "no versions of", "not found in the package registry", "Network connectivity is disabled",
)  # fmt: skip


class EngineError(SynthCraftError):
    """An engine could not be installed."""

    code = "E_ENGINE"


def install(home: Path, engine: Engine) -> Installed:
    """Make the engine's environment; nothing happens where it is there already.

    Raises:
        EngineError: with what to do; nothing is left half.
    """
    if record := installed(home, engine.name):
        return record
    if sys.version_info[:2] != (3, 11):
        raise EngineError(f"{engine.title} runs on Python 3.11 only.", "Use Python 3.11.")
    place = folder(home, engine.name)
    try:
        private_folder(place.parent)
        building = Path(tempfile.mkdtemp(prefix=f".{engine.name}-", dir=place.parent))
        try:
            record = _build(home, engine, building)
            _move(building, place)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        raise _explained(engine, home, os.strerror(error.errno or errno.EIO)) from error
    return record


def _build(home: Path, engine: Engine, building: Path) -> Installed:
    python = python_of(building)
    for command in _commands(building, engine.requirements):
        _run(command, home, engine)
    said = _run([str(python), "-s", "-P", str(engine.driver), "--versions"], home, engine)
    found = json.loads(said)
    files = (path for path in building.rglob("*") if path.is_file() and not path.is_symlink())
    record = Installed(
        name=engine.name,
        python=found["python"],
        requirements_sha256=engine.digest,
        packages=found["packages"],
        size_mb=round(sum(path.stat().st_size for path in files) / _MB, 1),
    )
    write_record(building, record)
    building.chmod(0o700)
    return record


def _commands(building: Path, requirements: Path) -> list[list[str]]:
    """With uv where there is one, else with what Python brings."""
    python = str(python_of(building))
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    wanted = ["--only-binary", ":all:", "-r", str(requirements)]
    if uv:
        return [
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(building)],
            [uv, "pip", "install", "--quiet", "--python", python, *wanted],
        ]
    return [
        [sys.executable, "-m", "venv", str(building)],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
    ]


def _run(command: Sequence[str], home: Path, engine: Engine) -> str:
    """What a step printed; what it complained of goes to the log."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            list(command), capture_output=True, text=True, timeout=_SECONDS, env=env, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _explained(engine, home, "timed out") from error
    if done.returncode:
        raise _explained(engine, home, done.stderr + done.stdout)
    return done.stdout


def _explained(engine: Engine, home: Path, said: str) -> EngineError:
    log = home / "logs" / f"engine-{engine.name}.log"
    try:
        private_folder(log.parent)
        replace_file(log, [said.encode()])
    except OSError:
        log = home
    if any(word in said for word in _DISK):
        why, hint = "the disk is full", "Make room (about 1 GB) and try again."
    elif any(word in said for word in _INDEX):
        why = "the package index could not be reached, or lacks a package"
        hint = f"Check the network and the settings of pip or uv, then try again; see {log}."
    else:
        why, hint = "a step failed", f"See {log}."
    return EngineError(f"{engine.title} was not installed: {why}. Nothing was left behind.", hint)


def _move(building: Path, place: Path) -> None:
    """Into its place; what was there before goes, whole."""
    if place.exists():
        old = building.with_name(f"{building.name}.old")
        place.rename(old)
        shutil.rmtree(old, ignore_errors=True)
    building.rename(place)
