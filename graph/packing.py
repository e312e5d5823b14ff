"""The evidence pack of a project: its records at one level, written down and noted in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.agents.evaluator import working
from synthcraft.graph.deps import Deps
from synthcraft.graph.journal import note
from synthcraft.graph.state import RunState
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.audit import AuditLog, audit_log
from synthcraft.tools.signing import Keys

if TYPE_CHECKING:
    from synthcraft.tools.pack.levels import Level
    from synthcraft.tools.pack.write import Log
    from synthcraft.tools.report.record import ReportRecord
    from synthcraft.tools.table_schema import TableSchema


async def write(
    deps: Deps, state: RunState, record: ReportRecord, level: Level, out: Path
) -> dict[str, str]:
    """Write the pack into an empty folder; returns name -> path of each file.

    Raises:
        InputError: the folder is not empty.
        StoreError: it cannot be written to, or the disk is full.
    """
    return await asyncio.to_thread(_write, deps, state, record, level, out)


def _write(
    deps: Deps, state: RunState, record: ReportRecord, level: Level, out: Path
) -> dict[str, str]:
    from synthcraft.tools.disclosure.report import released_report
    from synthcraft.tools.pack.facts import PackFacts, training_times
    from synthcraft.tools.pack.levels import at_level, keyed
    from synthcraft.tools.pack.write import pack_files, write_pack

    log = audit_log(deps.settings.home, state["session"])
    frames = {c.id: deps.store.path(c.sha256) for c in working(state) if deps.store.has(c.sha256)}
    keys = Keys(deps.settings.home)
    entries = log.lineage(state.get("audit_head", ""))
    facts = PackFacts(
        level=level,
        record=at_level(released_report(record), level, keyed(keys)),
        table=_columns(deps, state),
        codebook=record.codebook,
        times=training_times(entries, state.get("candidates", [])),
        there=tuple(frames),
        missing=(
            *missing(state, record, frames),
            *_log_faults(log, state.get("audit_head", "")),
        ),
    )
    leaves = _log(log, keys) if level == "steward" else None
    written = write_pack(pack_files(facts, frames, leaves), out)
    files = {name: hash_file(Path(path)) for name, path in written.items()}
    note(deps, state, "export", {"actor": deps.settings.actor, "pack": level, "files": files})
    return written


def missing(state: RunState, record: ReportRecord, frames: dict[str, Path]) -> Iterator[str]:
    """What a reader would look for in vain, in sentences."""
    if record.results.status != "finished":
        yield f"The project is not finished: {record.results.status}."
    if record.results.status == "interrupted":
        yield from _cut_short(record)
    candidates = state.get("candidates", [])
    if not candidates:
        where = " on the branch that stands" if record.reverted_branches else ""
        yield f"No generator has run to its end{where}, so there is no synthetic table."
    for each in candidates:
        if each.status != "ok":
            yield f"{each.id} has no table: {each.status}. {each.message}".strip()
        elif each.id not in frames:
            yield f"The table of {each.id} is no longer in the workspace, or was changed there."
    if candidates and not record.results.results:
        yield "Nothing was measured."
    wrong = sum(r.status == "error" for r in record.results.results)
    if wrong:
        yield f"{wrong} measures could not be computed; they are error rows in results.json."
    yield from _left(record)
    yield from record.lost


def _left(record: ReportRecord) -> Iterator[str]:
    """Branches that do not stand, and what was made there."""
    if times := record.reverted_branches:
        yield (
            f"The project went back {'once' if times == 1 else f'{times} times'}: the log holds "
            "every branch, the other files the one that stands."
        )
    for table in record.left_tables:
        yield f"{table.called} was made on a branch that was left, and is none of the files here."


def _cut_short(record: ReportRecord) -> Iterator[str]:
    """The step that was under way: it was chosen, approved where it had to be, and not told of."""
    for last in record.trace[-1:]:
        if last.action != "stop" and last.outcome in ("", "approved"):
            yield (
                f"The step {last.action} was stopped before its end: what came of it is not in "
                "these files."
            )


def _log_faults(log: AuditLog, head: str) -> Iterator[str]:
    """Whether the log proves anything, in a sentence where it does not."""
    if faults := log.verify(head):
        yield (
            f"The audit log is not as it was written ({len(faults)} places, the first: "
            f"{faults[0]}); `synthcraft audit verify` lists them."
        )


def _columns(deps: Deps, state: RunState) -> TableSchema | None:
    """What generators model; none before the table was looked at."""
    from synthcraft.agents.tables import full_schema, modelled

    ref = state.get("refs", {}).get("schema")
    if ref is None or not deps.store.has(ref.sha256):
        return None
    return modelled(full_schema(state, deps.toolbox(state)), state["plan"])


def _log(log: AuditLog, keys: Keys) -> Log:
    from synthcraft.tools.pack.write import Log

    lines = b"".join(entry.withheld().line() for entry in log.all())
    anchors = b"".join(anchor.line() for anchor in log.anchors())
    return Log(log.name, lines, keys.made().pem(), anchors)
