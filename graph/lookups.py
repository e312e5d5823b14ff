"""What the runner reads from a project without moving it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.agents.language.stream import Tell, untold
from synthcraft.agents.tables import full_schema, full_table, rows_to_make
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Deps
from synthcraft.graph.errors import InputError
from synthcraft.graph.heard import Heard
from synthcraft.graph.journal import note
from synthcraft.graph.records import Plan, digest_of
from synthcraft.graph.state import RunState
from synthcraft.graph.views import Answer, HistoryLine, SessionView
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.audit import AuditLog, audit_log
from synthcraft.tools.changes import apply_changes, check_changes
from synthcraft.tools.counts import Counts
from synthcraft.tools.requested import check_requested
from synthcraft.tools.table_schema import TableSchema

if TYPE_CHECKING:
    from synthcraft.agents.language.base import UserTurn
    from synthcraft.agents.sheets import Sheets
    from synthcraft.graph.replay import Replay
    from synthcraft.tools.pack.levels import Level
    from synthcraft.tools.report.forms import Form
    from synthcraft.tools.report.interactive import PageFigure
    from synthcraft.tools.report.record import ReportRecord


def schema_of(deps: Deps, state: RunState) -> TableSchema:
    """Schema of a project's table."""
    return full_schema(state, deps.toolbox(state))


def check_targets(deps: Deps, state: RunState, changes: Changes) -> None:
    """Refuse a target that cannot be one, while the gate is still open."""
    if not {"target", "task", "time_column"} & set(changes.named()):
        return
    from synthcraft.tools.target import check_target

    plan = apply_changes(state["plan"], changes)
    if plan.target is None:
        return
    frame = full_table(state, deps.toolbox(state))
    check_target(frame, schema_of(deps, state), plan.target, plan.task, plan.time_column)


def note_revert(deps: Deps, state: RunState, checkpoint: str, actor: str) -> None:
    """Leave a line in the audit log: going back is a decision too."""
    if "source" in state:
        where = {"checkpoint": checkpoint, "step": state.get("step", 0)}
        note(deps, state, "revert", {**where, "actor": actor or deps.settings.actor})


def log_of(deps: Deps, session: str) -> AuditLog:
    """The audit log of a project."""
    return audit_log(deps.settings.home, session)


async def checked(deps: Deps, state: RunState, answer: Answer) -> Answer:
    """The answer with its changes as they can be made.

    Raises:
        InputError: they cannot; the gate is still open.
    """
    changes = check_changes(answer.changes, schema_of(deps, state).names, deps.settings.home)
    card = state.get("proposal")
    if answer.verdict == "approve" and changes.named() and not (card and card.question):
        raise InputError(
            "An approval takes the card as it is; the changes would be lost.",
            "Send them as a revision: the card is made anew.",
        )
    check_requested(apply_changes(state["plan"], changes))
    await asyncio.to_thread(check_targets, deps, state, changes)
    return answer.model_copy(update={"changes": changes})


def _must_hold_data(state: RunState) -> None:
    if "source" not in state:
        raise InputError("This project holds no data yet, so there is nothing to report.")


def _record(deps: Deps, view: SessionView, state: RunState) -> ReportRecord:
    from synthcraft.agents.reporter import build_record
    from synthcraft.graph.differencing import differenced

    _must_hold_data(state)
    record = build_record(state, deps.toolbox(state), view.status, view.waiting_for)
    return differenced(deps, state, record)


async def report(deps: Deps, view: SessionView, state: RunState, form: Form) -> bytes:
    """The report as one file."""
    from synthcraft.tools.report.forms import report_bytes

    record = await asyncio.to_thread(_record, deps, view, state)
    return await asyncio.to_thread(report_bytes, record, form)


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
    """The machine-readable results, as they may leave."""
    from synthcraft.agents.reporter import build_results
    from synthcraft.tools.disclosure.report import released_results

    _must_hold_data(state)
    tools = deps.toolbox(state)
    made = await asyncio.to_thread(build_results, state, tools, view.status, view.waiting_for)
    return released_results(made).value.payload()


async def export(
    deps: Deps, view: SessionView, state: RunState, out: Path, level: Level | None = None
) -> dict[str, str]:
    """Every file that a project leaves behind, or its evidence pack of a level, in a folder."""
    if level is not None:
        from synthcraft.graph import packing

        record = await asyncio.to_thread(_record, deps, view, state)
        return await packing.write(deps, state, record, level, out)
    from synthcraft.agents.evaluator import working
    from synthcraft.tools.report.writers import write_outputs

    def write() -> dict[str, str]:
        record = _record(deps, view, state)
        made = [c for c in working(state) if deps.store.has(c.sha256)]
        frames = {c.id: deps.store.path(c.sha256) for c in made}
        entries = log_of(deps, state["session"]).lineage(state.get("audit_head", ""))
        written = write_outputs(record, frames, out, entries)
        files = {name: hash_file(Path(path)) for name, path in written.items()}
        note(deps, state, "export", {"actor": deps.settings.actor, "files": files})
        return written

    return await asyncio.to_thread(write)


def replay(deps: Deps, state: RunState, past: list[Counts]) -> Replay:
    """Repeat the choices of a branch; `past` is what the checkpoints say was learnt."""
    from synthcraft.graph.replay import repeat

    if "source" not in state:
        raise InputError("This project holds no data yet, so there is nothing to repeat.")
    entries = log_of(deps, state["session"]).lineage(state.get("audit_head", ""))
    pinned = deps.statistics({**state, "counts": {}})
    return repeat(entries, pinned, {digest_of(counts): counts for counts in past})


async def answer(deps: Deps, state: RunState, question: str, tell: Tell = untold) -> str:
    """Answer a question from typed facts; sentences are told as they come."""
    from synthcraft.agents.acquaint import acquaint
    from synthcraft.agents.facts import facts_of

    tools = deps.toolbox(state)
    await acquaint(state, tools)
    facts = facts_of(state) | {"question": question}
    return await tools.language.explain(facts, "researcher", tell)


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
        facts={"rows": str(rows_to_make(Plan(), split))} if split else {},
        recent=heard.before(view.session),
    )
    tools = deps.toolbox({"session": view.session})
    if "session" in state:
        await acquaint(state, tools)
    turn = await tools.language.understand(utterance, view.waiting_for, card)
    if not turn.held:
        heard.add(view.session, utterance)
    return turn
