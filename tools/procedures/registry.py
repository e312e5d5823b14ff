"""The paper's analyses by name: each is one file `study_NAME.py` with one decorated function."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.printed import Printed

Need = Literal["target", "synthetic", "generators", "group"]
_PREFIX = "study_"


@dataclass(frozen=True)
class Question:
    """What an analysis is given.

    Attributes:
        ctx: real rows, schema and the question; its synthetic table stands for none.
        synthetic: name -> tables of independent fits of one generator.
        mode: the paper's way, or the rigorous one.
        generators: names of the catalogue, for an analysis that fits them itself.
        params: name of a generator -> its parameters, over the standard preset.
        patient: column that says whose row it is.
        tell: hears how far it is, 0 to 1, and a few words.
    """

    ctx: EvalContext
    synthetic: Mapping[str, tuple[pd.DataFrame, ...]]
    mode: Mode
    generators: tuple[str, ...] = ()
    params: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    patient: str | None = None
    tell: Callable[[float, str], None] = lambda share, words: None

    def beside(self, name: str) -> EvalContext:
        """The question about the tables of one name."""
        first, *others = self.synthetic[name]
        ctx = self.ctx.with_synthetic(first)
        ctx.replicates = tuple(others)
        return ctx


@dataclass(frozen=True)
class Answer:
    """What an analysis found."""

    tables: tuple[Printed, ...]
    pictures: tuple[Picture, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """One analysis: what it is called, what it cannot do without, and what does it."""

    name: str
    title: str
    run: Callable[[Question], Answer]
    needs: frozenset[Need] = field(default_factory=frozenset)


_FOUND: dict[str, Procedure] = {}


def procedure(
    name: str, title: str, needs: tuple[Need, ...] = ()
) -> Callable[[Callable[[Question], Answer]], Callable[[Question], Answer]]:
    """Register an analysis."""

    def register(run: Callable[[Question], Answer]) -> Callable[[Question], Answer]:
        if name in _FOUND:
            raise ValueError(f"procedure {name!r} is registered twice")
        _FOUND[name] = Procedure(name, title, run, frozenset(needs))
        return run

    return register


def procedures() -> dict[str, Procedure]:
    """Every analysis by name."""
    from synthcraft.tools import procedures as home

    for module in pkgutil.iter_modules(home.__path__):
        if module.name.startswith(_PREFIX):
            importlib.import_module(f"{home.__name__}.{module.name}")
    return dict(sorted(_FOUND.items()))


def find(name: str) -> Procedure:
    """The analysis of that name.

    Raises:
        InputError: there is none.
    """
    known = procedures()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        said = f"Did you mean {near[0]!r}? " if near else ""
        raise InputError(f"There is no procedure {name!r}.", f"{said}There are {', '.join(known)}.")
    return known[name]
