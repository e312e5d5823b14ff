"""The evaluation plan: what is asked of a synthetic file, fixed and hashed before any result."""

from __future__ import annotations

import difflib
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

from synthcraft.graph.records import Task, Tier, UseCase, digest_of, rising
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.endpoints import CODES, Pillar, default_primary, metric_ids
from synthcraft.tools.evaluation_plan import (
    FAMILIES,
    PUBLICATION,
    default_families,
    default_thresholds,
    thresholds_from,
)
from synthcraft.tools.metrics.thresholds import Threshold
from synthcraft.tools.plan_margins import Margins, margin_rules
from synthcraft.tools.survey_columns import SurveyColumns

_USES = {
    "data_sharing": "sharing",
    "privacy_first": "privacy",
    "method_dev": "development",
    "method_development": "development",
}
"""Names of the protocol -> ours."""
Seed = Annotated[int, Field(ge=0)]
Setting = str | bool | int | float | None
Limit = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Part(BaseModel):
    """Base of the parts: a field that is not known is an error, never passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanRoles(Part):
    """Columns by what they are to the evaluation."""

    target: str | None = None
    task: Task | None = None
    """None: as the kind of the target suggests."""
    time: str | None = None
    """Time until the event, where the task is survival."""
    quasi: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Columns that are left out on both sides."""

    @property
    def columns(self) -> dict[str, str]:
        """Field -> column, for every column that is named."""
        single = {"roles.target": self.target, "roles.time": self.time}
        found = {field: name for field, name in single.items() if name is not None}
        for name in ("quasi", "sensitive", "protected", "ignored"):
            found |= {f"roles.{name}[{i}]": c for i, c in enumerate(getattr(self, name))}
        return found


class PlanSplit(Part):
    """How rows are set aside where no holdout is given."""

    holdout: float = Field(default=0.2, gt=0, le=0.4)
    strata: tuple[str, ...] = Field(default=(), max_length=2)
    """The target, and one protected column."""
    seed: Seed = 0
    cross_fit_folds: int = Field(default=5, ge=2)


class Replicates(Part):
    """How often a generator is to be run; a file from elsewhere is what it is."""

    splits: PositiveInt = 1
    fits: PositiveInt = 1
    draws: PositiveInt = 1
    k: Literal["n"] | PositiveInt | None = None
    """Rows of each synthetic table; n: as many as there are real rows to learn from."""


