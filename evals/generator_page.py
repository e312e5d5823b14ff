"""The page of the generator benchmark: its section of RESULTS.md, beside the specification."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from synthcraft.evals import page
from synthcraft.evals.generator_bench import REFERENCE, WINDOWS, GeneratorResults, Mean, Outcome
from synthcraft.evals.page import table

NAME = "generators"
DIFFERENCES = """What differs from the prototype behind the specification, by intent:

- Equals: it left the order of equally rated generators to the sorting routine. Here \
`single_best` draws among them, and the learnt choices take the cheapest.
- Its rung came with time to spare (a fifth more than the mask), ran two generators as a whole \
afterwards, and ran one without regard to the mask when nothing had worked. Here the mask always \
holds, expected improvement decides after the short runs too, and `ts_ei_warm_spare` shows what \
the spare time brings without any short run.
- It corrected short runs by the true speed of each generator. Here that is known to a tenth.
- Measured qualities end at 0 and 1, and do not depend on the order of the runs."""


class Specified(NamedTuple):
    """A row of the table of the specification: regret by window, minutes, percent over budget."""

    regret: tuple[float, float, float, float]
    minutes: float
    over: float


SPECIFIED = {
    "all": Specified((0.105, 0.111, 0.105, 0.106), 58.8, 66.1),
    "fixed_four": Specified((0.111, 0.134, 0.123, 0.129), 36.5, 32.8),
    "random_two": Specified((0.114, 0.128, 0.119, 0.122), 21.4, 13.6),
    "single_best": Specified((0.057, 0.069, 0.077, 0.079), 15.9, 3.5),
    "successive_halving": Specified((0.031, 0.037, 0.033, 0.035), 21.7, 0.0),
    "ts_ei_cold": Specified((0.039, 0.023, 0.015, 0.015), 18.9, 0.9),
    "ts_ei_warm": Specified((0.019, 0.023, 0.014, 0.015), 18.7, 0.9),
    "ts_ei_warm_rung": Specified((0.023, 0.014, 0.013, 0.014), 28.6, 0.5),
}
"""Source: reasoning engine 8, for 200 tables and 20 seeds."""
ERRORS = 2.0
"""Standard errors of ours within which a figure of the specification agrees."""
MEANING = {
    "all": "every generator, as a coordinator without masks would",
    "fixed_four": "the paper's four, where the privacy class admits them",
    "random_two": "two admissible ones at random",
    "single_best": "the best by the catalogue, equals at random",
    "successive_halving": "short runs, then the best as a whole; remembers nothing",
    "ts_ei_cold": "linear Thompson sampling, then expected improvement; vague priors",
    "ts_ei_warm": "the same with the catalogue's priors, as specified",
    "ts_ei_warm_spare": "the same, with time to spare while nothing has worked",
    "ts_ei_warm_rung": "the same, after short runs of four where the budget is ample",
}


def write(results: GeneratorResults, folder: Path) -> None:
    """Keep the numbers, and replace the section of the page that is made of them."""
    page.write(results, NAME, section, folder)


def section(results: GeneratorResults) -> str:
    """The whole section as Markdown."""
    headers = (
        "policy", *(f"regret {first}–{last}" for first, last in _windows(results)),
        f"gap to {REFERENCE}", "min/table", "over budget", "nothing to show",
        "breaks the privacy class",
    )  # fmt: skip
    rows = [_cells(name, outcome) for name, outcome in results.policies.items()]
    meanings = "\n".join(f"- `{name}`: {MEANING[name]}." for name in results.policies)
    return "\n\n".join(
        [_introduction(results), meanings, table(headers, rows), *_agreement(results)]
    )


def _windows(results: GeneratorResults) -> list[tuple[int, int]]:
    return [w for w in WINDOWS if w[0] <= results.datasets]


def _introduction(results: GeneratorResults) -> str:
    return (
        "## The choice of generators in simulated worlds\n\n"
        f"Written from `{NAME}.json` by `{results.command} --out evals` on {results.at} "
        f"({results.seconds:.0f} s); do not edit. {results.machine.sentence()}.\n\n"
        "**Ten generators, tables and budgets, all simulated.** The figures rank policies; they "
        "do not predict what real engines reach. Regret of a table: true quality (0 to 1) lost "
        "against the best generator that would work inside its budget and privacy class. Every "
        f"policy meets the same {results.datasets} tables of the same {results.seeds} seeds; ± "
        "is one standard error over the seeds."
    )


def _cells(name: str, outcome: Outcome) -> tuple[str, ...]:
    return (
        name,
        *(_figure(mean) for mean in outcome.regret),
        _figure(outcome.gap, "+"),
        f"{outcome.minutes.mean:.1f} ± {outcome.minutes.se:.1f}",
        f"{100 * outcome.over.mean:.1f} ± {100 * outcome.over.se:.1f} %",
        f"{100 * outcome.empty:.1f} %",
        f"{100 * outcome.forbidden:.1f} %",
    )


def _figure(mean: Mean | None, sign: str = "") -> str:
    return "" if mean is None else f"{mean.mean:{sign}.4f} ± {mean.se:.4f}"


def _agreement(results: GeneratorResults) -> Iterator[str]:
    """Our figures beside those of the specification, where both cover the same tables."""
    if results.datasets < WINDOWS[-1][1]:
        return
    rows = {name: _beside(results.policies[name], spec) for name, spec in SPECIFIED.items()}
    outside = [
        f"`{name}` {column} ({pair.ours.mean:.3f} ± {pair.ours.se:.3f} against {pair.spec:.3f})"
        for name, pairs in rows.items()
        for column, pair in pairs.items()
        if not pair.agree
    ]
    total = sum(map(len, rows.values()))
    columns = next(iter(rows.values()))
    yield "### Beside the specification"
    yield (
        f"{total - len(outside)} of {total} figures agree within {ERRORS:.0f} standard errors of "
        f"ours. Outside: {'; '.join(outside) or 'none'}. Both met the same tables, whose variety "
        "makes up most of the error: a row that leans one way throughout may differ all the same."
    )
    yield table(
        ("policy", *(f"{column}: ours / spec" for column in columns)),
        [(n, *(pair.text() for pair in pairs.values())) for n, pairs in rows.items()],
    )
    yield DIFFERENCES


class Pair(NamedTuple):
    """One figure of ours and of the specification, with half of its last digit."""

    ours: Mean
    spec: float
    rounding: float

    @property
    def agree(self) -> bool:
        """Whether the specification lies within the error of ours."""
        return abs(self.ours.mean - self.spec) <= ERRORS * self.ours.se + self.rounding

    def text(self) -> str:
        """Both, with the digits of the specification."""
        digits = 3 if self.rounding < 0.001 else 1
        return f"{self.ours.mean:.{digits}f} / {self.spec:.{digits}f}"


def _beside(outcome: Outcome, spec: Specified) -> dict[str, Pair]:
    """The figures that both give, by column."""
    regrets = zip(WINDOWS, outcome.regret, spec.regret, strict=True)
    percent = Mean(mean=100 * outcome.over.mean, se=100 * outcome.over.se)
    return {
        f"regret {first}–{last}": Pair(ours, stated, 0.0005)
        for (first, last), ours, stated in regrets
        if ours is not None
    } | {
        "min/table": Pair(outcome.minutes, spec.minutes, 0.05),
        "over budget %": Pair(percent, spec.over, 0.05),
    }
