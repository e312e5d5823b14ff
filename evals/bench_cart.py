"""Sequential CART: utility and attacks on the survey, seconds and memory as tables grow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean

from synthcraft.evals.bench import LATER, Line, Workbench, case
from synthcraft.evals.bench_evaluation import exponent
from synthcraft.evals.cart_cost import Trial, growth, trials
from synthcraft.evals.evaluation_cost import Size, apart

SEEDS = 10
SIZES: tuple[Size, ...] = ((10_000, 20), (30_000, 20), (100_000, 20))
_WHAT = {
    "auc": ("AUC of a model trained on the synthetic rows", "", None, ""),
    "prevalence": ("prevalence of the target", "", None, ""),
    "seconds": ("fit and draw", "s", 5.0, "processor seconds on one core, no imports"),
    "copies_p": ("copy test, p", "", None, "goal: above 0.05"),
    "dcr_z": ("nearest-record smoke test, z", "", 2.0, ""),
    "membership": ("best membership attack, AUC", "", None, ""),
    "vulnerable": ("best attack on the most unusual people, AUC", "", None, ""),
    "caught": ("attacks that beat guessing", "attacks", 1.0, "of eight, Holm's rule"),
}


@case("cart")
def sequential_cart(bench: Workbench) -> Iterator[Line]:
    """The defaults on the surveys from ten seeds, then each larger table once."""
    for name, table in {"NHANES 2017–2018": bench.table, "NHANES 2021–2023": LATER}.items():
        if table.is_file():
            yield from _survey(name, apart(trials, table, SEEDS))
    costs = {size: apart(growth, bench.table, size) for size in SIZES}
    for (rows, columns), cost in costs.items():
        limit = 120.0 if rows == SIZES[-1][0] else None
        name, seconds = f"CART, {rows:,} × {columns}", cost.fit + cost.draw
        note = f"fit {cost.fit:.3g} s, draw {cost.draw:.3g} s; peak {cost.peak_mb:.0f} MB"
        yield Line(name=name, unit="s", values=(seconds,), below=limit, note=note)
    powers = tuple(
        exponent(a, b, costs[a].fit + costs[a].draw, costs[b].fit + costs[b].draw)
        for a, b in pairwise(SIZES)
    )
    yield Line(name="CART, growth with the rows", unit="", values=powers, note="exponent")


def _survey(table: str, made: list[Trial]) -> Iterator[Line]:
    """Each quantity from every seed; the mean beside the AUC, for that is what a goal is set on."""
    real, mean = made[0].real_auc, fmean(trial.auc for trial in made)
    beside = f"mean {mean:.3f}; {real:.3f} from the real rows"
    for field, (name, unit, below, note) in _WHAT.items():
        values = tuple(float(getattr(trial, field)) for trial in made)
        said = beside if field == "auc" else note
        yield Line(name=f"CART, {table}, {name}", unit=unit, values=values, below=below, note=said)
