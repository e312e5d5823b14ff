"""Every engine on the same tables: utility, fidelity, attacks and cost, half by half."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.engine_trials import EngineTrial, Question, trial
from synthcraft.evals.evaluation_cost import apart
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.records import Preset

LATER = Path(__file__).parents[2] / "shared/data/nhanes/nhanes_2021_2023.csv"
"""The survey that the goals are set on; it is measured where it lies beside the repository."""
FAST = ("cart", "arf", "bayesian_network", "marginal_distributions")
DEEP = ("ddpm", "nflow", "ctgan", "rtvae", "tvae", "adsgan")
PRIVATE = ("privbayes", "aim", "pategan", "dpgan")
PAPER = ("pategan", "ddpm", "ctgan")
"""Of the paper's four; ADS-GAN's ten thousand passes are a case of their own."""


@case("engines_fast")
def fast(bench: Workbench) -> Iterator[Line]:
    """Engines that need seconds."""
    yield from _on_the_survey(bench, FAST, "standard")


@case("engines_deep", long=True)
def deep(bench: Workbench) -> Iterator[Line]:
    """Networks, with our standard passes."""
    yield from _on_the_survey(bench, DEEP, "standard")


@case("engines_private", long=True)
def private(bench: Workbench) -> Iterator[Line]:
    """Engines that claim differential privacy."""
    yield from _on_the_survey(bench, PRIVATE, "standard")


@case("engines_paper", long=True)
def paper(bench: Workbench) -> Iterator[Line]:
    """The paper's generators with their own defaults."""
    yield from _on_the_survey(bench, PAPER, "paper")


@case("engines_paper_adsgan", long=True)
def paper_adsgan(bench: Workbench) -> Iterator[Line]:
    """ADS-GAN with its own default of ten thousand passes."""
    yield from _on_the_survey(bench, ("adsgan",), "paper")


@case("engines_clinic", long=True)
def clinic(bench: Workbench) -> Iterator[Line]:
    """Sequential CART beside the best of synthcity on two tables of scikit-learn."""
    for name, numeric in {"breast_cancer": False, "diabetes": True}.items():
        question = Question(table=_written(bench, name), target="target", numeric=numeric)
        yield from _lines(question, name.replace("_", " "), (*FAST[:3], *DEEP[:3]), "standard")


def _on_the_survey(bench: Workbench, engines: Sequence[str], preset: Preset) -> Iterator[Line]:
    table, name = (LATER, "NHANES 2021–2023") if LATER.is_file() else (bench.table, "NHANES")
    yield from _lines(Question(table=table, target="heart_attack"), name, engines, preset)


def _lines(
    question: Question, table: str, engines: Sequence[str], preset: Preset
) -> Iterator[Line]:
    """A line for each engine; one that fails keeps its line, with the reason."""
    for engine in engines:
        name = f"{table}, {engine}, {preset}: {'R²' if question.numeric else 'AUC'}"
        try:
            found = apart(trial, question, engine, preset)
        except (SynthCraftError, BrokenProcessPool, RuntimeError, ValueError) as error:
            yield Line(name=name, unit="", values=(), note=str(error))
        else:
            yield Line(name=name, unit="", values=(found.utility,), note=_note(found))


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
