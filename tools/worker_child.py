"""What one forked process does: a single job, its record, and out."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from synthcraft.graph.errors import JobError, SynthCraftError
from synthcraft.tools import limits_os
from synthcraft.tools.artifacts import ArtifactStore, private_folder, store_error
from synthcraft.tools.error_log import places
from synthcraft.tools.job_kinds import JobContext, job_function
from synthcraft.tools.job_records import JobResult, JobSpec, finished, record_path, save_record

DISK_FULL = "E_DISK_FULL"
"""Code of a job that found no room to write: no fault of the job."""
_WORDS = 200
_MESSAGE = 1000
_SHOWN = 5
_EVERY = 0.2


class JobOrder(BaseModel):
    """One line from the parent: a job and where things are."""

    id: str
    spec: JobSpec
    key: str
    home: Path
    store: Path
    workdir: Path


def order_of(said: Any) -> JobOrder:
    """The order that was sent.

    Raises:
        JobError: it is none, or of another version; the fields are named.
    """
    try:
        return JobOrder.model_validate(said)
    except ValidationError as error:
        places = {".".join(map(str, fault["loc"])) for fault in error.errors()}
        named = ", ".join(sorted(places - {""})[:_SHOWN])
        raise JobError(
            f"The order of a job cannot be read{': ' if named else ''}{named}.",
            "Program and worker are of different versions: end both and start again.",
            code="E_JOB_ORDER",
        ) from None


def send(protocol: int, **event: Any) -> None:
    """One line to the parent; short enough for the pipe to take it in one piece."""
    os.write(protocol, json.dumps(event, separators=(",", ":")).encode() + b"\n")


def explain(error: BaseException) -> tuple[str, str]:
    """Code and sentence for an error; never its own text, which may quote the table."""
    if isinstance(error, OSError) and (full := store_error(error, Path.cwd())).code == DISK_FULL:
        error = full
    if isinstance(error, SynthCraftError):
        return error.code, str(error)[:_MESSAGE]
    if isinstance(error, MemoryError):
        return "E_MEMORY", "The job needed more memory than it was given."
    what = "A calculation in the library failed"
    if isinstance(error, (ImportError, AttributeError)):
        what = "A library that the job needs is missing or of another version"
    elif isinstance(error, OSError):
        what = "A file could not be read or written"
    name = type(error).__name__
    return "E_JOB_FAILED", f"{what} ({name}). The details are in the worker's log on this machine."


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two jobs of one key take turns; the lock goes with the process that holds it."""
    private_folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _reporter(protocol: int, job_id: str) -> Callable[[float, str], None]:
    last = 0.0

    def progress(fraction: float, words: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _EVERY and fraction < 1:
            return
        last = now
        share = round(min(max(float(fraction), 0.0), 1.0), 4)
        send(protocol, event="progress", id=job_id, fraction=share, message=words[:_WORDS])

    return progress


def _work(order: JobOrder, protocol: int) -> None:
    started = time.monotonic()
    store = ArtifactStore(order.store)
    private_folder(order.workdir)
    # What libraries leave behind goes with the folder.
    os.chdir(order.workdir)
    tempfile.tempdir = str(order.workdir)
    context = JobContext(
        inputs={name: store.path(sha) for name, sha in order.spec.inputs.items()},
        params=order.spec.params,
        seed=order.spec.seed,
        workdir=order.workdir,
        progress=_reporter(protocol, order.id),
        cache=order.home / "cache",
    )
    info = job_function(order.spec.kind)(context)
    outputs = {
        name: store.put_file(path, kind=name, producer=order.key)
        for name, path in context.outputs.items()
    }
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = sum(resource.getrusage(each).ru_maxrss for each in who) / 1024
    result = JobResult(
        key=order.key,
        status="ok",
        inputs=order.spec.inputs,
        outputs=outputs,
        info=info,
        seconds=round(time.monotonic() - started, 3),
        peak_mb=round(peak, 1),
    )
    save_record(order.home, result)


def run_child(order: JobOrder, protocol: int, parent: int) -> int:
    """Do the job; returns the exit code of the process."""
    limits_os.die_with_parent(parent)
    limits_os.limit_memory(order.spec.memory_mb)
    try:
        store = ArtifactStore(order.store)
        with _alone(record_path(order.home, order.key).with_suffix(".lock")):
            cached = finished(order.home, store, order.key) is not None
            if not cached:
                for sha in order.spec.inputs.values():
                    store.read_bytes(sha)
                _work(order, protocol)
        send(protocol, event="done", id=order.id, cached=cached)
    except BaseException as error:  # the process ends here: everything must be reported
        sys.stderr.write(places(error))
        code, message = explain(error)
        send(protocol, event="failed", id=order.id, code=code, message=message)
        return 1
    return 0
