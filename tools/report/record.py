"""Everything that a report shows, as plain data: rendering reads nothing else."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from synthcraft.graph.contracts import Alternative, Approval
from synthcraft.graph.records import ArtifactRef, Plan, Source, Split, Verdict
from synthcraft.tools.codebook_match import Match
from synthcraft.tools.report.checklist import ChecklistItem
from synthcraft.tools.report.governance import Governance
from synthcraft.tools.report.language_use import LanguageUse
from synthcraft.tools.report.left_tables import LeftTable
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.results import Number, Results
from synthcraft.tools.report.words import is_auto


class TraceLine(BaseModel):
    """One choice of the router with what came of it.

    Built from a dump of `Decision`; `outcome`, `cost` and `message` come from the `Feedback`,
    beside the other fields or nested under `feedback`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int = 0
    episode: str = ""
    attempt: int = 0
    action: str = ""
    score: Number = None
    score_interval: tuple[float, float] | None = None
    confidence: Number = None
    interval: tuple[float, float] | None = None
    alternatives: tuple[Alternative, ...] = ()
    masked: dict[str, str] = Field(default_factory=dict)
    propensity: Number = None
    policy: str = ""
    evidence: int = 0
    sampling_changed: bool = False
    why: str = ""
    outcome: str = ""
    cost: int = 0
    message: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        nested = [value.get("decision"), value.get("feedback")]
        return {**value, **{k: v for part in nested for k, v in dict(part or {}).items()}}


class Marginal(BaseModel):
    """Distribution of one column in the real training rows, the holdout and a synthetic table.

    `labels` are category names, or bin edges (one more than the shares) of a numeric column.
    A share that output control withholds is None.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    column: str
    kind: str = "category"
    labels: tuple[str | float | int, ...] = ()
    real: tuple[Number, ...] | None = None
    synthetic: tuple[Number, ...] | None = None
    holdout: tuple[Number, ...] | None = None


def _text(value: Any) -> Any:
    """A message may come as a record with the words under `text` or `message`."""
    if isinstance(value, dict):
        return str(value.get("text") or value.get("message") or "")
    return value


Message = Annotated[str, BeforeValidator(_text)]


class ReportRecord(BaseModel):
    """What is known of a project; any part may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: Results
    source: Source | None = None
    split: Split | None = None
    plan: Plan | None = None
    profile: dict[str, Any] | None = None
    codebook: Match | None = None
    """The confirmed codebook beside the table."""
    thresholds: dict[str, Any] = Field(default_factory=dict)
    trace: tuple[TraceLine, ...] = ()
    messages: tuple[Message, ...] = ()
    approvals: tuple[Approval, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    always_said: tuple[str, ...] = ()
    """Limits that the decision aid appends to every verdict."""
    plain_summary: tuple[str, ...] = ()
    """Sentences for the first page; the parts below appear when they were chosen."""
    checklist: tuple[ChecklistItem, ...] = ()
    code_log: str = ""
    """The script that repeats the run, as an appendix."""
    marginals: dict[str, tuple[Marginal, ...]] = Field(default_factory=dict)
    plot_data: dict[str, PlotData] = Field(default_factory=dict)
    """Candidate -> checked numbers behind its figures."""
    environment: dict[str, Any] = Field(default_factory=dict)
    artefacts: dict[str, ArtifactRef] = Field(default_factory=dict)
    generators: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Facts of the catalogue by generator name (claim_level, claim, summary ...)."""
    inputs: dict[str, str] = Field(default_factory=dict)
    """File name -> SHA-256 of each file that the run was given; default: the source's own."""
    run_options: tuple[str, ...] = ()
    """Words of the command line that the plan does not hold (`--join-on`, `--columns`)."""
    governance: Governance = Governance()
    """What people said of source, users and controls."""
    language: LanguageUse = LanguageUse()
    questions: dict[str, str] = Field(default_factory=dict)
    """Digest of a card -> the question that stood on it."""
    lost: tuple[str, ...] = ()
    """What is not shown because its artefact is gone, in words."""
    reverted_branches: int = 0
    left_tables: tuple[LeftTable, ...] = ()
    """Synthetic tables of those branches that are not among the candidates."""
    auto_approver: str | None = None
    audit_head: str = ""
    created: str = ""
    """UTC time, ISO 8601; passed in, so that equal records give equal bytes."""

    @property
    def least_cell(self) -> int:
        """People behind every number: ten, or more where the plan says so."""
        return self.results.least_cell

    @property
    def automatic(self) -> tuple[Approval, ...]:
        """Decisions that no person looked at."""
        return tuple(a for a in self.approvals if is_auto(a.actor, self.auto_approver))

    @property
    def software(self) -> str:
        """The program, with its version where that was recorded."""
        version = self.environment.get("synthcraft")
        return f"synthcraft {version}" if version else "synthcraft"
