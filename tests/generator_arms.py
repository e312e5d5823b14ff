"""Arms, trials and evidence for the tests of the choice of generators."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from synthcraft.graph.records import Flags
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.generators.quality import QualityModel, quality_keys
from synthcraft.tools.generators.search import PRIVACY_CLASS, Arm, Search, Trial

NAMES = sorted(catalogue())
KEYS = sorted(quality_keys(NAMES))
CONTEXTS = [Flags(small=s, wide=w, imbalanced=i) for s, w, i in product((False, True), repeat=3)]
LEVELS = sorted(PRIVACY_CLASS)
PLAIN = "heuristic, no guarantee"

runs = st.lists(
    st.tuples(st.sampled_from(NAMES[:3]), st.sampled_from(CONTEXTS), st.floats(0, 1)), max_size=25
)


def learnt(observations: list[tuple[str, Flags, float]]) -> QualityModel:
    model = QualityModel.of_catalogue()
    for name, flags, quality in observations:
        model = model.with_counts(model.observed(name, flags, quality))
    return model


def arm(name: str, minutes: float = 5.0, **more: Any) -> Arm:
    return Arm(**{"name": name, "minutes": minutes, "claim_level": PLAIN} | more)


def search(arms: list[Arm], minutes: float = 60.0, *trials: Trial, **more: Any) -> Search:
    return Search(flags=Flags(), minutes=minutes, arms=tuple(arms), trials=trials, **more)


def ran(name: str, quality: float | None, minutes: float = 5.0, share: float = 1.0) -> Trial:
    return Trial(generator=name, quality=quality, minutes=minutes, share=share)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)
