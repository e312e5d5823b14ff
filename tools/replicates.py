"""No single run: independent fits of a generator, and where a result's variance comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthcraft.graph.errors import InputError
from synthcraft.tools.generators.training import train
from synthcraft.tools.seeds import Replicate, design
from synthcraft.tools.table_schema import TableSchema

if TYPE_CHECKING:
    import pandas as pd


def replicate_tables(
    frame: pd.DataFrame,
    schema: TableSchema,
    generator: str,
    params: dict[str, Any],
    *,
    seed: int,
    fits: int,
    draws: int = 1,
    rows: int | None = None,
) -> list[tuple[Replicate, pd.DataFrame]]:
    """Synthetic tables of independent fits, each from its own seeds.

    Releasing several of them multiplies what they may give away: privacy is tested on all.
    """
    found = []
    fitted: dict[int, Any] = {}
    for place in design(seed, splits=1, fits=fits, draws=draws):
        if place.fit not in fitted:
            fitted = {place.fit: train(frame, schema, generator, params, place.fit_seed)}
        made = fitted[place.fit].draw(rows or len(frame), place.sample_seed).frame
        found.append((place, made))
    return found


@dataclass(frozen=True)
class Components:
    """Variance of one result by where it comes from, in its squared units, none below zero.

    Attributes:
        split: which rows were held back, beyond the chance of the test rows themselves.
        fit: another fit of the generator on the same rows.
        draw: another table from the same fit.
        rows: another sample of test rows, by bootstrap.
        error: standard error of the mean over the whole design.
    """

    mean: float
    split: float
    fit: float
    draw: float
    rows: float
    error: float

    @property
    def shares(self) -> dict[str, float]:
        """Part of each source in the variance of a single run."""
        parts = {"split": self.split, "fit": self.fit, "draw": self.draw, "rows": self.rows}
        total = sum(parts.values())
        return {name: part / total if total else 0.0 for name, part in parts.items()}


def variance_components(
    values: Mapping[tuple[int, int, int], float], rows: Sequence[float] = ()
) -> Components:
    """Components of a balanced nested design, by equating mean squares.

    Args:
        values: result of each (split, fit, draw).
        rows: bootstrap variances of single results over their test rows.

    A level that was not repeated (one split, one fit, one draw) has no variance of its own here.

    Raises:
        InputError: a cell of the design is missing.
    """
    y = _cube(values)
    splits, fits, draws = y.shape
    of_fit, of_split = y.mean(axis=2), y.mean(axis=(1, 2))
    within_draw = _mean_square(y - of_fit[..., None], splits * fits * (draws - 1))
    within_fit = draws * _mean_square(of_fit - of_split[:, None], splits * (fits - 1))
    within_split = fits * draws * _mean_square(of_split - y.mean(), splits - 1)
    draw = within_draw
    fit = max(0.0, (within_fit - within_draw) / draws)
    between = max(0.0, (within_split - within_fit) / (fits * draws))
    test_rows = float(np.mean(rows)) if len(rows) else 0.0
    top = within_split if splits > 1 else within_fit if fits > 1 else within_draw
    return Components(
        mean=float(y.mean()),
        # all results of a split share their test rows, whose chance is part of what differs
        split=max(0.0, between - test_rows),
        fit=fit,
        draw=draw,
        rows=test_rows,
        error=float(np.sqrt(top / y.size + (test_rows if splits == 1 else 0.0))),
    )


def _cube(values: Mapping[tuple[int, int, int], float]) -> NDArray[np.float64]:
    axes = [sorted({key[axis] for key in values}) for axis in range(3)]
    y = np.full([len(axis) for axis in axes], np.nan)
    for key, value in values.items():
        y[tuple(axis.index(place) for axis, place in zip(axes, key, strict=True))] = value
    if not y.size or np.isnan(y).any():
        raise InputError(
            "The design is not complete: some split, fit or draw has no result.",
            "Give one result for every combination.",
        )
    return y


def _mean_square(deviations: NDArray[np.float64], freedom: int) -> float:
    return float((deviations**2).sum() / freedom) if freedom else 0.0
