"""Which engines finish on a large table within half an hour and 12 GB, and which are refused."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.bench_commands import COMMAND
from synthcraft.tools.limits_os import ONE_THREAD

ROWS, COLUMNS = 100_000, 20
MINUTES = 30.0
MEMORY_MB = 12_000


@case("engines_large", long=True)
def large(bench: Workbench) -> Iterator[Line]:
    """Every engine that can run here, as `generators pilot --run` treats it."""
    from synthcraft.evals.evaluation_tables import widened
    from synthcraft.tools.generators.budget import fits
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.engines import available

    path = bench.folder / "large.csv"
    widened(bench.table, ROWS, COLUMNS).to_csv(path, index=False)
    for spec in catalogue().values():
        if not available(spec, bench.folder) or spec.category not in ("generic", "privacy"):
            continue
        params = spec.at("standard", ROWS)
        seconds = spec.seconds(ROWS, COLUMNS, params)
        memory = spec.memory_mb(ROWS, COLUMNS, params)
        by = f"the catalogue says {seconds:,.0f} s and {memory:,.0f} MB"
        if fits(seconds, MINUTES) and memory <= MEMORY_MB:
            yield _line(spec.name, _piloted(path, spec.name, bench.folder), by)
        else:
            yield _none(spec.name, f"refused before anything ran: {by}")


def _piloted(table: Path, engine: str, home: Path) -> dict[str, Any]:
    """The command's answer, or its sentence under `error`."""
    command = [str(COMMAND), "generators", "pilot", str(table)]
    command += ["--engine", engine, "--minutes", str(MINUTES), "--run", "--json"]
    limits = {"SYNTHCRAFT_MEMORY_MB": str(MEMORY_MB), "SYNTHCRAFT_JOB_TIMEOUT_S": str(60 * MINUTES)}
    done = subprocess.run(
        [*command, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | ONE_THREAD | limits,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    if done.returncode:
        return {"error": answer["error"]["message"]}
    found: dict[str, Any] = answer["pilots"][0]
    return found


def _line(engine: str, found: dict[str, Any], by: str) -> Line:
    if "error" in found:
        return _none(engine, found["error"])
    said, actual = found["predicted"], found["actual"]
    pilot = f"{by}, the pilot {said['seconds']:,.0f} s and {said['memory_mb']:,.0f} MB"
    if found["refused"]:
        return _none(engine, f"refused after its pilot: {pilot}")
    if "seconds" not in actual:
        return _none(engine, f"{actual['message']} Before: {pilot}")
    note = f"{pilot}; it took {actual['memory_mb']:,.0f} MB"
    return Line(name=_name(engine), unit="s", values=(actual["seconds"],), note=note)


def _none(engine: str, why: str) -> Line:
    return Line(name=_name(engine), unit="s", values=(), note=why)


def _name(engine: str) -> str:
    return f"{engine}, {ROWS:,} × {COLUMNS}"
