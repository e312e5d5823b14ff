"""Generators, tables and budgets with made-up but plausible qualities; policies never see them.

The figures are assumptions of the specification (reasoning engine 8), no measurements. The order
of the random draws is that of its prototype, so that the figures can be compared, and so are the
privacy classes: the catalogue ranks privbayes, pategan and dpgan lower today, because their code
breaks what they claim, but with other masks the regrets would not be those of the table there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from synthcraft.evals.simulators.world import Bools, Floats
from synthcraft.graph.records import Flags
from synthcraft.tools.generators.early_rung import RUNG
from synthcraft.tools.generators.quality import Weights
from synthcraft.tools.generators.search import PRIVACY_CLASS, Arm, ClaimLevel, Search, Trial

CLASSES: tuple[ClaimLevel, ...] = (
    "heuristic, no guarantee",
    "nominal, contradicted by code or audit",
    "formal mechanism, domain from data",
)
"""Claim levels that stand for the three privacy classes of the prototype, in their order."""


class Nominal(NamedTuple):
    """What is true of a generator on average over the worlds.

    Attributes:
        weights: quality on [1, small, wide, imbalanced].
        minutes: of a whole run on a table that is neither small nor wide.
        slowness: share of the quality that is still missing at the very start of a run.
        privacy: class of its guarantee.
    """

    weights: Weights
    minutes: float
    slowness: float
    privacy: int


GENERATORS: dict[str, Nominal] = {
    "bayes_net": Nominal((0.70, 0.08, -0.18, -0.03), 3.0, 0.05, 0),
    "privbayes": Nominal((0.60, 0.03, -0.20, -0.04), 4.0, 0.05, 2),
    "ctgan": Nominal((0.74, -0.12, -0.03, -0.05), 12.0, 0.30, 0),
    "tvae": Nominal((0.72, -0.06, -0.04, -0.08), 8.0, 0.20, 0),
    "adsgan": Nominal((0.75, -0.10, -0.04, -0.04), 13.0, 0.30, 1),
    "ddpm": Nominal((0.82, -0.10, -0.14, 0.02), 30.0, 0.45, 1),
    "pategan": Nominal((0.55, -0.12, -0.06, -0.06), 12.0, 0.25, 2),
    "dpgan": Nominal((0.50, -0.14, -0.05, -0.08), 10.0, 0.25, 2),
    "arf": Nominal((0.75, 0.02, -0.08, -0.02), 6.0, 0.10, 0),
    "nflow": Nominal((0.68, -0.06, -0.08, -0.04), 9.0, 0.25, 0),
}
NAMES = tuple(GENERATORS)
BUDGETS = (25.0, 60.0, 150.0)
_WEIGHTS: Floats = np.array([g.weights for g in GENERATORS.values()])
_MINUTES: Floats = np.array([g.minutes for g in GENERATORS.values()])
_LONG = 20.0
"""Runs of more minutes than this break more often on wide tables."""


def rounded_priors() -> dict[str, Weights]:
    """What a catalogue would say: the nominal weights, known to a tenth."""
    return {n: tuple(np.round(g.weights, 1).tolist()) for n, g in GENERATORS.items()}


def predicted_minutes(flags: Flags) -> dict[str, float]:
    """Predicted minutes of a whole run of each generator; the true ones vary by a fifth."""
    size = (0.35 if flags.small else 1.0) * (1.8 if flags.wide else 1.0)
    return {name: g.minutes * size for name, g in GENERATORS.items()}


def reached(slowness: float, share: float) -> float:
    """Share of the final quality after this share of a run."""
    return float(1 - slowness * (np.exp(-4 * share) - np.exp(-4)))


class Table(NamedTuple):
    """One table with all that is true of it, by generator in the order of `NAMES`.

    Attributes:
        flags: its context.
        asked: least claim level that may be used.
        budget: minutes.
        quality: true quality of a whole run.
        minutes: true minutes of a whole run.
        breaks: whether every run ends without a result.
        whole_noise: error of the measurement of a whole run.
        early_noise: errors of the first and of the second measurement of a short run.
    """

    flags: Flags
    asked: ClaimLevel
    budget: float
    quality: Floats
    minutes: Floats
    breaks: Bools
    whole_noise: Floats
    early_noise: Floats

    def admissible(self, name: str) -> bool:
        """Whether its claim level is enough."""
        own = CLASSES[GENERATORS[name].privacy]
        return PRIVACY_CLASS[own] >= PRIVACY_CLASS[self.asked]

    def feasible(self) -> list[str]:
        """Generators that would work, inside the whole budget and the privacy class."""
        fits = (self.minutes <= self.budget) & ~self.breaks
        return [n for n, fit in zip(NAMES, fits, strict=True) if fit and self.admissible(n)]

    def true_quality(self, name: str) -> float:
        """What nobody sees: the quality without the error of the measurement."""
        return float(self.quality[NAMES.index(name)])


class GeneratorWorld:
    """True qualities of the generators, one set for each seed."""

    def __init__(self, seed: int, spread: float = 0.07) -> None:
        rng = np.random.default_rng([seed, 3])
        shift = rng.normal(0, spread, _WEIGHTS.shape) * [1, 0.7, 0.7, 0.7]
        self.seed, self._weights = seed, _WEIGHTS + shift

    def table(self, number: int) -> Table:
        """A table by its number, with every random number that belongs to it."""
        rng = np.random.default_rng([self.seed, 50, number])
        small, wide, imbalanced = (bool(rng.random() < 0.4) for _ in range(3))
        flags = Flags(small=small, wide=wide, imbalanced=imbalanced)
        asked = CLASSES[rng.choice(3, p=[0.4, 0.35, 0.25])]
        budget = float(rng.choice(BUDGETS))
        expected = self._weights @ [1.0, small, wide, imbalanced]
        quality = np.clip(expected + rng.normal(0, 0.04, len(NAMES)), 0.05, 0.98)
        predicted = np.array(list(predicted_minutes(flags).values()))
        minutes = predicted * rng.uniform(0.8, 1.25, len(NAMES))
        breaks = rng.random(len(NAMES)) < 0.04 + 0.08 * wide * (_MINUTES > _LONG)
        whole, early = rng.normal(0, 0.02, len(NAMES)), rng.normal(0, 0.035, (2, len(NAMES)))
        return Table(flags, asked, budget, quality, minutes, breaks, whole, early)


class Workbench:
    """One table while a policy runs generators on it; a watchdog holds the budget.

    Attributes:
        trials: what has run, as the policy sees it.
        used: minutes.
        over: whether the watchdog had to end a run, whose time is lost.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.trials: list[Trial] = []
        self.used, self.over = 0.0, False
        self._arms = tuple(
            Arm(
                name=name,
                minutes=minutes,
                claim_level=CLASSES[GENERATORS[name].privacy],
                early=reached(round(GENERATORS[name].slowness, 1), RUNG),
            )
            for name, minutes in predicted_minutes(table.flags).items()
        )

    def search(self) -> Search:
        """What a policy of the production code is shown."""
        return Search(
            flags=self.table.flags,
            minutes=self.table.budget,
            arms=self._arms,
            trials=tuple(self.trials),
            asked=self.table.asked,
        )

    def run(self, name: str, share: float = 1.0) -> float | None:
        """Run a generator; its measured quality, or None where it gave no result."""
        place, left = NAMES.index(name), max(self.table.budget - self.used, 0.0)
        minutes = float(self.table.minutes[place]) * share
        quality = None
        if minutes > left:
            self.over, minutes = True, left
        elif not self.table.breaks[place]:
            quality = self._measured(name, share)
        self.used += minutes
        self.trials.append(Trial(generator=name, minutes=minutes, quality=quality, share=share))
        return quality

    def _measured(self, name: str, share: float) -> float:
        place = NAMES.index(name)
        noise = self.table.whole_noise[place]
        if share < 1:
            before = sum(t.generator == name and t.share < 1 for t in self.trials)
            noise = self.table.early_noise[min(before, 1), place]
        true = self.table.quality[place] * reached(GENERATORS[name].slowness, share)
        return float(np.clip(true + noise, 0, 1))

    def pick(self, admissible: bool) -> str | None:
        """The whole run with the best measured quality; only of admissible ones, or of all."""
        measured = {
            trial.generator: trial.quality
            for trial in self.trials
            if trial.share == 1 and trial.quality is not None
            if not admissible or self.table.admissible(trial.generator)
        }
        return max(measured, key=lambda name: measured[name], default=None)
