"""Ways to spend a budget on generators: scripts, and the choices of the production code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from synthcraft.evals.simulators.generator_world import (
    NAMES,
    Workbench,
    predicted_minutes,
    rounded_priors,
)
from synthcraft.graph.errors import NotFoundError
from synthcraft.tools.generators.early_rung import choose_with_rung
from synthcraft.tools.generators.halving import halve
from synthcraft.tools.generators.quality import CONTEXT, QualityModel
from synthcraft.tools.generators.search import Search, Selection
from synthcraft.tools.generators.selection import choose

Policy = Callable[[Workbench], None]
Rule = Callable[[Search, QualityModel, np.random.Generator], Selection]
Script = Callable[[Workbench, np.random.Generator], None]

FIXED = ("pategan", "ddpm", "adsgan", "ctgan")
"""The four of the paper."""


def run_all(bench: Workbench, rng: np.random.Generator) -> None:
    """Every generator in a random order, with an eye on neither privacy nor time."""
    for place in rng.permutation(len(NAMES)):
        bench.run(NAMES[place])


def run_fixed(bench: Workbench, rng: np.random.Generator) -> None:
    """The paper's four, those that are admissible; else the first of the others that works."""
    worked = [bench.run(name) for name in FIXED if bench.table.admissible(name)]
    if not any(quality is not None for quality in worked):
        _first_that_works(bench, [name for name in NAMES if bench.table.admissible(name)])


def run_two(bench: Workbench, rng: np.random.Generator) -> None:
    """Admissible generators at random, until two have worked."""
    worked = 0
    for name in rng.permutation([n for n in NAMES if bench.table.admissible(n)]):
        worked += bench.run(str(name)) is not None
        if worked == 2:
            return


def run_best(bench: Workbench, rng: np.random.Generator) -> None:
    """The best by the catalogue alone, equals at random; the next where it fails, three at most."""
    table, minutes = bench.table, predicted_minutes(bench.table.flags)
    x = np.array([1.0, *(getattr(table.flags, name) for name in CONTEXT)])
    expected = {name: round(float(x @ weights), 9) for name, weights in rounded_priors().items()}
    may = [n for n in NAMES if table.admissible(n) and minutes[n] <= table.budget]
    shuffled = [str(name) for name in rng.permutation(may)]
    _first_that_works(bench, sorted(shuffled, key=lambda name: -expected[name])[:3])


def _first_that_works(bench: Workbench, names: list[str]) -> None:
    for name in names:
        if bench.run(name) is not None:
            return


class Chooser:
    """A rule of the production code, driven and taught as the generator agent would.

    Args:
        rule: chooses the next run.
        seed: of its draws.
        model: what it believes before the first table.
    """

    def __init__(self, rule: Rule, seed: int, model: QualityModel) -> None:
        self._rule, self._model = rule, model
        self._rng = np.random.default_rng([seed, 4])

    def __call__(self, bench: Workbench) -> None:
        """Until the rule has nothing more to run on this table."""
        while (selection := self._rule(bench.search(), self._model, self._rng)).chosen:
            for name in selection.chosen:
                self._run(bench, name, selection.share)

    def _run(self, bench: Workbench, name: str, share: float) -> None:
        quality = bench.run(name, share)
        if share == 1 and quality is not None:
            counts = self._model.observed(name, bench.table.flags, quality)
            self._model = self._model.with_counts(counts)


_as_specified = partial(choose, spare=1.0)


def _halve(search: Search, model: QualityModel, rng: np.random.Generator) -> Selection:
    return halve(search)


def warm() -> QualityModel:
    """What a rounded catalogue says, with the spread of the production code."""
    return QualityModel(rounded_priors())


def cold() -> QualityModel:
    """The same vague word on every generator."""
    return QualityModel(dict.fromkeys(NAMES, (0.6, 0.0, 0.0, 0.0)), spread=(0.3, 0.2, 0.2, 0.2))


def _scripted(script: Script, seed: int) -> Policy:
    rng = np.random.default_rng([seed, 5])
    return lambda bench: script(bench, rng)


POLICIES: dict[str, Callable[[int], Policy]] = {
    "all": partial(_scripted, run_all),
    "fixed_four": partial(_scripted, run_fixed),
    "random_two": partial(_scripted, run_two),
    "single_best": partial(_scripted, run_best),
    "successive_halving": lambda seed: Chooser(_halve, seed, cold()),
    "ts_ei_cold": lambda seed: Chooser(_as_specified, seed, cold()),
    "ts_ei_warm": lambda seed: Chooser(_as_specified, seed, warm()),
    "ts_ei_warm_spare": lambda seed: Chooser(choose, seed, warm()),
    "ts_ei_warm_rung": lambda seed: Chooser(choose_with_rung, seed, warm()),
}
"""Name -> a new policy for a seed, which knows nothing of any table yet."""


def policy_named(name: str, seed: int) -> Policy:
    """A new policy of that name."""
    if name not in POLICIES:
        raise NotFoundError(
            f"There is no policy named {name!r}.", f"Choose from: {', '.join(POLICIES)}."
        )
    return POLICIES[name](seed)
