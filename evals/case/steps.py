"""The steps of a case study as jobs: a finished one is never done again, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthcraft.evals.case.ground import Ground
from synthcraft.graph.records import Preset
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.seeds import child_seed

_LEARNT_ALL = "The generators learnt from every real row."
_WITHOUT_FITS_S = 20.0
"""What an analysis takes about, besides the fits in it."""


@dataclass(frozen=True)
class Step:
    """One job, and what it will take.

    Attributes:
        about: the engine, or the analysis where it is of all engines.
        seconds: predicted, on a quiet core.
    """

    name: str
    about: str
    mode: Mode
    spec: JobSpec
    seconds: float


@dataclass(frozen=True)
class Asked:
    """What the person asked of the case."""

    preset: Preset = "standard"
    fits: int = 3
    seed: int = 0
    bootstrap: int = 1000
    memory_mb: int = 6000
    timeout_s: float = 4 * 3600.0


def fit(ground: Ground, asked: Asked, engine: str, mode: Mode, number: int) -> Step:
    """One fit of an engine, and as many rows as it learnt from: all of them, or the training rows.

    Raises:
        InputError: there is no such generator.
    """
    rows = ground.rows[mode]
    params = find(engine).at(asked.preset, rows)
    spec = JobSpec(
        kind="generate",
        params={"generator": engine, "params": params, "rows": rows},
        inputs={
            "train": ground.everybody if mode == "paper" else ground.train,
            "schema": ground.learnt,
        },
        seed=child_seed(asked.seed, "fit", engine, mode, number),
        memory_mb=asked.memory_mb,
        timeout_s=asked.timeout_s,
    )
    seconds = find(engine).seconds(rows, ground.columns, params)
    return Step(f"{mode}: fit {number + 1} of {engine}", engine, mode, spec, seconds)


def of_tables(
    ground: Ground, asked: Asked, procedure: str, mode: Mode, made: Mapping[str, tuple[str, ...]]
) -> Step:
    """An analysis of tables, by engine: the SHA-256 of each."""
    files = {f"synthetic/{n}/{i}": sha for n, all_ in made.items() for i, sha in enumerate(all_)}
    params = {"sets": {name: len(all_) for name, all_ in made.items()}, "generators": []}
    return _analysis(ground, asked, procedure, mode, params, files, _WITHOUT_FITS_S)


def of_engine(
    ground: Ground, asked: Asked, procedure: str, mode: Mode, engine: str, folds: int
) -> Step:
    """An analysis that fits the engine itself, once or in every fold."""
    rows = ground.rows[mode]
    given = find(engine).at(asked.preset, rows)
    times = 1 if mode == "paper" else folds
    seconds = times * find(engine).seconds(rows, ground.columns, given) + _WITHOUT_FITS_S
    params = {"sets": {}, "generators": [engine], "params": {engine: given}}
    return _analysis(ground, asked, procedure, mode, params, {}, seconds)


def _analysis(
    ground: Ground,
    asked: Asked,
    procedure: str,
    mode: Mode,
    params: dict[str, Any],
    files: dict[str, str],
    seconds: float,
) -> Step:
    roles = ground.plan.roles
    about = {
        "procedure": procedure,
        "mode": mode,
        "fits": 1,
        "target": roles.target,
        "task": ground.tables.task,
        "time_column": None,
        "protected": list(roles.protected),
        "sensitive": [],
        "quasi_identifiers": [],
        "holdout_seen": _LEARNT_ALL if mode == "paper" else "",
        "bands": {},
        "patient": ground.plan.unit,
        "bootstrap": asked.bootstrap,
    }
    inputs = {"train": ground.train, "holdout": ground.holdout, "schema": ground.schema}
    spec = JobSpec(
        kind="analyse",
        params=about | params,
        inputs=inputs | files,
        seed=asked.seed,
        memory_mb=asked.memory_mb,
        timeout_s=asked.timeout_s,
    )
    engine = next(iter(params["generators"]), "")
    name = f"{mode}: {procedure}{f' by {engine}' if engine else ''}"
    return Step(name, engine or procedure, mode, spec, seconds)
