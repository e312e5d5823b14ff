"""Kinds of heavy work: one decorated function each, run in a child process, cached by key."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from synthcraft.graph.errors import NotFoundError
from synthcraft.tools.found import digest_of_all


@dataclass
class JobContext:
    """What a job function gets.

    Attributes:
        inputs: name -> file of an input artefact (read only).
        params: plain JSON values.
        seed: the seed of every random draw of the job.
        workdir: an empty folder of its own; files to keep are written here.
        progress: call with a fraction in [0, 1] and a few words.
        outputs: name -> file in `workdir` that becomes an artefact.
        cache: a folder that jobs share, for what can be computed again at any time.
    """

    inputs: dict[str, Path]
    params: dict[str, Any]
    seed: int
    workdir: Path
    progress: Callable[[float, str], None]
    outputs: dict[str, Path] = field(default_factory=dict)
    cache: Path | None = None


JobFunction = Callable[[JobContext], dict[str, Any]]
"""Writes its files, fills `ctx.outputs`, returns small JSON info; raises `JobError` with a code."""

WarmUp = Callable[[dict[str, Any]], None]
"""Imports what a job with these parameters needs, once, before its process is forked."""

_KINDS: dict[str, JobFunction] = {}
_WARM: dict[str, WarmUp] = {}
_HOMES = {
    "generate": "synthcraft.tools.generators.job",
    "pilot": "synthcraft.tools.generators.pilot",
    "visits": "synthcraft.tools.generators.visits_job",
    "score": "synthcraft.tools.generators.scoring",
    "evaluate": "synthcraft.tools.metrics.job",
    "compare": "synthcraft.tools.compare.job",
    "analyse": "synthcraft.tools.procedures.job",
    "legacy": "synthcraft.tools.legacy.job",
}

CODE_VERSION = {"generate": 4, "evaluate": 7, "visits": 2}
"""Raised when a kind's results change, so that old cached results are not taken for new ones."""

_RESTS_ON = {
    "compare": ("evaluate",),
    "pilot": ("generate",),
    "score": ("evaluate",),
    "analyse": ("evaluate", "generate"),
}
"""Kind -> kinds whose results it repeats."""

_ADDED = ("synthcraft.tools.generators.added", "synthcraft.tools.metrics.added")
"""Folders of files that anybody may add, so that no version stands for them."""

LIBRARIES = ("synthcraft", "synthcity", "torch", "numpy", "pandas", "pyarrow", "scikit-learn")


def job(kind: str, warm: WarmUp | None = None) -> Callable[[JobFunction], JobFunction]:
    """Register a function as the work behind a kind of job."""

    def register(function: JobFunction) -> JobFunction:
        if kind in _KINDS:
            raise ValueError(f"job kind {kind!r} is registered twice")
        _KINDS[kind] = function
        if warm:
            _WARM[kind] = warm
        return function

    return register


def job_function(kind: str) -> JobFunction:
    """The function of a kind, importing its module at first use."""
    if kind not in _KINDS and kind in _HOMES:
        importlib.import_module(_HOMES[kind])
    if kind not in _KINDS:
        raise NotFoundError(f"There is no job kind {kind!r}.", f"Known: {', '.join(_HOMES)}.")
    return _KINDS[kind]


def warm_up(kind: str, params: dict[str, Any]) -> None:
    """Import what a job will need."""
    job_function(kind)
    if kind in _WARM:
        _WARM[kind](params)


@lru_cache
def code_version(kind: str) -> str:
    """Versions that the bytes of a result depend on."""
    kinds = (kind, *_RESTS_ON.get(kind, ()))
    parts = [f"{each}={CODE_VERSION.get(each, 1)}" for each in kinds]
    for name in LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            parts.append(f"{name}={importlib.metadata.version(name)}")
    if added := digest_of_all(*_ADDED):
        parts.append(f"added={added}")
    return " ".join(parts)
