"""Kinds of heavy work: one decorated function each, run in a child process, cached by key."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthcraft.graph.errors import NotFoundError


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
    """

    inputs: dict[str, Path]
    params: dict[str, Any]
    seed: int
    workdir: Path
    progress: Callable[[float, str], None]
    outputs: dict[str, Path] = field(default_factory=dict)


JobFunction = Callable[[JobContext], dict[str, Any]]
"""Writes its files, fills `ctx.outputs`, returns small JSON info; raises `JobError` with a code."""

_KINDS: dict[str, JobFunction] = {}
_HOMES = {
    "generate": "synthcraft.tools.generators.job",
    "evaluate": "synthcraft.tools.metrics.job",
}


def job(kind: str) -> Callable[[JobFunction], JobFunction]:
    """Register a function as the work behind a kind of job."""

    def register(function: JobFunction) -> JobFunction:
        if kind in _KINDS:
            raise ValueError(f"job kind {kind!r} is registered twice")
        _KINDS[kind] = function
        return function

    return register


def job_function(kind: str) -> JobFunction:
    """The function of a kind, importing its module at first use."""
    if kind not in _KINDS and kind in _HOMES:
        importlib.import_module(_HOMES[kind])
    if kind not in _KINDS:
        raise NotFoundError(f"There is no job kind {kind!r}.", f"Known: {', '.join(_HOMES)}.")
    return _KINDS[kind]
