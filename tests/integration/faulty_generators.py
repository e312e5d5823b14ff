"""Generators that misbehave on purpose; workers import this file, tests register the specs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators import catalogue as catalogue_module
from synthcraft.tools.generators import training
from synthcraft.tools.generators.base import Fitted, GeneratorSpec, Progress, generator_backend
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.encoding import EncodedTable

BACKEND = "faulty"
NAMES = ("raises", "hangs", "few_rows", "eats", "no_room", "dies_at_odd_seeds")


def spec_of(name: str) -> GeneratorSpec:
    """Like `cart` in everything but the work."""
    presets: dict[str, dict[str, Any]] = {"quick": {}, "standard": {}, "paper": {}}
    changes = {"name": name, "title": name, "backend": BACKEND, "parameters": ()}
    return find("cart").model_copy(update={**changes, "presets": presets})


class FewRows:
    """Draws thirty rows, however many are wanted."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame.head(30)

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Never enough."""
        return self.frame


class Again:
    """Draws the rows that it was fitted to, with replacement."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """As many as are wanted."""
        return self.frame.sample(n, replace=True, random_state=seed, ignore_index=True)


class Faulty:
    """Does what its name says."""

    def __init__(self, spec: GeneratorSpec) -> None:
        self.spec = spec

    def fit(
        self, table: EncodedTable, params: Mapping[str, Any], seed: int, progress: Progress
    ) -> Fitted:
        """Fail in one of several ways."""
        match self.spec.name:
            case "raises":
                raise ValueError(f"could not convert {table.decode(table.frame.head(3))}")
            case "hangs":
                time.sleep(600)
            case "eats":
                eaten = []
                while True:
                    eaten.append(b"x" * (32 << 20))
                    time.sleep(0.01)
            case "no_room":
                raise OSError(28, "No space left on device")
            case "dies_at_odd_seeds":
                if seed % 2:
                    os._exit(3)
                return Again(table.frame)
            case "few_rows":
                return FewRows(table.frame)
        raise JobError("There is no such fault.")


def register_specs() -> None:
    """Make the names known to the catalogue of this process."""
    catalogue_module._load().update({name: spec_of(name) for name in NAMES})


training.BACKENDS[BACKEND] = __name__
generator_backend(BACKEND)(Faulty)
register_specs()
