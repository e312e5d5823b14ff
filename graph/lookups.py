"""What the runner reads from a project without moving it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.agents.tables import full_schema, full_table
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Deps
from synthcraft.graph.errors import InputError
from synthcraft.graph.heard import Heard
from synthcraft.graph.journal import note
from synthcraft.graph.records import digest_of
from synthcraft.graph.state import RunState
from synthcraft.graph.views import HistoryLine, SessionView
from synthcraft.tools.counts import Counts
from synthcraft.tools.table_schema import TableSchema

if TYPE_CHECKING:
    from synthcraft.agents.language.base import UserTurn
    from synthcraft.agents.sheets import Sheets
    from synthcraft.graph.replay import Replay
    from synthcraft.tools.report.interactive import PageFigure
    from synthcraft.tools.report.record import ReportRecord


def schema_of(deps: Deps, state: RunState) -> TableSchema:
    """Schema of a project's table."""
    return full_schema(state, deps.toolbox(state))


def check_targets(deps: Deps, state: RunState, changes: Changes) -> None:
    """Refuse a target that cannot be one, while the gate is still open."""
    if not {"target", "task", "time_column"} & set(changes.named()):
        return
    from synthcraft.tools.changes import apply_changes
    from synthcraft.tools.target import check_target

    plan = apply_changes(state["plan"], changes)
    if plan.target is None:
        return
    frame = full_table(state, deps.toolbox(state))
    check_target(frame, schema_of(deps, state), plan.target, plan.task, plan.time_column)


def note_revert(deps: Deps, state: RunState, checkpoint: str) -> None:
    """Leave a line in the audit log: going back is a decision too."""
    if "source" in state:
        note(deps, state, "revert", {"checkpoint": checkpoint, "step": state.get("step", 0)})


def _must_hold_data(state: RunState) -> None:
    if "source" not in state:
        raise InputError("This project holds no data yet, so there is nothing to report.")


def _record(deps: Deps, view: SessionView, state: RunState) -> ReportRecord:
    from synthcraft.agents.reporter import build_record

    _must_hold_data(state)
    return build_record(state, deps.toolbox(state), view.status, view.waiting_for)


async def report_html(deps: Deps, view: SessionView, state: RunState) -> str:
    """The report as one HTML text."""
    from synthcraft.tools.report.render import render_html

    record = await asyncio.to_thread(_record, deps, view, state)
    return await asyncio.to_thread(render_html, record)


async def figures(deps: Deps, view: SessionView, state: RunState) -> tuple[PageFigure, ...]:
    """The figures of the report as the page draws them; none before there is a synthetic file."""
    from synthcraft.tools.report.interactive import page_figures
    from synthcraft.tools.report.render import pictures

    if not view.candidates:
        return ()

    def read() -> tuple[PageFigure, ...]:
        record = _record(deps, view, state)
        return page_figures(pictures(record), [c.id for c in record.results.candidates])

    return await asyncio.to_thread(read)


async def sheets(deps: Deps, state: RunState) -> Sheets | None:
    """What the table is and what can be done with it; nothing before it was read."""
    from synthcraft.agents.sheets import sheets_of

    if "refs" not in state or "schema" not in state["refs"] or "plan" not in state:
        return None
    return await asyncio.to_thread(sheets_of, state, deps.toolbox(state))


async def results(deps: Deps, view: SessionView, state: RunState) -> dict[str, Any]:
    """The machine-readable results."""
    from synthcraft.agents.reporter import build_results

    _must_hold_data(state)
    tools = deps.toolbox(state)
    made = await asyncio.to_thread(build_results, state, tools, view.status, view.waiting_for)
    return made.payload()


async def export(deps: Deps, view: SessionView, state: RunState, out: Path) -> dict[str, str]:
    """Every file that a project leaves behind, written into a folder."""
    from synthcraft.agents.evaluator import working
    from synthcraft.tools.report.writers import write_outputs

    def write() -> dict[str, str]:
        record = _record(deps, view, state)
        frames = {c.id: deps.store.path(c.sha256) for c in working(state)}
        entries = deps.toolbox(state).audit.lineage(state.get("audit_head", ""))
        return write_outputs(record, frames, out, entries)

    return await asyncio.to_thread(write)


def replay(deps: Deps, state: RunState, past: list[Counts]) -> Replay:
    """Repeat the choices of a branch; `past` is what the checkpoints say was learnt."""
    from synthcraft.graph.replay import repeat

    if "source" not in state:
        raise InputError("This project holds no data yet, so there is nothing to repeat.")
    entries = deps.toolbox(state).audit.lineage(state.get("audit_head", ""))
    pinned = deps.statistics({**state, "counts": {}})
    return repeat(entries, pinned, {digest_of(counts): counts for counts in past})


async def answer(deps: Deps, state: RunState, question: str) -> str:
    """Answer a question from typed facts."""
    from synthcraft.agents.acquaint import acquaint
    from synthcraft.agents.facts import facts_of

    await acquaint(state, deps.toolbox(state))
    return await deps.language.explain(facts_of(state) | {"question": question}, "researcher")


async def understand(
    deps: Deps,
    view: SessionView,
    state: RunState,
    lines: list[HistoryLine],
    utterance: str,
    heard: Heard,
) -> UserTurn:
    """What a sentence means at the open gate, after what was said in the turns before."""
    from synthcraft.agents.acquaint import acquaint
    from synthcraft.agents.language.base import Card
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.engines import available

    split, home = state.get("split"), deps.settings.home
    card = Card(
        columns=schema_of(deps, state).names if "refs" in state else (),
        generators=tuple(name for name, spec in catalogue().items() if available(spec, home)),
        checkpoints=tuple(line.checkpoint for line in lines if line.on_head),
        gate=view.waiting_for,
        plan=view.plan,
        session=view.session,
        facts={"rows": str(split.train)} if split else {},
        recent=heard.before(view.session),
    )
    if "session" in state:
        await acquaint(state, deps.toolbox(state))
    turn = await deps.language.understand(utterance, view.waiting_for, card)
    if not turn.held:
        heard.add(view.session, utterance)
    return turn
