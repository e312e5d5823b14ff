"""Figure 2 and Table D: how well models tell outcomes apart, in everybody and group by group."""

from __future__ import annotations

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.discrimination import discrimination, discrimination_table
from synthcraft.tools.inference.table import UNKNOWN, Table, with_interval
from synthcraft.tools.procedures.discrimination import Line, SubgroupAuc, subgroup_auc
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.report.auc_forest import auc_forest
from synthcraft.tools.report.printed import printed

_HEADER = ("Group", "Model of", "People", "Events", "AUC (95 % CI)", "Minus real (95 % CI)", "Note")
_NOTES = (
    "Logistic regressions; people and events rounded to five. Compare a group with the real model "
    "in the same group: within an age band every AUC is lower by construction.",
)


@procedure("discrimination", "Discrimination by subgroup (Figure 2, Table D)", needs=("target",))
def run(asked: Question) -> Answer:
    """The real model alone where there is no synthetic table. Source: evaluation P3."""
    found = subgroup_auc(asked.ctx, asked.synthetic, asked.mode)
    forest = auc_forest(found)
    return Answer(
        (
            printed("discrimination", subgroup_table(found, "Discrimination by subgroup")),
            printed("discrimination_real", discrimination_table(asked.ctx), real_alone=True),
        ),
        (forest,) if forest else (),
        (*map(_fact, found.lines), *_of_real(asked)),
    )


def _fact(line: Line) -> Fact:
    return Fact(
        name="auc", about=line.source, group=_group(line), value=line.auc, low=line.low,
        high=line.high,
    )  # fmt: skip


def _of_real(asked: Question) -> tuple[Fact, ...]:
    """The real model alone, by what it was tested on."""
    try:
        found = discrimination(asked.ctx)
    except DataError:
        return ()
    return tuple(
        Fact(name=f"auc on {d.tested_on}", about="real", value=d.auc, low=d.low, high=d.high)
        for d in found
    )


def _group(line: Line) -> str:
    return f"{line.column}: {line.group}" if line.column else ""


def subgroup_table(found: SubgroupAuc, title: str) -> Table:
    """Every line of a forest as a table."""
    rows = tuple(_cells(line) for line in found.lines)
    return Table(title, _HEADER, rows, _NOTES, found.stamp)


def _cells(line: Line) -> tuple[str, ...]:
    people, events = (UNKNOWN if n is None else f"{n:,}" for n in (line.n, line.events))
    return (
        _group(line) or "everybody",
        line.source,
        people,
        events,
        _interval(line.auc, line.low, line.high),
        _interval(line.delta, line.delta_low, line.delta_high),
        line.note,
    )


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return UNKNOWN
    return with_interval(value, low, high, 3)
