"""The record behind a claim of differential privacy: complete, or there is no DP label."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.generators.catalogue import catalogue

NO_LABEL = "no DP label"
GUARANTEED = "formal, end to end"
"""The claim level that promises what a DP label says."""
Place = Literal["inside", "outside", "absent"]
_PARTS = ("domain", "encoder", "discretisation", "tuning", "early_stopping")


class DPRecord(BaseModel):
    """All that a claim of differential privacy rests on (specs: evaluation, 4.5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str
    claim_level: str
    rows: int
    """Training rows, whom the claim is about."""
    epsilon: float
    delta: float
    unit: str = ""
    """What one person may contribute."""
    neighbouring: str = ""
    """How two tables differ that must be hard to tell apart."""
    mechanism: str = ""
    accountant: str = ""
    recomputed: str = ""
    """By what epsilon and delta were computed a second time."""
    domain: Place = "outside"
    encoder: Place = "outside"
    discretisation: Place = "outside"
    tuning: Place = "outside"
    early_stopping: Place = "outside"
    noise_source: str = ""
    secure_noise: bool = False
    """Noise from a cryptographic source whose seed is never kept."""
    floating_point: str = ""
    contradictions: tuple[str, ...] = ()
    """What in the code breaks the claim."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """Why there is no DP label; empty if the record is complete."""
        needed = ("unit", "neighbouring", "mechanism", "accountant", "recomputed", "noise_source",
                  "floating_point")  # fmt: skip
        gaps = [f"not on record: {n.replace('_', ' ')}" for n in needed if not getattr(self, n)]
        outside = [n.replace("_", " ") for n in _PARTS if getattr(self, n) == "outside"]
        if outside:
            gaps.append(f"outside the budget: {', '.join(outside)}")
        if not self.delta < 1 / max(self.rows, 1):
            gaps.append("delta is not below one over the rows")
        if not self.secure_noise:
            gaps.append("the noise can be repeated by who knows the seed")
        return (*self.contradictions, *gaps)

    @property
    def overstated(self) -> bool:
        """Whether the claim level promises more than is on record."""
        return self.claim_level == GUARANTEED and bool(self.gaps)

    @property
    def label(self) -> str:
        """The DP label, only where the record is complete."""
        if self.gaps:
            return NO_LABEL
        return f"differentially private per {self.unit}: {self.budget}"

    @property
    def budget(self) -> str:
        """Epsilon and delta as text."""
        return f"epsilon {self.epsilon:g}, delta {self.delta:.2g}"


def posterior(epsilon: float, prior: float = 0.5) -> float:
    """How sure an attacker can become that someone is in the data, at most (delta left out)."""
    odds = math.exp(epsilon) * prior / (1 - prior)
    return odds / (1 + odds)


def most_found(epsilon: float, delta: float = 0.0, false_alarms: float = 0.01) -> float:
    """Largest share of members that any attack can find at this share of false alarms.

    Source: Kairouz et al. 2015, the two lines that bound every test.
    """
    first = math.exp(epsilon) * false_alarms + delta
    second = 1 - math.exp(-epsilon) * (1 - delta - false_alarms)
    return min(1.0, first, second)


def meaning(record: DPRecord) -> str:
    """What the epsilon would mean, for a steward."""
    return (
        f"If {record.budget} held, someone who thinks it even odds that a person is in the data "
        f"could become {posterior(record.epsilon):.1%} sure, and find at most "
        f"{most_found(record.epsilon, record.delta):.1%} of people at 1 % false alarms."
    )


@cache
def _facts() -> dict[str, Any]:
    source = resources.files("synthcraft.tools.privacy") / "dp_mechanisms.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def claimed(generator: str, params: Mapping[str, Any], rows: int) -> DPRecord | None:
    """The record of a candidate; None where its generator claims no epsilon.

    `rows` are the training rows; parameters that were not given have the standard preset's value.
    An engine of which nothing is known has a record full of gaps.
    """
    spec = catalogue().get(generator)
    if spec is None or not any(p.name == "epsilon" for p in spec.parameters):
        return None
    given = spec.presets["standard"] | dict(params)
    known = _facts()["engines"].get(generator)
    facts = _facts()["shared"] | known if known else {}
    delta = facts.get("delta", "delta")
    own = {"n^-1.5": rows**-1.5, "1/n": 1 / rows, "delta": given.get("delta", 0.0)}
    return DPRecord.model_validate(
        facts
        | {
            "generator": spec.name,
            "claim_level": spec.claim_level,
            "rows": rows,
            "epsilon": given["epsilon"],
            "delta": own.get(delta, delta),
        }
    )
