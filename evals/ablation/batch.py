"""Batch: many runs, kept line by line, so that an interrupted batch goes on where it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthcraft.evals.ablation.build import Setup
from synthcraft.evals.ablation.execute import execute
from synthcraft.evals.ablation.models import MOST_TOKENS
from synthcraft.evals.ablation.records import Key, Trace
from synthcraft.evals.ablation.results import AND, AblationResults, misses, summed
from synthcraft.evals.ablation.task import Task
from synthcraft.evals.ablation.watched import SharedJobs
from synthcraft.evals.machine import this_machine
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import digest_of
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.provenance import utc_now

HARNESS = 2
"""Raised when runs are carried out or noted otherwise, so that old ones are not mixed in."""
TRACES, COMMANDS = "traces.jsonl", "commands.txt"


def config_of(tasks: dict[str, Task]) -> dict[str, Any]:
    """What runs must share to stand in one table: harness, versions, all tasks that there are."""
    names = ("synthcraft", "langgraph", "synthcity", "scikit-learn")
    return {
        "harness": HARNESS,
        "versions": {name: version(name) for name in names},
        "tokens": MOST_TOKENS,
        "tasks": {name: task.digest for name, task in tasks.items()},
    }


class Kept:
    """The traces of a folder: one line each, after a line with the configuration."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.path, self.config = folder / TRACES, config

    @property
    def digest(self) -> str:
        """Of the configuration."""
        return digest_of(self.config)

    def open(self) -> list[Trace]:
        """What is there; a line that a crash cut short is dropped.

        Raises:
            InputError: it comes from another configuration, or is no file of ours.
        """
        if not self.path.exists():
            self._write(json.dumps({"config": self.digest, **self.config}), "w")
            return []
        head, *lines = self.path.read_bytes().split(b"\n")
        self._same(head)
        if lines and lines[-1]:  # never finished
            whole = self.path.read_bytes()
            self.path.write_bytes(whole[: whole.rfind(b"\n") + 1])
        try:
            return [Trace.model_validate_json(line) for line in lines[:-1]]
        except ValidationError:
            raise InputError(
                f"The traces in {self.path.name} cannot be read.", "Choose another folder."
            ) from None

    def add(self, trace: Trace) -> None:
        """Keep one more run."""
        self._write(trace.model_dump_json(), "a")

    def _write(self, line: str, mode: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open(mode, encoding="utf-8") as file:
            file.write(f"{line}\n")

    def _same(self, head: bytes) -> None:
        try:
            found = json.loads(head)["config"]
        except (ValueError, KeyError, TypeError):
            found = ""
        if found != self.digest:
            raise InputError(
                f"The runs in {self.path.name} come from another configuration, and are not mixed.",
                "Choose another folder with --work, or move these away.",
            )


class Here(ThreadPoolExecutor):
    """Carries out at once what is handed to it: one run at a time needs no other threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The result, or the error, as a future that is done."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


def pending(setup: Setup, seeds: int, kept: list[Trace]) -> Iterator[Key]:
    """Runs that are still to do; those that an endpoint spoilt are done again."""
    done = {trace.key for trace in kept if trace.ended != "infrastructure"}
    return (key for key in setup.keys(seeds) if key not in done)


def all_commands(folder: Path, command: str) -> str:
    """What repeats everything that is kept in a folder: this command beside those before."""
    path = folder / COMMANDS
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    every = tuple(dict.fromkeys((*before, command)))
    path.write_text("".join(f"{line}\n" for line in every), encoding="utf-8")
    return AND.join(every)


def results_of(setup: Setup, command: str) -> AblationResults:
    """What all runs that are kept in the folder show; of each run its last trace."""
    kept = Kept(setup.folder, config_of(setup.known))
    traces = {trace.key: trace for trace in kept.open()}.values()
    tasks = {trace.task: setup.known[trace.task].title for trace in traces}
    return AblationResults(
        at=utc_now(),
        config=kept.digest,
        machine=this_machine(),
        command=command,
        tasks=dict(sorted(tasks.items())),
        outcomes=summed(traces, setup.known),
        misses=misses(traces, setup.known),
    )


async def alone(setup: Setup, seeds: int, tell: Callable[[str], None] = lambda text: None) -> None:
    """The same in an event loop that does nothing else, then or later."""
    asyncio.get_running_loop().set_default_executor(Here())
    await run(setup, seeds, tell)


async def run(setup: Setup, seeds: int, tell: Callable[[str], None] = lambda text: None) -> None:
    """Every run that is asked for and not there yet.

    Raises:
        InputError: no seeds, or a folder with runs of another configuration.
    """
    if seeds < 1:
        raise InputError("Nothing can be compared with no seeds.", "Give --seeds 1 or more.")
    kept = Kept(setup.folder, config_of(setup.known))
    left = list(pending(setup, seeds, kept.open()))
    home = setup.folder / "work"
    for part in ("artifacts", "logs"):
        (home / part).mkdir(parents=True, exist_ok=True)
    shared = SharedJobs(ArtifactStore(home / "artifacts"), home)
    try:
        for number, key in enumerate(left, 1):
            with setup.bench(key, shared) as (system, bench):
                trace = await execute(system, bench)
            kept.add(trace)
            told = f"{key.system} {key.model}".strip()
            tell(f"{number}/{len(left)} {told} {key.task} {key.seed}: {trace.ended}")
    finally:
        await shared.close()
