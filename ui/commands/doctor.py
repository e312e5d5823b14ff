"""`synthcraft doctor`: is everything here that a run needs?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import BAD_INPUT, DONE

if TYPE_CHECKING:
    from synthcraft.graph.database import Database
    from synthcraft.graph.deps import Settings

_PACKAGES = ("synthcity", "torch", "langgraph", "gradio", "pandas", "scikit-learn", "pydantic")
_FREE_GB = 5.0
_IMPORT_SECONDS = 180
_STYLE = {"ok": "green", "note": "yellow", "fail": "red"}


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "note", "fail"]
    detail: str
    hint: str = ""


_UNDAMAGED = Check("files", "ok", "nothing is half-written, left over or lost")


def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Also import synthcity (20 s).")] = False,
    home: options.Home = None,
    database: options.Database = None,
    cluster: options.Cluster = None,
    llm: Annotated[bool, typer.Option("--llm", help="Also ask the language model.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what lies damaged in the workspace.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Look at Python, packages, workspace, disk, settings, cluster and language model."""
    from synthcraft.graph.repair import examine as examine_workspace
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.repair import as_check

    settings = options.read_settings(home, database=database, cluster=cluster)
    answers, server = _database(settings)
    checks = [*examine(settings.home, deep), answers]
    damages = list(examine_workspace(settings.home, repair, server))
    checks += [as_check(damage) for damage in damages] or [_UNDAMAGED]
    if settings.cluster:
        from synthcraft.ui.commands.doctor_cluster import examine_cluster

        checks += examine_cluster(settings, settings.cluster)
    from synthcraft.ui.commands.doctor_llm import examine_model, named_model

    checks += examine_model(settings) if llm else named_model(settings)
    healthy = all(check.status != "fail" for check in checks)
    if as_json:
        told = [asdict(damage) for damage in damages]
        listed = [check._asdict() for check in checks]
        print_json({"healthy": healthy, "checks": listed, "damage": told})
    else:
        for check in checks:
            mark = typer.style(f"{check.status:5}", fg=_STYLE[check.status])
            typer.echo(f"{mark} {check.name}: {check.detail} {check.hint}".rstrip())
    raise typer.Exit(DONE if healthy else BAD_INPUT)


def examine(home: Path, deep: bool) -> Iterator[Check]:
    """Every check in turn; none raises."""
    plain: list[Callable[[], Check]] = [_python, lambda: _workspace(home), lambda: _disk(home)]
    plain += [_sqlite, _telemetry]
    for check in plain:
        yield check()
    yield from (_package(name) for name in _PACKAGES)
    if deep:
        yield _synthcity()


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    right = sys.version_info[:2] == (3, 11)
    return Check("python", "ok" if right else "fail", version, "" if right else "Use Python 3.11.")


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Check(name, "fail", "not installed", "Run `make install`.")


def _workspace(home: Path) -> Check:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / f".doctor-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return Check("workspace", "fail", f"{home}: {error.strerror}", "Choose another --home.")
    return Check("workspace", "ok", str(home))


def _disk(home: Path) -> Check:
    there = next((place for place in (home, *home.parents) if place.exists()), Path.cwd())
    free = shutil.disk_usage(there).free / 1e9
    enough = free >= _FREE_GB
    hint = "" if enough else f"Runs on large tables want {_FREE_GB:.0f} GB or more."
    return Check("disk", "ok" if enough else "note", f"{free:.1f} GB free", hint)


def _sqlite() -> Check:
    import sqlite3

    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table probe (x)")
    return Check("sqlite", "ok", sqlite3.sqlite_version)


def _database(settings: Settings) -> tuple[Check, Database | None]:
    """Opened as a run opens it, with whatever has to be set up in it; it, if it is a server."""
    from synthcraft.graph.database import database_of
    from synthcraft.graph.errors import SynthCraftError
    from synthcraft.graph.home import bound

    try:
        database = database_of(settings)
        if not database.identity:  # the file is looked at with the rest of the workspace
            return Check("database", "ok", f"{database.name} in the workspace"), None
        bound(database, settings.home)
    except SynthCraftError as error:
        return Check("database", "fail", error.message, error.hint), None
    return Check("database", "ok", f"{database.name} answers and keeps the projects"), database


def _telemetry() -> Check:
    traced = [name for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2") if os.getenv(name)]
    if any(os.environ[name].lower() in ("1", "true") for name in traced):
        return Check("telemetry", "ok", f"off: {', '.join(traced)} is set and not followed")
    return Check("telemetry", "ok", "off")


def _synthcity() -> Check:
    """Import synthcity in a child, as a worker does."""
    code = "import synthcity.plugins"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, timeout=_IMPORT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Check("worker", "fail", f"no answer in {_IMPORT_SECONDS} s", "Is memory short?")
    if done.returncode:
        return Check("worker", "fail", "synthcity cannot be imported", "Run `make install`.")
    return Check("worker", "ok", "synthcity imports in a child process")
