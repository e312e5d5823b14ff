"""Seeds of their own for every random draw, derived from the seed of the run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


def child_seed(seed: int, *labels: object) -> int:
    """A seed for one use: from the same seed and labels the same one, from others an unrelated."""
    text = "/".join(str(part) for part in (seed, *labels))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


@dataclass(frozen=True)
class Replicate:
    """One place in a nested design, with a seed for each kind of draw that it needs."""

    split: int
    fit: int
    draw: int
    split_seed: int
    fit_seed: int
    sample_seed: int
    downstream_seed: int
    attack_seed: int


def design(seed: int, splits: int = 3, fits: int = 5, draws: int = 2) -> tuple[Replicate, ...]:
    """Every split x fit x draw; what stands higher in the design shares its seed.

    Splits of the rows, independent fits in each, synthetic tables drawn from each fit.
    Source: evaluation 1.
    """
    return tuple(
        Replicate(
            split=s,
            fit=f,
            draw=d,
            split_seed=child_seed(seed, "split", s),
            fit_seed=child_seed(seed, "fit", s, f),
            sample_seed=child_seed(seed, "sample", s, f, d),
            downstream_seed=child_seed(seed, "downstream", s, f, d),
            attack_seed=child_seed(seed, "attack", s, f, d),
        )
        for s in range(splits)
        for f in range(fits)
        for d in range(draws)
    )
