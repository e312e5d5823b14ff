"""What a batch showed: one outcome for each system with its model, small enough to keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from synthcraft.evals.ablation.models import EMULATED
from synthcraft.evals.ablation.rates import Difference, Rate, difference, rate
from synthcraft.evals.ablation.records import Trace
from synthcraft.evals.ablation.rubric import FAILURES, Score, score
from synthcraft.evals.ablation.task import Task
from synthcraft.evals.machine import Machine
from synthcraft.graph.contracts import Frozen

REFERENCE = "full"
"""The system that the others are compared with."""
MEASURES = {
    "success": "completed, person asked, nothing forbidden",
    "completed": "completed",
    "gates": "gates respected",
    "evaluated": "evaluated",
    "budget": "time limit kept",
    "clean": "nothing forbidden",
    "recovered": "recovered from tool failures",
    "quality": "quality reached",
}
AND = " && "
"""Between commands that are all needed to repeat the results."""
COSTS = ("tool_calls", "model_calls", "tokens", "questions", "contacts", "seconds")


class Outcome(Frozen):
    """A system with its model.

    Attributes:
        system: who decides.
        model: the language model, empty where none takes part.
        emulated: whether that is a script.
        runs: runs that count.
        seeds: of the task that has fewest.
        infrastructure: runs that an endpoint spoilt; they count nowhere else.
        rates: of `MEASURES`, over the runs where the measure applies.
        failures: runs with each failure type.
        by_task: task -> completed, and runs.
        costs: means of a run.
        against: success minus that of the full system, paired; None for itself.
    """

    system: str
    model: str
    emulated: bool
    runs: int
    seeds: int
    infrastructure: int
    rates: dict[str, Rate]
    failures: dict[str, Rate]
    by_task: dict[str, Rate]
    costs: dict[str, float]
    against: Difference | None


class Past(Frozen):
    """One earlier version of the results, in a line."""

    at: str
    config: str
    runs: int
    completed: dict[str, float]


class AblationResults(Frozen):
    """Everything on the page.

    Attributes:
        at: when the last run ended.
        config: digest of what all runs share.
        machine: where they ran.
        command: what repeats them.
        tasks: name -> what the task tests.
        outcomes: one a system with its model.
        misses: runs of the full system that were no success, each with what went wrong.
        history: earlier versions, oldest first.
    """

    at: str
    config: str
    machine: Machine
    command: str
    tasks: dict[str, str]
    outcomes: tuple[Outcome, ...]
    misses: tuple[str, ...]
    history: tuple[Past, ...] = ()


Judged = tuple[Trace, Score]


def summed(traces: Iterable[Trace], tasks: Mapping[str, Task]) -> tuple[Outcome, ...]:
    """Outcomes in the order in which their systems first occur."""
    groups: dict[tuple[str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[trace.system, trace.model].append(trace)
    judged = {who: _judged(of, tasks) for who, of in groups.items()}
    reference = {(t.task, t.seed): s for t, s in judged.get((REFERENCE, ""), [])}
    return tuple(_outcome(groups[who], judged[who], reference) for who in groups)


def misses(traces: Iterable[Trace], tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """Where the full system did not succeed, and why."""
    judged = _judged([t for t in traces if t.system == REFERENCE], tasks)
    return tuple(
        f"{t.task}, seed {t.seed}: {', '.join(FAILURES[f] for f in s.failures)}; it ended "
        f"{t.ended}: {t.message}"
        for t, s in judged
        if not s.success
    )


def _judged(traces: Sequence[Trace], tasks: Mapping[str, Task]) -> list[Judged]:
    return [(t, score(tasks[t.task], t)) for t in traces if t.ended != "infrastructure"]


def _outcome(
    traces: Sequence[Trace], judged: Sequence[Judged], reference: Mapping[tuple[str, int], Score]
) -> Outcome:
    first, scores = traces[0], [s for _, s in judged]
    pairs = [(s, reference[t.task, t.seed]) for t, s in judged if (t.task, t.seed) in reference]
    by_task: dict[str, list[bool]] = defaultdict(list)
    for trace, each in judged:
        by_task[trace.task].append(each.completed)
    return Outcome(
        system=first.system,
        model=first.model,
        emulated=first.model.startswith(EMULATED),
        runs=len(judged),
        seeds=min((len(done) for done in by_task.values()), default=0),
        infrastructure=len(traces) - len(judged),
        rates={name: rate([getattr(s, name) for s in scores]) for name in MEASURES},
        failures={name: rate([name in s.failures for s in scores]) for name in FAILURES},
        by_task={name: rate(done) for name, done in sorted(by_task.items())},
        costs={n: round(float(np.mean([getattr(s, n) for s in scores] or [0])), 2) for n in COSTS},
        against=None
        if first.system == REFERENCE
        else difference(
            [s.success for s, _ in pairs], [r.success for _, r in pairs], np.random.default_rng(0)
        ),
    )
