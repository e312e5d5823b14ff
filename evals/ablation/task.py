"""Tasks: a real table, a person, what fails, and what is required; one YAML file each."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from synthcraft.evals.ablation import faults, tables
from synthcraft.evals.ablation.faults import Fault
from synthcraft.evals.ablation.persons import Person, Wishes, person_of
from synthcraft.graph.contracts import Changes, Frozen
from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import digest_of

FOLDER = Path(__file__).parent / "tasks"
REQUIRED = (
    "profile_schema", "shortlist", "fit", "pick_fidelity", "pick_privacy", "pick_utility",
    "diagnose", "draft_report",
)  # fmt: skip
"""Steps of a whole project in the order of its episodes; `fit` is any training that worked."""


class Table(Frozen):
    """Which part of which real table."""

    source: str
    columns: tuple[str, ...] = Field(min_length=2)
    rows: int = Field(default=300, ge=100, le=2000)


class Task(Frozen):
    """One task.

    Attributes:
        name: name of the file.
        title: what it tests, in a few words.
        table: the data.
        persona: how the simulated person behaves.
        target: the right outcome.
        wrong: columns that the person names by mistake first.
        fallback: what the person takes where a generator gives nothing.
        other: the generator that the person changes their mind to.
        prompt: what the person writes at the start.
        request: what they chose on the form.
        faults: tools that fail.
        requires: steps that must have been done, in a legal order.
        ends: how a run should end: `waiting` where the right thing is not to go on alone.
        quality: of the best table on the holdout, at least; None: not asked.
        splits: distinct seeds of the data; more seeds of a batch share them.
    """

    name: str
    title: str
    table: Table
    persona: str
    target: str
    wrong: tuple[str, ...] = ()
    fallback: str = "marginal_distributions"
    other: str = "marginal_distributions"
    prompt: str = ""
    request: Changes = Changes()
    faults: tuple[Fault, ...] = ()
    requires: tuple[str, ...] = REQUIRED
    ends: Literal["finished", "waiting"] = "finished"
    quality: float | None = Field(default=None, ge=0, le=1)
    splits: int = Field(default=2, ge=1)

    @property
    def wishes(self) -> Wishes:
        """What the person may say."""
        return Wishes(self.target, self.wrong, self.fallback, self.other)

    @cached_property
    def digest(self) -> str:
        """Of everything in it."""
        return digest_of(self.model_dump(mode="json"))

    @property
    def budget_minutes(self) -> float:
        """Time that training may take."""
        return self.request.budget_minutes or 30.0

    def person(self, seed: int) -> Person:
        """The person of a run."""
        return person_of(self.persona, self.wishes, seed)

    def data_seed(self, seed: int) -> int:
        """Seed of split and fits: few of them, so that finished jobs serve many runs."""
        return seed % self.splits


def read(path: Path) -> Task:
    """A task from its file.

    Raises:
        InputError: it is not a task, or names a persona, table, fault or step that is not there.
    """
    try:
        record: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        task = Task.model_validate({"name": path.stem, **record})
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"The task {path.name} cannot be read: {_why(error)}.") from None
    try:
        task.person(0)
        tables.check(task.table.source)
        faults.check(task.faults)
        _check_steps(task)
    except InputError as error:
        raise InputError(f"The task {path.name}: {error.message}", error.hint) from None
    return task


def all_tasks(folder: Path = FOLDER) -> dict[str, Task]:
    """Every task of a folder by name, in the order of their names."""
    return {path.stem: read(path) for path in sorted(folder.glob("*.yaml"))}


def _check_steps(task: Task) -> None:
    known = {action.name for episode in EPISODES.values() for action in episode.actions} | {"fit"}
    if unknown := set(task.requires) - known:
        raise InputError(f"There is no step {sorted(unknown)[0]!r}.", "See graph/episode_table.py.")


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return type(error).__name__
