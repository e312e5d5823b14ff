"""The panels of quality and privacy: ours with anchors, or synthcity's own beside ours."""

from __future__ import annotations

from collections.abc import Sequence

from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.inference.table import UNKNOWN, Table
from synthcraft.tools.legacy.pairs import Pair, Trio, not_run, pairs
from synthcraft.tools.legacy.panel import LIMIT_S, LegacyMetric, Panel, metrics
from synthcraft.tools.legacy.rows import LegacyRow, Outcome, measured, skipped
from synthcraft.tools.legacy.score import Asked, score
from synthcraft.tools.legacy.table import legacy_table
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.privacy.known import sensitive
from synthcraft.tools.procedures.registry import Answer, Question
from synthcraft.tools.report.printed import Printed, printed
from synthcraft.tools.report.words import number

FAMILIES = ("fidelity", "privacy_metrics")
_HEADER = ("Measure", "Value", "95 % interval", "Floor", "Fresh real", "Memorised", "Remark")
_ANCHORS = ("A0", "A1", "A2")


def panel_answer(
    asked: Question, panel: Panel, ours: Sequence[str], title: str, notes: tuple[str, ...]
) -> Answer:
    """One table a name; paper mode has one synthetic table and synthcity's own numbers.

    Args:
        asked: the question.
        panel: which of synthcity's panels.
        ours: ids of our metrics, in the order of printing.
        title: what stands above our table.
        notes: what stands below it.
    """
    tables: list[Printed] = []
    for i, name in enumerate(asked.synthetic):
        ctx = asked.beside(name)
        asked.tell(i / len(asked.synthetic), name)
        if asked.mode == "paper":
            tables.append(legacy_table(panel, _legacy(ctx, panel, asked)).of(name))
        else:
            rows = tuple(_cells(r) for r in _ours(ctx, ours) if r.column is None)
            tables.append(printed(panel, Table(title, _HEADER, rows, notes)).of(name))
    return Answer(tuple(tables))


def _ours(ctx: EvalContext, ids: Sequence[str]) -> list[Result]:
    rows, _ = evaluate(ctx, FAMILIES, {}, only=frozenset(ids))
    return sorted(rows, key=lambda row: ids.index(row.metric_id))


def _cells(row: Result) -> tuple[str, ...]:
    interval = UNKNOWN
    if row.ci_low is not None and row.ci_high is not None:
        interval = f"{number(row.ci_low)} to {number(row.ci_high)}"
    return (
        f"{row.title}: {row.group}" if row.group else row.title,
        number(row.value),
        interval,
        *(number(row.anchors.get(name)) for name in _ANCHORS),
        row.message or UNKNOWN,
    )


def _legacy(ctx: EvalContext, panel: Panel, asked: Question) -> list[LegacyRow]:
    chosen = metrics(panel, ctx.task)
    ids = sorted({key.ours for metric in chosen for key in metric.key if key.ours})
    ours = _ours(ctx, ids)
    trio = Trio(
        ctx.train,
        ctx.holdout,
        ctx.synthetic,
        sensitive=tuple(c.name for c in sensitive(ctx)),
        seen=bool(ctx.holdout_seen),
        seed=ctx.seed,
    )
    rows: list[LegacyRow] = []
    for i, metric in enumerate(chosen):
        asked.tell(i / len(chosen), metric.name)
        if why := not_run(metric, trio, LIMIT_S):
            rows += skipped(metric, trio, why, ours)
            continue
        found = pairs(trio, attack=metric.attack)
        done = {place: _attempt(metric, ctx, pair, trio) for place, pair in found.items()}
        rows += measured(metric, trio, done, ours)
    return rows


def _attempt(metric: LegacyMetric, ctx: EvalContext, pair: Pair, trio: Trio) -> Outcome:
    about = Asked(ctx.schema, ctx.target, ctx.task, ctx.time_column, trio.sensitive, trio.seed)
    try:
        return Outcome(score(metric, trio.real, pair.synthetic, about, pair.outside))
    except SynthCraftError as error:
        return Outcome(code=error.code, message=error.message)
    except Exception as error:  # its own text may quote cells
        code = f"E_LEGACY_{type(error).__name__.upper()}"
        return Outcome(code=code, message="synthcity could not be called with these tables")
