"""The reporter: turns the records of a project into the report and the files that leave."""

from __future__ import annotations

import asyncio
from typing import Any

from synthcraft.agents.base import Toolbox, did_not_work, succeeded
from synthcraft.agents.evaluator import (
    amendments_of,
    evaluation_plan_of,
    not_assessed_lines,
    replicate_results,
    results_of,
)
from synthcraft.agents.fitting import recorded
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.registry import specialist
from synthcraft.agents.searching import choice_made
from synthcraft.agents.tables import codebook_of
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import ArtifactRef, Plan
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.audit import Entry, ledger_path
from synthcraft.tools.provenance import environment, utc_now
from synthcraft.tools.release.governance import governance
from synthcraft.tools.report.checklist import checklist
from synthcraft.tools.report.language_use import LanguageUse, language_use
from synthcraft.tools.report.left_tables import left_tables
from synthcraft.tools.report.plain import plain_summary
from synthcraft.tools.report.plot_data import PlotData, joined
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import (
    DataPart,
    PlanEntry,
    Results,
    approval_part,
    candidate_part,
    decision_part,
    plan_part,
)

reporter = specialist("reporter")
_ROWS = frozenset({"table", "train", "validation", "holdout"})


def _made(state: RunState, tools: Toolbox, name: str, value: Any, message: str) -> Delta:
    return succeeded(message, refs={name: tools.store.put_json(value, name, "reporter")})


@reporter.handles("documentation", "draft_report")
async def draft_report(state: RunState, tools: Toolbox) -> Delta:
    """Render everything there is once, so that a gap is seen before the person looks."""
    from synthcraft.tools.report.render import render_html

    record = await asyncio.to_thread(build_record, state, tools, "running", None)
    html = await asyncio.to_thread(render_html, record)
    ref = tools.store.put_bytes(html.encode(), "report", "reporter")
    return succeeded(
        "I drafted the report: data, plan, decisions, generators and results.",
        refs={"report": ref},
    )


@reporter.handles("documentation", "add_metric_tables")
async def add_metric_tables(state: RunState, tools: Toolbox) -> Delta:
    """Say how many numbers the tables hold and how many of them stand beside anchors."""
    results = build_results(state, tools, "running", None).results
    if not results:
        return did_not_work("There are no results to put into tables.")
    beside = sum(bool(r.anchors) for r in results)
    return succeeded(f"The tables hold {len(results)} results, {beside} of them beside anchors.")


@reporter.handles("documentation", "add_limitations")
async def add_limitations(state: RunState, tools: Toolbox) -> Delta:
    """State what was not assessed and what the results do not show."""
    said = _always_said(state, tools)
    count = len(decision_part(state.get("verdicts", [])).not_assessed)
    return _made(
        state, tools, "limitations", list(said), f"The limits are stated; {count} items are open."
    )


@reporter.handles("documentation", "export_code_log")
async def export_code_log(state: RunState, tools: Toolbox) -> Delta:
    """Put the script that repeats this run into the report."""
    from synthcraft.tools.report.reproduce import reproduce_script

    record = await asyncio.to_thread(build_record, state, tools, "running", None)
    return _made(
        state, tools, "code_log", reproduce_script(record), "The script of this run is added."
    )


@reporter.handles("documentation", "add_checklist")
async def add_checklist(state: RunState, tools: Toolbox) -> Delta:
    """Answer the checklist as far as the records can; the rest needs the author."""
    items = checklist(build_results(state, tools, "running", None))
    open_items = sum(item.status != "done" for item in items)
    return _made(
        state,
        tools,
        "checklist",
        [item.model_dump() for item in items],
        f"The checklist has {len(items)} questions; {open_items} are open or need you.",
    )


@reporter.handles("documentation", "plain_summary")
async def add_plain_summary(state: RunState, tools: Toolbox) -> Delta:
    """Write the summary without technical terms."""
    lines = plain_summary(build_results(state, tools, "running", None))
    message = "A summary without technical terms stands on the first page."
    return _made(state, tools, "plain_summary", list(lines), message)


@reporter.proposes("documentation")
async def documentation_card(state: RunState, tools: Toolbox) -> Delta:
    """The last card: what would be released, and what the decision aid says about it."""
    verdicts = state.get("verdicts", [])
    lines = [f"{v.candidate}: {v.state}." for v in verdicts]
    lines += not_assessed_lines(verdicts)
    lines.append(
        "Approving closes the project and writes the final report. It does not release anything: "
        "that stays a decision of your organisation."
    )
    return Delta(
        proposal=Proposal(
            gate="documentation",
            title="Is the documentation complete?",
            lines=tuple(lines),
        )
    )


