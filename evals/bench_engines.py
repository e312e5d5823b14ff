"""Every engine on the same tables: utility, fidelity, attacks and cost, half by half."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.engine_trials import EngineTrial, Question, trial
from synthcraft.evals.evaluation_cost import apart
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.records import Preset

ENGINES: tuple[tuple[str, Preset], ...] = (
    ("cart", "standard"), ("marginal_distributions", "standard"), ("bayesian_network", "standard"),
    ("arf", "standard"), ("privbayes", "standard"), ("aim", "standard"),
    ("pategan", "standard"), ("pategan", "paper"), ("ddpm", "standard"), ("ddpm", "paper"),
    ("nflow", "standard"), ("ctgan", "standard"), ("ctgan", "paper"), ("rtvae", "standard"),
    ("adsgan", "standard"), ("tvae", "standard"), ("dpgan", "standard"), ("adsgan", "paper"),
)  # fmt: skip
"""The quick ones first; `paper` are the four of the paper with the library's own defaults."""
CLINIC = ("cart", "bayesian_network", "arf", "ddpm", "nflow", "ctgan")


def _on_the_survey(engine: str, preset: Preset, bench: Workbench) -> Iterator[Line]:
    table, name = bench.survey
    yield _line(Question(table=table, target="heart_attack"), name, engine, preset)


def _on_a_shipped_table(name: str, numeric: bool, engine: str, bench: Workbench) -> Iterator[Line]:
    question = Question(table=_written(bench, name), target="target", numeric=numeric)
    yield _line(question, name.replace("_", " "), engine, "standard")


for _engine, _preset in ENGINES:
    case(f"engines:{_engine}:{_preset}", long=True)(partial(_on_the_survey, _engine, _preset))
for _engine in CLINIC:
    for _name, _numeric in (("breast_cancer", False), ("diabetes", True)):
        case(f"engines_clinic:{_name}:{_engine}", long=True)(
            partial(_on_a_shipped_table, _name, _numeric, _engine)
        )


def _line(question: Question, table: str, engine: str, preset: Preset) -> Line:
    """The line of one engine; one that fails keeps its line, with the reason."""
    name = f"{table}, {engine}, {preset}: {'R²' if question.numeric else 'AUC'}"
    try:
        found = apart(trial, question, engine, preset)
    except (SynthCraftError, BrokenProcessPool, RuntimeError, ValueError) as error:
        return Line(name=name, unit="", values=(), note=str(error))
    return Line(name=name, unit="", values=(found.utility,), note=_note(found))


def _note(found: EngineTrial) -> str:
    def mean(values: tuple[float, ...]) -> float:
        return sum(values) / len(values)

    return (
        f"95 % interval {found.low:.3f} to {found.high:.3f}, real rows {found.real:.3f}; column "
        f"distance {mean(found.distance):.3f}, association {mean(found.association):.3f}, told "
        f"apart {mean(found.told_apart):.2f}; copies p {min(found.copies_p):.2g}, vulnerable "
        f"records {max(found.vulnerable):.2f}, attacks that beat guessing {found.caught}; fit "
        f"{mean(found.fit_s):.3g} s, draw {mean(found.draw_s):.3g} s, {found.peak_mb:,.0f} MB"
    )


def _written(bench: Workbench, name: str) -> Path:
    """A table that scikit-learn ships, as a file."""
    from sklearn import datasets

    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    path = bench.folder / f"{name}.csv"
    frame.to_csv(path, index=False)
    return path
