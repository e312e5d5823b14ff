"""What `synthcraft evaluate` prints and writes: scripts depend on it, fields are only added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from synthcraft.graph.records import Verdict
from synthcraft.tools.amendments import Amendment, concerns
from synthcraft.tools.compare.ranking import Ranking, rankings
from synthcraft.tools.compare.run import Measured
from synthcraft.tools.compare.tables import SyntheticFile, Tables
from synthcraft.tools.decision import always_said, decide, statement
from synthcraft.tools.legacy.rows import LegacyRow
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.report.results import SCHEMA, DecisionState, Part, PlanEntry, Result


class TablePart(Part):
    """A real file."""

    file: str
    sha256: str
    rows: int
    columns: int


class RowsPart(Part):
    """Real rows by what they stood for."""

    train: int
    holdout: int = 0
    set_aside: int = 0
    """Real rows that only show how real rows differ, and on which models are tried: no holdout."""
    seen: str = ""
    """Why there is no holdout; empty if there is one."""


class FileDecision(Part):
    """What the decision aid says of one file, with the lines that follow every state."""

    state: DecisionState
    reasons: list[str]
    not_assessed: list[str]
    statement: str = ""
    always_said: list[str] = Field(default_factory=list)


class FilePart(Part):
    """One synthetic file with all its results, or the reason why there are none."""

    id: str
    file: str
    sha256: str = ""
    rows: int = 0
    columns: int = 0
    status: str = "evaluated"
    notes: list[str] = Field(default_factory=list)
    results: list[Result] = Field(default_factory=list)
    decision: FileDecision
    legacy: list[LegacyRow] = Field(default_factory=list)
    """Numbers of synthcity itself, where asked for; nothing that judges the file reads them."""


class Comparison(Part):
    """The whole of `results.json`."""

    schema_version: int = Field(default=SCHEMA, alias="schema")
    created: str
    real: TablePart
    holdout: TablePart | None = None
    rows: RowsPart
    seed: int
    evaluation_plan: PlanEntry
    notes: list[str] = Field(default_factory=list)
    files: list[FilePart]
    ranking: list[Ranking] = Field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        """Plain JSON values under the names of the schema."""
        return self.model_dump(mode="json", by_alias=True)


def comparison(
    tables: Tables,
    plan: EvaluationPlan,
    measured: Measured,
    changed: Sequence[Amendment],
    created: str,
) -> Comparison:
    """Everything that is known after the jobs."""
    doubts = (*concerns(changed), *_unsigned(plan))
    return Comparison(
        created=created,
        real=TablePart(
            file=str(tables.real),
            sha256=tables.real_sha256,
            rows=tables.real_rows,
            columns=len(tables.schema.names),
        ),
        holdout=_holdout(tables),
        rows=_rows(tables),
        seed=plan.seeds.evaluation,
        evaluation_plan=PlanEntry(
            **plan.agreement(), unsigned=list(plan.unsigned), amendments=list(changed)
        ),
        notes=[*tables.notes, *_not_followed(plan)],
        files=[_file(file, plan, measured, doubts, created) for file in tables.files],
        ranking=list(rankings(measured.results, plan.endpoints)),
    )


def with_legacy(record: Comparison, rows: Mapping[str, Sequence[LegacyRow]]) -> Comparison:
    """The same record, states and all, with the legacy panel of each file beside it."""
    files = [f.model_copy(update={"legacy": list(rows.get(f.id, ()))}) for f in record.files]
    return record.model_copy(update={"files": files})


def _rows(tables: Tables) -> RowsPart:
    seen, train, apart = tables.rows.seen, len(tables.rows.train), len(tables.rows.holdout)
    if seen:
        return RowsPart(train=train, set_aside=apart, seen=seen)
    return RowsPart(train=train, holdout=apart)


def _holdout(tables: Tables) -> TablePart | None:
    if tables.holdout is None:
        return None
    return TablePart(
        file=str(tables.holdout),
        sha256=tables.holdout_sha256,
        rows=tables.holdout_rows,
        columns=len(tables.schema.names),
    )


def _unsigned(plan: EvaluationPlan) -> tuple[str, ...]:
    roles = " and ".join(plan.unsigned)
    return (f"The plan lacks the signature of its {roles}.",) if roles else ()


def _not_followed(plan: EvaluationPlan) -> list[str]:
    """What a plan may ask of whoever makes the files, and nobody can ask of files that are there.

    Source: evaluation 0, rule 4.
    """
    asked = plan.replicates
    said = []
    if (asked.splits, asked.fits, asked.draws) != (1, 1, 1):
        said.append(
            f"The plan asks for {asked.splits} splits, {asked.fits} fits and {asked.draws} draws; "
            "each file given is taken as one draw of one fit."
        )
    if plan.engines:
        named = ", ".join(engine.name for engine in plan.engines)
        said.append(f"The plan names generators ({named}); which of them made a file is not known.")
    return said


def _file(
    file: SyntheticFile,
    plan: EvaluationPlan,
    measured: Measured,
    doubts: Sequence[str],
    created: str,
) -> FilePart:
    if file.frame is None:
        return _unreadable(file)
    rows = measured.results[file.id]
    verdict = decide(
        rows,
        plan.use_case,
        families=plan.measured,
        candidate=file.id,
        tier=plan.tier,
        primary=plan.endpoints.values(),
        concerns=doubts,
    )
    said = statement(verdict, plan.use_case, plan.tier, created, file.sha256)
    return FilePart(
        id=file.id,
        file=str(file.path),
        sha256=file.sha256,
        rows=len(file.frame),
        columns=file.frame.shape[1],
        notes=list(file.notes),
        results=[Result.model_validate(r.model_dump(mode="json")) for r in rows],
        decision=_decision(verdict, said, always_said(rows, plan.use_case, created)),
    )


def _decision(verdict: Verdict, said: str, always: Sequence[str]) -> FileDecision:
    return FileDecision(
        state=verdict.state,
        reasons=list(verdict.reasons),
        not_assessed=list(verdict.not_assessed),
        statement=said,
        always_said=list(always),
    )


def _unreadable(file: SyntheticFile) -> FilePart:
    reason = str(file.problem)
    return FilePart(
        id=file.id,
        file=str(file.path),
        sha256=file.sha256,
        status="unreadable",
        notes=[reason],
        decision=FileDecision(
            state="BLOCKED",
            reasons=[f"The file could not be read. {reason}"],
            not_assessed=["Everything: the file could not be read."],
        ),
    )