def build_record(
    state: RunState, tools: Toolbox, status: str, waiting_for: str | None
) -> ReportRecord:
    """Everything the report shows, from state, store and audit log alone."""
    state, lost = kept(state, tools)
    everything = tools.audit.all()
    entries = tools.audit.lineage(state.get("audit_head", ""))
    approvals = sorted(state.get("approvals", {}).values(), key=lambda a: a.at)
    autos = [a.actor for a in approvals if a.actor.startswith("auto:")]
    refs = state["refs"]
    profile = refs.get("profile")
    results = _results(state, tools, status, waiting_for)
    return ReportRecord(
        results=results,
        source=state["source"],
        split=state.get("split"),
        plan=repeatable(state),
        profile=tools.store.read_json(profile.sha256) if profile else None,
        codebook=codebook_of(state, tools),
        thresholds=_thresholds(state),
        trace=tuple(_trace(entries)),
        messages=tuple(str(e.body.get("message", "")) for e in entries if e.body.get("message")),
        approvals=tuple(approvals),
        verdicts=tuple(state.get("verdicts", ())),
        always_said=_always_said(state, tools),
        plain_summary=plain_summary(results) if "plain_summary" in refs else (),
        checklist=checklist(results) if "checklist" in refs else (),
        code_log=tools.store.read_json(refs["code_log"].sha256) if "code_log" in refs else "",
        marginals=_marginals(state, tools),
        plot_data=_plot_data(state, tools),
        environment=environment(),
        artefacts=dict(refs),
        generators=_catalogue_facts(state),
        inputs=state["source"].files,
        run_options=_options(state),
        governance=governance(everything),
        language=_language(tools),
        questions=_questions(entries),
        lost=lost,
        reverted_branches=sum(e.body.get("kind") == "revert" for e in everything),
        left_tables=left_tables(everything, entries, {c.sha256 for c in results.candidates}),
        auto_approver=autos[0] if autos else None,
        audit_head=state.get("audit_head", ""),
        created=utc_now(),
    )


def kept(state: RunState, tools: Toolbox) -> tuple[RunState, tuple[str, ...]]:
    """The state without references to artefacts that are gone, and what they were, in words."""
    refs, store = state["refs"], tools.store

    def there(name: str, ref: ArtifactRef) -> bool:
        # no document reads the rows, which may be too many to be hashed at every look
        return store.path(ref.sha256).is_file() if name in _ROWS else store.has(ref.sha256)

    left = {name: ref for name, ref in refs.items() if there(name, ref)}
    gone = [name for name in refs if name not in left]
    gone += [
        f"synthetic file of {c.id}"
        for c in state.get("candidates", [])
        if c.sha256 and not store.path(c.sha256).is_file()
    ]
    lost = tuple(f"No longer in the store: {what}." for what in gone)
    return (state if len(left) == len(refs) else {**state, "refs": left}), lost


def _language(tools: Toolbox) -> LanguageUse:
    """What a language model was asked in this project, from the ledger of prompts."""
    path = tools.audit.path
    return language_use(Ledger(ledger_path(path.parent.parent, path.stem)).entries())


def _questions(entries: list[Entry]) -> dict[str, str]:
    """Digest of every card -> the question that stood on it."""
    cards = [e.body for e in entries if e.body.get("kind") == "proposal"]
    return {str(body["digest"]): str(body["title"]) for body in cards}


def repeatable(state: RunState) -> Plan:
    """The plan with every engine that has run, of all rounds: what `reproduce.py` repeats.

    A search is not made again, for it goes by the time that runs take: what it chose is.
    """
    plan, done = state["plan"], state.get("candidates", [])
    first = () if plan.choose else plan.generators
    engines = {g.id: g for g in first} | {c.id: recorded(c, state) for c in done}
    return plan.model_copy(update={"generators": tuple(engines.values()), "choose": False})


def build_results(state: RunState, tools: Toolbox, status: str, waiting_for: str | None) -> Results:
    """The machine-readable results: the schema of `results.json`."""
    state, _ = kept(state, tools)
    return _results(state, tools, status, waiting_for)


