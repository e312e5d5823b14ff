"""From names and folders to a case study that can be run, and from what it found to the record."""

from __future__ import annotations

from pathlib import Path

from synthcraft.evals.case.batch import Found, Setup
from synthcraft.evals.case.compare import compare, notes
from synthcraft.evals.case.ground import prepare
from synthcraft.evals.case.protocol import ENGINES, MODES, find
from synthcraft.evals.case.records import CaseResults, Done
from synthcraft.evals.case.steps import Asked
from synthcraft.evals.machine import this_machine
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.catalogue import find as generator
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.report.words import duration


def setup(
    name: str,
    data: Path,
    folder: Path,
    store: ArtifactStore,
    asked: Asked,
    engines: tuple[str, ...] = (),
    minutes: float | None = None,
) -> Setup:
    """Read the table and everything that was named.

    Args:
        name: of the case study.
        data: the folder with its files, or the one above.
        folder: where the table is written.
        store: where artefacts are kept.
        asked: presets, fits and seed.
        engines: names of generators; the paper's four if empty.
        minutes: the time limit.

    Raises:
        InputError: a name is unknown, or the data cannot be used.
    """
    case = find(name)
    for engine in engines:
        if generator(engine).task != "any":
            raise InputError(
                f"The generator {engine!r} is made for another kind of table.",
                "Name generators of tables with one row per person.",
            )
    ground = prepare(case, _home_of(data, name, case.files), folder, store, asked.seed)
    return Setup(case, ground, asked, engines or ENGINES, minutes)


def _home_of(data: Path, name: str, files: tuple[str, ...]) -> Path:
    """The folder that holds the files: the one given, or the one in it that has the case's name.

    Raises:
        NotFoundError: there is no such folder.
    """
    if not data.is_dir():
        raise NotFoundError(f"There is no folder {data.name!r}.", "Check --data.")
    inner = data / name
    within = not any((data / file).exists() for file in files) and inner.is_dir()
    return inner if within else data


def results_of(setup: Setup, found: Found, command: str) -> CaseResults:
    """The record of what a case found, with the paper's figures beside it."""
    ground = setup.ground
    facts = {mode: _facts(setup, found, mode) for mode in MODES}
    return CaseResults(
        at=utc_now(),
        case=setup.case.name,
        title=setup.case.title,
        machine=this_machine(),
        command=command,
        preset=setup.asked.preset,
        seed=setup.asked.seed,
        engines=setup.engines,
        data={
            "rows": ground.tables.real_rows,
            "columns": len(ground.tables.schema.names),
            "sha256": ground.tables.real_sha256,
            "holdout": ground.rows["paper"] - ground.rows["rigorous"]
            if setup.case.of_tables
            else 0,
        },
        claims={name: generator(name).claim_level for name in setup.engines},
        fits={name: len(found.made["rigorous"].get(name, ())) for name in setup.engines},
        notes=(*_passes(setup), *notes(setup.case.name)),
        steps=tuple(found.done),
        compared=compare(setup.case.name, facts, _absent(setup, found.done)),
        facts=facts,
    )


def _passes(setup: Setup) -> list[str]:
    """How far the engines were trained less than the paper's."""
    preset, rows = setup.asked.preset, setup.ground.rows["paper"]
    fewer = []
    for name in setup.engines:
        spec = generator(name)
        ours, theirs = (spec.at(p, rows).get(spec.cost.iterations) for p in (preset, "paper"))
        if ours != theirs:
            fewer.append(f"{name} {ours:,} passes in place of {theirs:,}")
    if not fewer:
        return []
    return [f"Engines were trained less than the paper's, with the preset {preset}: "
            f"{', '.join(fewer)}."]  # fmt: skip


def _facts(setup: Setup, found: Found, mode: Mode) -> tuple[Fact, ...]:
    """The numbers of all answers, each once, after the number of people."""
    people = float(setup.ground.tables.real_rows)
    told = [Fact.model_validate(f) for answer in found.answers[mode] for f in answer["facts"]]
    return tuple(dict.fromkeys((Fact(name="people", about="real", value=people), *told)))


def _absent(setup: Setup, done: list[Done]) -> dict[str, str]:
    """Engine -> why something of it is missing: not asked for, no time, or it failed."""
    gone = {name: "not asked for" for name in ENGINES if name not in setup.engines}
    for name in setup.engines:
        lost = [step for step in done if step.about == name and step.status != "ok"]
        failed = sum(step.status == "failed" for step in lost)
        if lost:
            said = f"{failed} failed" if failed else "for want of time"
            seconds = duration(round(sum(step.predicted for step in lost)))
            steps = "1 step" if len(lost) == 1 else f"{len(lost)} steps"
            gone[name] = f"{steps} without a result ({said}), {seconds} on a quiet core"
    return gone
