"""A generator trained on one table, to be drawn from as often as is wanted."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import Fitted, GeneratorSpec, Progress, backend_of
from synthcraft.tools.generators.catalogue import find, validate_params
from synthcraft.tools.generators.declared import encode_declared
from synthcraft.tools.generators.encoding import EncodedTable, encode
from synthcraft.tools.generators.engines import require, workspace
from synthcraft.tools.generators.sampling import MAX_FACTOR, Sample, draw
from synthcraft.tools.generators.survival import encode_survival
from synthcraft.tools.table_schema import TableSchema

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.tools.repair import RepairReport

BACKENDS = {
    "synthcity": "synthcraft.tools.generators.synthcity_backend",
    "cart": "synthcraft.tools.generators.cart",
    "venv": "synthcraft.tools.generators.foreign",
}


def load(spec: GeneratorSpec) -> ModuleType | None:
    """The module of a backend; none where reading the catalogue has imported it already."""
    home = BACKENDS.get(spec.backend)
    return importlib.import_module(home) if home else None


def silent(share: float, words: str) -> None:
    """Progress that nobody listens to."""


def complete(spec: GeneratorSpec, params: dict[str, Any], rows: int) -> dict[str, Any]:
    """Every parameter: what was given over the standard preset for so many training rows."""
    return spec.at("standard", rows) | validate_params(spec, params)


@dataclass(frozen=True)
class Drawn:
    """A synthetic table in the form of the real one, and what it took to get it."""

    frame: pd.DataFrame
    sample: Sample
    report: RepairReport


@dataclass(frozen=True)
class Trained:
    """A generator that has learnt one table."""

    spec: GeneratorSpec
    schema: TableSchema
    table: EncodedTable
    fitted: Fitted

    def draw(
        self,
        rows: int,
        seed: int,
        where: Mapping[str, Any] | None = None,
        progress: Progress = silent,
        *,
        partial: bool = False,
        max_factor: int = MAX_FACTOR,
    ) -> Drawn:
        """Draw rows that all meet a condition, and put them into the schema.

        With `partial`, a condition too rare to be met as often as asked gives what there is.

        Raises:
            JobError: hardly a row can be read, or too few meet the condition.
        """
        from synthcraft.tools.repair import repair

        sample = draw(
            self.fitted, self.table, rows, where or {}, seed, progress,
            partial=partial, max_factor=max_factor,
        )  # fmt: skip
        frame, report = repair(sample.frame, self.schema)
        if len(frame) != len(sample.frame) or tuple(frame.columns) != self.schema.names:
            raise JobError("The repaired table has another shape than was asked for.")
        return Drawn(frame, sample, report)


def train(
    frame: pd.DataFrame,
    schema: TableSchema,
    generator: str,
    params: dict[str, Any],
    seed: int,
    progress: Progress = silent,
    cache: Path | None = None,
    follow_up: Mapping[str, str] | None = None,
) -> Trained:
    """Encode a table and train one generator on it.

    What engines learn of single columns is shared through `cache`, if it is given. Engines of
    survival need `follow_up`, the names of the columns `time` and `event`.

    Raises:
        JobError: the generator is not available or made for another kind of table, or the table
            holds nothing to learn.
    """
    spec = find(generator)
    require(spec, workspace())
    progress(0.0, "encoding")
    table = replace(_encoded(spec, frame, schema, seed, follow_up), cache=cache)
    if table.frame.empty:
        raise JobError("Every column is constant: there is nothing to learn.", code="E_NOTHING")
    load(spec)
    fitted = backend_of(spec)(spec).fit(table, complete(spec, params, len(frame)), seed, progress)
    return Trained(spec, schema, table, fitted)


def _encoded(
    spec: GeneratorSpec,
    frame: pd.DataFrame,
    schema: TableSchema,
    seed: int,
    follow_up: Mapping[str, str] | None,
) -> EncodedTable:
    if spec.task == "time series":
        raise JobError(
            f"{spec.title} makes visits over time, and this table has one row per person.",
            "`synthcraft generators visits` runs it.",
            code="E_TASK",
        )
    if spec.task == "survival":
        return encode_survival(frame, schema, seed, spec, follow_up)
    return (encode_declared if spec.engine else encode)(frame, schema, seed)
