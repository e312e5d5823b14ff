"""Build: from names to systems, models, tasks and the benches of single runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from synthcraft.evals.ablation import tables
from synthcraft.evals.ablation.bench import Bench
from synthcraft.evals.ablation.models import Model
from synthcraft.evals.ablation.records import SIMULATED, Key
from synthcraft.evals.ablation.systems import System, system_named, systems
from synthcraft.evals.ablation.task import FOLDER, Task, all_tasks
from synthcraft.evals.ablation.watched import SharedJobs
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError, NotFoundError


class Contender(Frozen):
    """A system with its model, as one line of the results."""

    system: str
    model: str = ""


class Setup:
    """Everything that a batch needs, from names.

    Args:
        system_names: systems; empty: all.
        task_names: tasks; empty: all whose table is on this machine.
        models: language models for the systems that ask one.
        data: folder of shared data; None: only what is installed.
        folder: where the cache of finished jobs and the tables lie.
        tasks_folder: where the tasks are.
    """

    def __init__(
        self,
        system_names: Sequence[str],
        task_names: Sequence[str],
        models: Sequence[Model],
        data: Path | None,
        folder: Path,
        tasks_folder: Path = FOLDER,
    ) -> None:
        self.folder = folder
        self.models = {model.name: model for model in models}
        self.contenders = tuple(_contenders(system_names, models))
        self.known = known = all_tasks(tasks_folder)
        if unknown := [name for name in task_names if name not in known]:
            raise NotFoundError(
                f"There is no task named {unknown[0]!r}.", f"Choose from: {', '.join(known)}."
            )
        self.left_out: list[str] = []
        self.tasks: dict[str, Task] = {}
        self.tables: dict[str, Path] = {}
        for name in task_names or known:
            self._take(known[name], data, asked=bool(task_names))

    def _take(self, task: Task, data: Path | None, *, asked: bool) -> None:
        place = self.folder / "tables" / task.name
        try:
            table = task.table
            path = tables.write(table.source, table.columns, table.rows, data, place)
        except NotFoundError:
            if asked:
                raise
            self.left_out.append(task.name)
            return
        self.tasks[task.name], self.tables[task.name] = task, path

    def keys(self, seeds: int) -> Iterator[Key]:
        """Every run, seed by seed, so that a batch that is cut short is still balanced."""
        for seed in range(seeds):
            for task in self.tasks:
                for who in self.contenders:
                    yield Key(who.system, who.model, task, seed)

    @contextmanager
    def bench(self, key: Key, shared: SharedJobs) -> Iterator[tuple[System, Bench]]:
        """The system and the bench of one run, with a workspace that is thrown away."""
        with TemporaryDirectory(dir=self.folder) as home:
            bench = Bench(
                task=self.tasks[key.task],
                seed=key.seed,
                table=self.tables[key.task],
                settings=Settings(home=Path(home), actor=SIMULATED, parallel=1),
                shared=shared,
                model=self.models.get(key.model),
            )
            yield system_named(key.system), bench


def _contenders(names: Sequence[str], models: Sequence[Model]) -> Iterable[Contender]:
    for name in names or systems():
        if not system_named(name).asks_model:
            yield Contender(system=name)
        elif models:
            yield from (Contender(system=name, model=model.name) for model in models)
        elif names:
            raise InputError(
                f"The system {name} needs a language model.",
                "Name one with --model, or `--model emulated` for all emulated ones.",
            )
