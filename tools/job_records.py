"""What a job is, how it reports, and the record that makes it instant the second time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.records import ArtifactRef, digest_of
from synthcraft.tools.artifacts import ArtifactStore, is_free, mark_used, write_atomically
from synthcraft.tools.job_kinds import code_version

_WORK = re.compile(r"([0-9a-f]{12})-[0-9a-f]{8}")
"""Name of the folder of a running job: the beginning of its key and of its id."""
JobStatus = Literal["ok", "failed", "cancelled", "memory", "timeout"]


class JobSpec(BaseModel):
    """A piece of work; equal keys mean equal results."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, str] = Field(default_factory=dict)
    """Name -> SHA-256 of an artefact."""
    seed: int = 0
    memory_mb: int = 4096
    timeout_s: float = Field(default=3600.0, allow_inf_nan=False)

    @property
    def key(self) -> str:
        """SHA-256 over everything the result depends on (limits are not among it)."""
        return digest_of(
            {
                "kind": self.kind,
                "params": self.params,
                "inputs": self.inputs,
                "seed": self.seed,
                "code": code_version(self.kind),
            }
        )


class JobProgress(BaseModel):
    """How far a job is."""

    model_config = ConfigDict(frozen=True)

    key: str
    kind: str
    fraction: float
    message: str
    waits: bool = False
    """It has not begun: others come first."""


ProgressListener = Callable[[JobProgress], None]


class JobResult(BaseModel):
    """How a job ended."""

    key: str
    status: JobStatus
    inputs: dict[str, str] = Field(default_factory=dict)
    """Name -> SHA-256 of what it read; deleting a project takes what was made from its data."""
    outputs: dict[str, ArtifactRef] = Field(default_factory=dict)
    info: dict[str, Any] = Field(default_factory=dict)
    seconds: float = 0.0
    peak_mb: float = 0.0
    cached: bool = False
    code: str = ""
    message: str = ""

    @property
    def files(self) -> set[str]:
        """SHA-256 of everything that it read and made."""
        return {*self.inputs.values(), *(ref.sha256 for ref in self.outputs.values())}


def record_path(home: Path, key: str) -> Path:
    """Where the result of a finished job is kept."""
    return home / "jobs" / key[:2] / f"{key}.json"


def record_paths(home: Path) -> list[Path]:
    """Records of every finished job, readable or not; each bears its key."""
    return sorted((home / "jobs").glob("??/*.json"))


def dead_folders(home: Path) -> Iterator[Path]:
    """Folders in which jobs worked whose process is gone; they may hold rows of the table."""
    for folder in sorted((home / "work").glob("*")):
        found = _WORK.fullmatch(folder.name)
        if found and all(map(is_free, (home / "jobs").glob(f"??/{found[1]}*.lock"))):
            yield folder


def save_record(home: Path, result: JobResult) -> None:
    """Keep a finished job; called by the child, so a dead parent loses nothing."""
    write_atomically(record_path(home, result.key), (result.model_dump_json().encode(),))


def finished(home: Path, store: ArtifactStore, key: str) -> JobResult | None:
    """The kept result of a key, if every output is still there unchanged."""
    try:
        result = JobResult.model_validate_json(record_path(home, key).read_bytes())
        outputs = {ref.sha256: store.path(ref.sha256) for ref in result.outputs.values()}
    except (OSError, ValidationError, NotFoundError):  # not there, or damaged: it is made anew
        return None
    for path in (record_path(home, key), *outputs.values()):
        mark_used(path)
    if result.key != key or not all(map(store.has, outputs)):
        return None
    return result.model_copy(update={"cached": True})