class Engine(BaseModel):
    """A generator that the plan names, with whatever was set for it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Setting | tuple[Setting, ...]]

    name: str


class Multiplicity(Part):
    """What is done about many tests; there is one way of each."""

    attacks: Literal["holm"] = "holm"
    subgroups: Literal["holm"] = "holm"
    exploratory: Literal["bh"] = "bh"


class Seeds(Part):
    """Where the draws of the evaluation start."""

    evaluation: Seed = 0


class LanguageModel(Part):
    """Kept for the record: an evaluation never asks a language model."""

    mode: Literal["L0", "L1", "L2", "L3"] = "L0"
    card: Literal["required", "none"] = "required"


class Signatures(Part):
    """Who agreed to the plan; not part of its digest."""

    analyst: str | None = None
    steward: str | None = None


def _use(value: Any) -> Any:
    return _USES.get(value, value) if isinstance(value, str) else value


class EvaluationPlan(Part):
    """One evaluation, complete: with the same file and versions it gives the same numbers."""

    plan_version: Literal[1] = 1
    use_case: Annotated[UseCase, BeforeValidator(_use)] = "sharing"
    unit: str | None = None
    """Column that numbers the persons; never compared, and rows of a person stay together."""
    roles: PlanRoles = PlanRoles()
    survey: SurveyColumns = SurveyColumns()
    """Columns of the survey design, for the sensitivity analysis of the regression."""
    families: tuple[str, ...] = ()
    """Families of metrics; empty: those that the use case asks for."""
    tier: Tier = "standard"
    split: PlanSplit = PlanSplit()
    replicates: Replicates = Replicates()
    engines: tuple[Engine, ...] = ()
    risk_threshold: float | None = Field(default=None, gt=0, lt=1)
    """Predicted risk from which a person would be treated; empty: the prevalence."""
    bands: Annotated[dict[str, tuple[Limit, ...]], AfterValidator(rising)] = Field(
        default_factory=dict
    )
    """Protected column -> inner limits of its bands; empty: age bands, or thirds."""
    primary: dict[Pillar, str] = Field(default_factory=dict)
    """Endpoint of each pillar, a letter of the protocol or a metric id; empty: the use's own."""
    margins: Margins = Margins()
    thresholds: dict[str, Limit | Threshold] = Field(default_factory=dict)
    """Metric id -> another pass limit, or a whole rule."""
    multiplicity: Multiplicity = Multiplicity()
    min_cell: int = Field(default=MIN_CELL, ge=MIN_CELL)
    """People behind every number about real people in the report; it can only be raised."""
    release_tier: Literal["enclave", "registered", "public"] = "registered"
    seeds: Seeds = Seeds()
    llm: LanguageModel = LanguageModel()
    signed_by: Signatures | None = None

    @field_validator("families")
    @classmethod
    def _families(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            _known(name, ("sanity", *FAMILIES), "family of metrics")
        return names

    @field_validator("primary")
    @classmethod
    def _endpoints(cls, primary: dict[Pillar, str]) -> dict[Pillar, str]:
        known = (*CODES, *default_thresholds("sharing"))
        for name in primary.values():
            _known(name, known, "endpoint")
        return primary

    @field_validator("thresholds")
    @classmethod
    def _limits(
        cls, thresholds: dict[str, float | Threshold], info: ValidationInfo
    ) -> dict[str, float | Threshold]:
        for name in thresholds:
            known = default_thresholds(info.data.get("use_case", "sharing"))
            _known(name, tuple(known), "metric with a limit")
        return thresholds

    @model_validator(mode="after")
    def _time(self) -> EvaluationPlan:
        if (self.roles.task == "survival") != (self.roles.time is not None):
            raise ValueError("roles.time belongs to the task survival, and that task needs it")
        return self

    @model_validator(mode="after")
    def _ignored(self) -> EvaluationPlan:
        used = {name for place, name in self.roles.columns.items() if "ignored" not in place}
        for name in self.roles.ignored:
            if name in used or name == self.unit:
                raise ValueError(f"roles.ignored holds {name!r}, which has another role")
        return self

    @model_validator(mode="after")
    def _survey(self) -> EvaluationPlan:
        named = self.survey.names
        if len(set(named)) < len(named):
            raise ValueError("survey names one column twice")
        for name in named:
            if name in (*self.roles.columns.values(), *self.split.strata, *self.bands, self.unit):
                raise ValueError(f"survey holds {name!r}, which has another role")
        return self

    @model_validator(mode="after")
    def _strata(self) -> EvaluationPlan:
        if len(set(self.split.strata) - {self.roles.target}) > 1:
            raise ValueError("split.strata may hold the target and one further column")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that is asked, with every limit that follows from it."""
        limits = {n: rule.model_dump(mode="json") for n, rule in self.limits().items()}
        asked = self.model_dump(mode="json", exclude={"signed_by"})
        return digest_of({**asked, "limits": limits})

    @property
    def measured(self) -> tuple[str, ...]:
        """Families that are computed."""
        return self.families or default_families(self.use_case)

    @property
    def endpoints(self) -> dict[str, str]:
        """Primary endpoints as metric ids, in the order of testing."""
        return metric_ids(self.primary or default_primary(self.use_case))

    def rules(self) -> dict[str, Any]:
        """What differs from the default limits, as plain JSON: the parameters of a job."""
        limits = default_thresholds(self.use_case)
        rules = margin_rules(self.margins, limits) | self.thresholds
        return {n: r.model_dump() if isinstance(r, Threshold) else r for n, r in rules.items()}

    def limits(self) -> dict[str, Threshold]:
        """Every limit that holds under this plan."""
        limits = thresholds_from(self.use_case, self.rules())
        deepest = self.tier == "publication"
        return {name: rule for name, rule in limits.items() if deepest or name not in PUBLICATION}

    def agreement(self) -> dict[str, Any]:
        """What is put before people and written down: digest, plan, and every limit in words."""
        limits = {name: rule.text for name, rule in self.limits().items()}
        return {"digest": self.digest, "plan": self.model_dump(mode="json"), "limits": limits}

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Roles whose signature the plan asks for and lacks."""
        if self.signed_by is None:
            return ()
        return tuple(role for role, name in self.signed_by.model_dump().items() if not name)


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
        hint = f"near it: {', '.join(near)}" if near else f"there are {', '.join(names)}"
        raise ValueError(f"there is no {what} {name!r}; {hint}")
