"""Generators of engines in other interpreters behind the `Generator` protocol.

The engine fits once and stays, for as long as the job does, to be drawn from: a mechanism that
spends a budget spends it once. It gets codes and sizes, never a name or a value of the table.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import Fitted, GeneratorSpec, Progress, generator_backend
from synthcraft.tools.generators.coding import Coding
from synthcraft.tools.generators.encoding import EncodedTable, keyed_rng
from synthcraft.tools.generators.engine_process import EngineProcess
from synthcraft.tools.generators.engines import (
    engine,
    folder,
    installed,
    python_of,
    workspace,
)

_SEEDS = 2**31
_TOLERANCE = 1e-6


@dataclass
class FittedForeign:
    """An engine that has learnt a table and waits."""

    process: EngineProcess
    coding: Coding
    facts: dict[str, Any]
    """What the job reports beside the rows."""
    drawn: int = 0

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """One draw, by way of a file."""
        self.drawn += 1
        path = self.process.folder / f"drawn-{self.drawn}.npy"
        order = {"rows": n, "seed": seed % _SEEDS, "path": str(path)}
        self.process.ask(order, "drawn", lambda share, words: None)
        codes = self._read(path)
        return self.coding.decode(codes, keyed_rng(seed, "inside"))

    def _read(self, path: Path) -> Any:
        try:
            codes = np.load(path, allow_pickle=False)
            path.unlink()
        except (OSError, ValueError):
            codes = np.empty(0)
        if codes.ndim != 2 or codes.dtype.kind != "i" or codes.shape[1] != len(self.coding.parts):
            raise JobError("The engine's rows cannot be read.", code="E_ENGINE_PROTOCOL")
        return codes


class ForeignGenerator:
    """A method of an engine that has an interpreter of its own."""

    def __init__(self, spec: GeneratorSpec) -> None:
        self.spec = spec

    def fit(
        self, table: EncodedTable, params: Mapping[str, Any], seed: int, progress: Progress
    ) -> Fitted:
        """Start the engine, hand it the codes and wait."""
        home = workspace()
        own = engine(self.spec.engine)
        arguments = dict(params)
        coding = Coding.of(table, int(arguments.pop("bins")))
        place = Path(tempfile.mkdtemp(prefix="engine-")).absolute()
        np.save(place / "train.npy", coding.encode(table.frame), allow_pickle=False)
        job = {
            "model": self.spec.name.removeprefix(f"{own.name}_"),
            "params": arguments,
            "seed": seed % _SEEDS,
            "columns": [f"c{position}" for position in range(len(coding.parts))],
            "sizes": [part.size for part in coding.parts],
            "data": str(place / "train.npy"),
        }
        python = python_of(folder(home, own.name))
        process = EngineProcess([str(python), "-s", "-P", str(own.driver)], place)
        fitted = process.ask(job, "fitted", progress)
        record = installed(home, own.name)
        version = record.packages.get(own.name, "") if record else ""
        facts = {"engine": f"{own.name} {version}".strip(), "domain_from_data": coding.from_data}
        return FittedForeign(process, coding, facts | _budget(fitted, arguments))


def _budget(fitted: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """What was spent, computed a second time from the ledger of every draw of noise.

    Raises:
        JobError: the engine spent more than it was given.
    """
    delta = float(params["delta"])
    spent = epsilon_of(float(fitted["rho"]), delta)
    if not spent <= float(params["epsilon"]) * (1 + _TOLERANCE):
        raise JobError(
            "The engine spent more of the privacy budget than it was given; its rows are withheld.",
            code="E_BUDGET",
        )
    return {"rho": float(fitted["rho"]), "epsilon_spent": round(spent, 6), "delta": delta}


def epsilon_of(rho: float, delta: float) -> float:
    """Least epsilon that holds with this delta under zero-concentrated privacy.

    Args:
        rho: of the sum of all mechanisms, >= 0.
        delta: in (0, 1).

    Source: Canonne, Kamath and Steinke 2020, proposition 12; true for every order above 1.
    """
    if rho <= 0:
        return 0.0
    orders = 1 + np.geomspace(1e-3, 1e6, 200_000)
    bound = rho * orders - (math.log(delta) + np.log(orders)) / (orders - 1) + np.log1p(-1 / orders)
    return max(float(bound.min()), 0.0)


generator_backend("venv")(ForeignGenerator)
