"""Files of a workspace that a dead process left half, unlocked or changed."""

from __future__ import annotations

import fcntl
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from synthcraft.graph import policy_file
from synthcraft.graph.damage import ASIDE, LISTED, Damage, Ward
from synthcraft.tools.artifacts import abandoned, hash_file, is_free
from synthcraft.tools.job_records import JobResult, dead_folders, record_paths


def half_written(ward: Ward) -> Iterator[Damage]:
    """Files that somebody began and nobody will finish."""
    for path in abandoned(ward.home):
        yield Damage(
            "half-written file",
            ward.name(path),
            "Its writer is gone; the file that it was to become is whole or was never there.",
            partial(_removed, path),
        )
    name = "policy.json"
    with suppress(OSError), _free(ward.home / f"{name}.lock") as free:
        for path in sorted(ward.home.glob(f".{name}.*")) if free else ():
            message = "What was learnt was being written when its writer was ended."
            yield Damage("half-written file", ward.name(path), message, partial(_removed, path))


def work_folders(ward: Ward) -> Iterator[Damage]:
    """Folders in which jobs worked whose process is gone; they may hold rows of the table."""
    for folder in dead_folders(ward.home):
        message = "The job that worked here is gone; it is done again when it is asked for."
        yield Damage("work folder", ward.name(folder), message, partial(_cleared, folder))


def records(ward: Ward) -> Iterator[Damage]:
    """Records of finished jobs that cannot be read: these jobs would be done again."""
    for path in record_paths(ward.home):
        try:
            JobResult.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            message = "The record of a job cannot be read; it is done again when it is asked for."
            yield Damage("record of a job", ward.name(path), message, partial(ward.put_aside, path))


def stored(ward: Ward) -> Iterator[Damage]:
    """Stored files that are no longer what their name says."""
    for path in sorted(ward.store.root.glob("??/*")):
        if path.is_file() and len(path.name) == 64 and hash_file(path) != path.name:
            message = "The stored file was changed after it was written, or is cut off."
            yield Damage("stored file", ward.name(path), message, partial(ward.put_aside, path))


def cut_lines(ward: Ward) -> Iterator[Damage]:
    """Logs whose last line was never finished: nothing can refer to it."""
    for folder in ("audit", "anchors", "ledger"):
        for path in sorted((ward.home / folder).glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                if not file.tell():
                    continue
                file.seek(-1, os.SEEK_END)
                whole = file.read(1) == b"\n"
            if not whole and is_free(_lock_of(path)):
                message = "The last line of the log was never finished; nothing refers to it."
                yield Damage(
                    "half-written line", ward.name(path), message, partial(_cut, ward, path)
                )


def policy(ward: Ward) -> Iterator[Damage]:
    """What was learnt, where it cannot be read; and what was set aside of it before."""
    path = ward.home / "policy.json"
    _, problem = policy_file.read(path)
    if problem:
        message = f"What was learnt cannot be used: {problem}."
        yield Damage("learnt counts", path.name, message, partial(_relearnt, path))
    for aside in sorted(ward.home.glob(f"{path.name}.bad-*")):
        yield Damage(
            "learnt counts",
            aside.name,
            "This file was set aside because it could not be used.",
            hint="Delete it when nothing in it is missed; `policy.json.prev` is the one before.",
        )


def locks(ward: Ward) -> Iterator[Damage]:
    """Locks of projects that do not exist, and of jobs that were never finished."""
    known = ward.projects(LISTED)
    for path in sorted((ward.home / "locks").glob("*.lock")):
        if known is not None and path.stem not in known and is_free(path):
            message = "The project of this lock does not exist."
            yield Damage("stale lock", ward.name(path), message, partial(_unlocked, path))
    for path in sorted((ward.home / "jobs").glob("??/*.lock")):
        if not path.with_suffix(".json").exists() and is_free(path):
            message = "The job of this lock was never finished."
            yield Damage("stale lock", ward.name(path), message, partial(_unlocked, path))


@contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Whether nobody holds the lock of a file; meanwhile nobody gets it."""
    handle = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except BlockingIOError:
            free = False
        yield free
    finally:
        os.close(handle)


def _removed(path: Path) -> str:
    path.unlink(missing_ok=True)
    return "Deleted."


def _cleared(folder: Path) -> str:
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink()
    return "Deleted."


def _unlocked(path: Path) -> str:
    """Remove a lock while holding it."""
    with _free(path) as free:
        if free:
            path.unlink()
    return "Deleted." if free else "It is in use again, and was left."


def _lock_of(log: Path) -> Path:
    """What a writer of these lines holds: anchors are written under the lock of their log."""
    of = log.parents[1] / "audit" / log.name
    return of if log.parent.name == "anchors" and of.exists() else log


def _cut(ward: Ward, path: Path) -> str:
    """Keep what was never finished beside, then end the log with its last whole line."""
    with _free(_lock_of(path)) as free:
        if not free:
            return "It is being written, and was left."
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        aside = ward.home / ASIDE / ward.stamp / path.relative_to(ward.home)
        aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside.write_bytes(data[len(whole) :])
        aside.chmod(0o600)
        os.truncate(path, len(whole))
    return f"Ended with its last whole line; the rest is {ward.name(aside)}."


def _relearnt(path: Path) -> str:
    """Set the file aside, and take the one before if that can be used."""
    with policy_file.locked(path), warnings.catch_warnings():
        warnings.simplefilter("ignore", policy_file.PolicyFileWarning)
        policy_file.read_or_set_aside(path)
        before = path.with_name(f"{path.name}.prev")
        found, problem = policy_file.read(before)
        if found is None or problem:
            return "Set aside; the router starts again from its priors."
        policy_file.write(path, found)
    return "Set aside; the version before it is in its place."
