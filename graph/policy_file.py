"""`policy.json`: what the installation has learnt. Counts only: no data, names or times."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from synthcraft.graph.episodes import RULES_VERSION, catalog_hash
from synthcraft.graph.errors import GuardError, StoreError
from synthcraft.graph.records import digest_of
from synthcraft.graph.statistics import PRIOR_VERSION, Statistics, counts_problem, fade, names
from synthcraft.tools.artifacts import private_folder
from synthcraft.tools.counts import Counts, add_counts

SCHEMA = "emab-stats/1"
FORGETTING = 1.0
"""What a finished project leaves of everything learnt before it: 1 forgets nothing.

Below 1 the sum depends on the order of the projects, so the specification's exact merging holds
for 1 only. Users who change are met by `statistics.CAP` and by the weight of the project at hand.
"""


class PolicyFileWarning(UserWarning):
    """The file of learnt counts could not be used as it was."""


class PolicyFile(BaseModel):
    """The file as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: str = Field(alias="schema")
    catalog_hash: str
    rules_version: str
    prior_version: str
    n_pipelines: StrictInt = Field(ge=0)
    counts: dict[str, tuple[StrictInt, StrictInt]]
    digest: str

    @classmethod
    def of(cls, counts: Mapping[str, tuple[int, int]], pipelines: int) -> PolicyFile:
        """A file of this version with its digest."""
        content: dict[str, Any] = {
            "schema": SCHEMA,
            "catalog_hash": catalog_hash(),
            "rules_version": RULES_VERSION,
            "prior_version": PRIOR_VERSION,
            "n_pipelines": pipelines,
            "counts": {key: list(counts[key]) for key in sorted(counts)},
        }
        return cls.model_validate({**content, "digest": digest_of(content)})

    def content(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def ours(self) -> bool:
        """Whether it was counted with this table of episodes and these rules."""
        return (self.catalog_hash, self.rules_version) == (catalog_hash(), RULES_VERSION)


def load_policy(path: Path) -> Statistics:
    """What the installation has learnt; nothing when there is no usable file.

    A file that cannot be trusted is set aside as `policy.json.bad-<n>` with a warning: it is
    never used and never deleted. From a file of another version only the counts that still
    have their meaning are taken.
    """
    found, _ = read(path)
    if found is None and path.exists():
        try:
            with locked(path):
                found = read_or_set_aside(path)
        except OSError:
            warnings.warn(
                f"{path.name} cannot be used and cannot be set aside either; "
                "the router starts from its priors.",
                PolicyFileWarning,
                stacklevel=2,
            )
    return Statistics(installation=usable(path, found) if found else {})


def merge_into(
    path: Path,
    counts: Mapping[str, tuple[int, int]],
    pipelines: int = 1,
    forgetting: float = FORGETTING,
) -> None:
    """Add the counts of finished projects to the file; safe against other processes.

    Args:
        path: the file; it is created when missing, its last version stays as `<name>.prev`.
        counts: data counts in millionths.
        pipelines: how many projects they come from.
        forgetting: what each of them leaves of the counts before it.
    """
    # A project that outlived a change of the table may bring names that no longer exist.
    counts = {key: pair for key, pair in counts.items() if key in names()}
    if problem := counts_problem(counts):
        raise GuardError(f"The learnt counts cannot be kept: {problem}.")
    try:
        private_folder(path.parent)
        with locked(path):
            old = read_or_set_aside(path)
            known = usable(path, old) if old else {}
            if old and not old.ours:
                shutil.copy2(path, free_name(path, "bad"))
            number = pipelines + (old.n_pipelines if old else 0)
            faded = fade(known, forgetting**pipelines)
            write(path, PolicyFile.of(add_counts(faded, counts), number))
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> StoreError:
    """The sentence for a file of counts that cannot be written."""
    return StoreError(
        f"What was learnt could not be written to {path.name} ({error.strerror}).",
        "Free some space or check the permissions of the folder.",
    )


def read(path: Path) -> tuple[PolicyFile | None, str]:
    """The file, or why it cannot be used."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = PolicyFile.model_validate(content)
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, ValidationError, RecursionError):
        return None, "it is damaged"
    if found.schema_ != SCHEMA:
        return None, "it has another format"
    stated = content.pop("digest")
    if digest_of(content) != stated:
        return None, "it was changed by hand or damaged"
    known = {k: v for k, v in found.counts.items() if found.ours or k in names()}
    problem = counts_problem(known)
    return (None, problem) if problem else (found, "")


def read_or_set_aside(path: Path) -> PolicyFile | None:
    """The file; a file that cannot be used is moved out of the way. Call under the lock."""
    found, problem = read(path)
    if problem:
        put_aside(path, problem, "The router starts again from its priors.")
    return found


def put_aside(path: Path, problem: str, then: str) -> None:
    """Move a file that cannot be used out of the way, with a warning. Call under the lock."""
    aside = free_name(path, "bad")
    path.rename(aside)
    warnings.warn(
        f"{path.name} was set aside as {aside.name}: {problem}. {then}",
        PolicyFileWarning,
        stacklevel=4,
    )


def usable(path: Path, found: PolicyFile) -> Counts:
    """All counts of a file of ours, else those whose names still exist."""
    known = {key: pair for key, pair in found.counts.items() if key in names()}
    if not found.ours:
        warnings.warn(
            f"{path.name} was learnt with another table of actions: {len(known)} of "
            f"{len(found.counts)} counts were taken over.",
            PolicyFileWarning,
            stacklevel=3,
        )
    return known


def free_name(path: Path, word: str) -> Path:
    number = 1
    while (name := path.with_name(f"{path.name}.{word}-{number}")).exists():
        number += 1
    return name


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Exclusive use of the file among processes; the lock ends with the process."""
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(lock, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write(path: Path, file: PolicyFile) -> None:
    """Replace the file in one step: a reader sees the old one or the new one, never a part."""
    text = json.dumps(file.content(), indent=1, sort_keys=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        if path.exists():
            previous = temporary.with_name(f"{temporary.name}.prev")
            shutil.copy2(path, previous)
            previous.replace(path.with_name(f"{path.name}.prev"))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