def _results(state: RunState, tools: Toolbox, status: str, waiting_for: str | None) -> Results:
    """The same of a state whose artefacts are known to be there."""
    source, plan = state["source"], state["plan"]
    split = state.get("split")
    parts = split.model_dump() if split else {}
    candidates = state.get("candidates", [])
    return Results(
        session=state["session"],
        status=status,
        waiting_for=waiting_for,
        seed=state["seed"],
        data=DataPart(rows=source.rows, columns=source.columns, sha256=source.sha256, **parts),
        plan=plan_part(plan),
        candidates=[candidate_part(c) for c in candidates],
        evaluation_plan=_plan_entry(state, tools),
        results=[
            r.model_dump(mode="json") for c in candidates for r in results_of(state, c.id, tools)
        ],
        replicates=[
            r.model_dump(mode="json")
            for c in candidates
            for r in replicate_results(state, c, tools)
        ],
        decision=decision_part(state.get("verdicts", [])),
        approvals=[approval_part(a) for a in state.get("approvals", {}).values()],
        choice=choice_made(state, tools.store),
        steps=state.get("step", 0),
        questions_asked=state.get("questions", 0),
    )


def _plan_entry(state: RunState, tools: Toolbox) -> PlanEntry:
    """The evaluation plan with who agreed to it, and what was changed in knowledge of results."""
    from synthcraft.tools.plan_of_run import agreed

    return PlanEntry(
        **evaluation_plan_of(state).agreement(),
        agreed=agreed(tools.audit.lineage(state.get("audit_head", ""))),
        amendments=list(amendments_of(state, tools)),
    )


def _options(state: RunState) -> tuple[str, ...]:
    """Words of the command line that the plan does not hold."""
    inbox = state["inbox"]
    words = ["--columns", ",".join(inbox.columns)] if inbox.columns else []
    return (*words, *(("--join-on", inbox.join_on) if inbox.join_on else ()))


def _trace(entries: list[Entry]) -> list[dict[str, Any]]:
    """Every decision with what came back from it."""
    lines: list[dict[str, Any]] = []
    for entry in entries:
        body = {k: v for k, v in entry.body.items() if k not in ("kind", "at")}
        if entry.body.get("kind") == "decision":
            lines.append(body)
        elif entry.body.get("kind") == "feedback" and lines:
            told: dict[str, Any] = {k: body[k] for k in ("outcome", "message") if k in body}
            cost = int(lines[-1].get("cost", 0)) + int(body.get("cost", 0))
            lines[-1] = {**lines[-1], **told, "cost": cost}
    return lines


def _thresholds(state: RunState) -> dict[str, Any]:
    from synthcraft.tools.evaluation_plan import thresholds_from

    agreed = thresholds_from(state["plan"].use_case, state["plan"].thresholds)
    return {name: limit.model_dump(mode="json") for name, limit in agreed.items()}


def _always_said(state: RunState, tools: Toolbox) -> tuple[str, ...]:
    from synthcraft.tools.decision import always_said

    results = [r for c in state.get("candidates", []) for r in results_of(state, c.id, tools)]
    several = any(c.further for c in state.get("candidates", []))
    return tuple(always_said(results, state["plan"].use_case, utc_now(), several=several))


def _marginals(state: RunState, tools: Toolbox) -> dict[str, Any]:
    found = {}
    for candidate in state.get("candidates", []):
        ref = state["refs"].get(f"marginals/{candidate.id}/plots")
        if ref is not None:
            found[candidate.id] = tools.store.read_json(ref.sha256)
    return found


def _plot_data(state: RunState, tools: Toolbox) -> dict[str, PlotData]:
    found = {}
    for candidate in state.get("candidates", []):
        start = f"plot_data/{candidate.id}/"
        refs = [ref for name, ref in state["refs"].items() if name.startswith(start)]
        if refs:
            found[candidate.id] = joined(tools.store.read_json(ref.sha256) for ref in refs)
    return found


def _catalogue_facts(state: RunState) -> dict[str, dict[str, Any]]:
    from synthcraft.tools.generators.catalogue import find

    names = {c.generator for c in state.get("candidates", [])}
    names |= {g.generator for g in state["plan"].generators}
    keep = {"title", "strengths", "weaknesses", "claim_level", "backend"}
    return {name: find(name).model_dump(mode="json", include=keep) for name in sorted(names)}
