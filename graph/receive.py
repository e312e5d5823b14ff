"""First node: the files become one Parquet artefact; from here on the state holds its hash."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from synthcraft.agents.context import TIERS
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Deps
from synthcraft.graph.drift import CAUTION
from synthcraft.graph.errors import InputError
from synthcraft.graph.intake_tables import describe, read_table
from synthcraft.graph.journal import note
from synthcraft.graph.memory import recall
from synthcraft.graph.records import ArtifactRef, Flags, Inbox, Plan, Source
from synthcraft.graph.state import SCHEMA_VERSION, Delta, Progress, RunState
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.changes import apply_changes, check_changes, check_least
from synthcraft.tools.disclosure.project import source_shown
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.ingest import Ingested
from synthcraft.tools.requested import check_requested


def new_session() -> str:
    """A short id for a project."""
    return uuid.uuid4().hex[:10]


async def receive(state: RunState, deps: Deps) -> Delta:
    """Read the inbox, check what was asked, set up the project."""
    if not state.get("inbox"):
        raise InputError("No file was named.", "Give the path of a table.")
    # LangGraph's server hands over plain dictionaries.
    inbox = Inbox.model_validate(state["inbox"])
    asked = Changes.model_validate(state.get("request") or {})
    recorded = Plan.model_validate(state.get("plan") or {})
    state = {**state, "session": state.get("session") or new_session()}
    table = await asyncio.to_thread(read_table, inbox)
    described = await asyncio.to_thread(describe, table, inbox, deps)
    request, plan = _agreed(asked, recorded, table, deps.settings.home)
    said = request.use_case is not None or bool(state.get("plan"))
    refs = _store(table, deps) | described
    policy = recall(deps.settings)
    pinned = deps.store.put_json(policy.to_json(), "policy", "policy.json")
    files = {Path(p).name: hash_file(Path(p)) for p in inbox.paths}
    source = Source(
        name=" + ".join(Path(p).name for p in inbox.paths),
        format=table.format,
        rows=len(table.frame),
        columns=table.frame.shape[1],
        sha256=next(iter(files.values())) if len(files) == 1 else refs["table"].sha256,
        files=files,
        notes=table.notes,
    )
    prompt = state.get("prompt", "")
    shown = source_shown(source, plan.min_cell)
    head = await asyncio.to_thread(
        note,
        deps,
        state,
        "start",
        {"source": shown.model_dump(mode="json"), "request": request.named(), "prompt": prompt},
    )
    return Delta(
        session=state["session"],
        schema_version=SCHEMA_VERSION,
        status="running",
        seed=state.get("seed", 0),
        step=0,
        inbox=inbox,
        source=source,
        request=request,
        plan=plan,
        flags=Flags(
            ambiguous=plan.target is None and not prompt,
            privacy=TIERS[plan.use_case] if said else "unknown",
        ),
        progress={"intake": Progress()},
        refs=refs,
        counts={},
        round=0,
        questions=0,
        policy_sha=pinned.sha256,
        audit_head=head,
        message=f"I have read {source.name}: {in_words(source.rows, plan.min_cell)} rows, "
        f"{source.columns} columns." + (f" {CAUTION}" if policy.cautious else ""),
    )


def _agreed(asked: Changes, recorded: Plan, table: Ingested, home: Path) -> tuple[Changes, Plan]:
    """What was asked, with names as they are here, and the plan that follows from it."""
    from synthcraft.tools.target import check_target

    request = check_changes(asked, table.schema.names, home)
    plan = apply_changes(recorded, request)
    check_requested(plan)
    if plan.min_cell:
        check_least(plan.min_cell)
    if plan.target is not None:
        task = check_target(table.frame, table.schema, plan.target, plan.task, plan.time_column)
        plan = plan.model_copy(update={"task": task})
    return request, plan


def _store(table: Ingested, deps: Deps) -> dict[str, ArtifactRef]:
    refs = {
        "table": deps.store.put_frame(table.frame, "table", "ingest"),
        "schema": deps.store.put_json(table.schema.model_dump(mode="json"), "schema", "ingest"),
    }
    if table.labels:
        refs["labels"] = deps.store.put_json(table.labels, "labels", "ingest")
    return refs
