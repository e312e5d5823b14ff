"""What a person's turn means: typed intents, and the protocol of whoever understands them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.agents.language.stream import Tell, untold
from synthcraft.graph.contracts import Changes, EpisodeName
from synthcraft.graph.records import Plan, Role, Task, Tier, UseCase

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.agents.language.second import Opinion
    from synthcraft.tools.disclosure.released import Released
    from synthcraft.tools.disclosure.standing import Standing
    from synthcraft.tools.table_schema import TableSchema

VerdictName = Literal["approve", "revise", "question", "stop", "revert"]
Preset = Literal["quick", "standard", "paper"]


class _Intent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    verdict: ClassVar[VerdictName | None] = None

    def changes(self) -> Changes:
        """What this intent asks to change; nothing, unless it says otherwise."""
        return Changes()


class _Edit(_Intent):
    """An intent whose fields are fields of `Changes`."""

    verdict: ClassVar[VerdictName | None] = "revise"

    def changes(self) -> Changes:
        return Changes(**self.model_dump(exclude={"kind"}, exclude_none=True))


class Approve(_Intent):
    """Yes to what lies open, and nothing else."""

    kind: Literal["approve"] = "approve"
    verdict: ClassVar[VerdictName | None] = "approve"


class Revise(_Intent):
    """No, with or without saying what should be different."""

    kind: Literal["revise"] = "revise"
    asked: Changes = Field(default_factory=Changes, alias="changes")
    verdict: ClassVar[VerdictName | None] = "revise"
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def changes(self) -> Changes:
        return self.asked


class Revert(_Intent):
    """Back to an earlier point: a checkpoint id, `start`, `previous`, or where an episode began."""

    kind: Literal["revert"] = "revert"
    to: str
    verdict: ClassVar[VerdictName | None] = "revert"


class Question(_Intent):
    """Something to be answered; `topic` is one that `answers.answer` knows, or `unknown`."""

    kind: Literal["question"] = "question"
    topic: str
    text: str
    verdict: ClassVar[VerdictName | None] = "question"


class SetUseCase(_Edit):
    """What the synthetic data are for."""

    kind: Literal["set_use_case"] = "set_use_case"
    use_case: UseCase


class SetTarget(_Edit):
    """The outcome column."""

    kind: Literal["set_target"] = "set_target"
    target: str


class SetTask(_Edit):
    """The kind of prediction."""

    kind: Literal["set_task"] = "set_task"
    task: Task


class SetRoles(_Edit):
    """Roles of columns; `drop` leaves a column out."""

    kind: Literal["set_roles"] = "set_roles"
    roles: dict[str, Role]


class SetSensitive(_Edit):
    """Columns that must not be learnt about a person, or groups to be treated fairly."""

    kind: Literal["set_sensitive"] = "set_sensitive"
    sensitive: tuple[str, ...] | None = None
    protected: tuple[str, ...] | None = None


class ChooseGenerators(_Edit):
    """Generators to run and generators to leave out."""

    kind: Literal["choose_generators"] = "choose_generators"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class SetParameters(_Edit):
    """How generators run."""

    kind: Literal["set_parameters"] = "set_parameters"
    parameters: dict[str, dict[str, Any]] = Field(default_factory=dict)
    epsilon: float | None = None
    budget_minutes: float | None = None
    preset: Preset | None = None
    replicates: int | None = None
    choose: bool | None = None
    """Whether the program finds out which generator is best."""


class SetSize(_Edit):
    """Synthetic rows per generator."""

    kind: Literal["set_size"] = "set_size"
    rows: int


class SetTier(_Edit):
    """How thorough the evaluation is."""

    kind: Literal["set_tier"] = "set_tier"
    tier: Tier


class SetThresholds(_Edit):
    """Limits for metrics, by the metric's id."""

    kind: Literal["set_thresholds"] = "set_thresholds"
    thresholds: dict[str, float]


class Skip(_Intent):
    """Leave an episode out."""

    kind: Literal["skip"] = "skip"
    episode: EpisodeName


class Goto(_Intent):
    """Go on with an episode."""

    kind: Literal["goto"] = "goto"
    episode: EpisodeName


class Stop(_Intent):
    """End the project here."""

    kind: Literal["stop"] = "stop"
    verdict: ClassVar[VerdictName | None] = "stop"


class Smalltalk(_Intent):
    """A greeting or thanks."""

    kind: Literal["smalltalk"] = "smalltalk"


Intent = Annotated[
    Approve
    | Revise
    | Revert
    | Question
    | SetUseCase
    | SetTarget
    | SetTask
    | SetRoles
    | SetSensitive
    | ChooseGenerators
    | SetParameters
    | SetSize
    | SetTier
    | SetThresholds
    | Skip
    | Goto
    | Stop
    | Smalltalk,
    Field(discriminator="kind"),
]


def merge_changes(first: Changes, second: Changes) -> Changes:
    """Both; where they speak of the same thing, the second wins, lists are joined."""
    left, right = first.named(), second.named()
    for key in ("roles", "parameters", "thresholds"):
        if key in left and key in right:
            right[key] = {**left[key], **right[key]}
    for key in ("include", "exclude", "sensitive", "protected"):
        if key in left and key in right:
            right[key] = tuple(dict.fromkeys((*left[key], *right[key])))
    return Changes(**{**left, **right})


class UserTurn(BaseModel):
    """One message of the person, understood or asked back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intents: tuple[Intent, ...] = ()
    confidence: float = 0.0
    """Ours, computed from how the message was understood; 0 when we have to ask."""
    clarification: str | None = None
    """The one question to ask when unsure."""
    confirm: bool = False
    """Revert and stop: ask once more before doing it."""
    understood_by: str = "rules"
    note: str = ""
    """What the person should know of how it was read: held back, or no answer came."""
    held: bool = False
    """The words hold something of a person in the table: they are not written down either."""

    def changes(self) -> Changes:
        """Every requested change in one record."""
        merged = Changes()
        for intent in self.intents:
            merged = merge_changes(merged, intent.changes())
        return merged

    def verdict(self) -> VerdictName | None:
        """What the message is to an open gate; approval only when it says nothing else."""
        said = [intent.verdict for intent in self.intents]
        if said == ["approve"] and self.clarification is None:
            return "approve"
        order: tuple[VerdictName, ...] = ("stop", "revert", "revise", "question")
        return next((verdict for verdict in order if verdict in said), None)


class Card(BaseModel):
    """What exists in the project, so that names in a sentence can be resolved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    """Generators that can run here; empty: all that the phrase book knows."""
    checkpoints: tuple[str, ...] = ()
    gate: str | None = None
    plan: Plan | None = None
    session: str = ""
    """Which project it is."""
    facts: dict[str, str] = Field(default_factory=dict)
    """Small texts; known: `rows` (training rows, for "half"), `asks` (role that is asked for)."""
    recent: tuple[str, ...] = ()
    """What the person said in the last turns, oldest first, for "the second one"."""


class Understander(Protocol):
    """One way of understanding a message; several may stand behind a `Language`."""

    name: str

    def read(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read one message. Never raises because of what the message says."""
        ...


@dataclass(frozen=True)
class Introduction:
    """A table as the guard of the language model must know it; nothing of it leaves as it is.

    Attributes:
        frame: the real table.
        schema: its columns.
        person: column that numbers the persons, if rows are not persons.
        card: the Profile Card that was put before a person, as it was kept.
        others: further texts that must not leave, such as the file's name and path.
    """

    frame: pd.DataFrame
    schema: TableSchema
    person: str | None
    card: dict[str, Any] | None
    others: tuple[str, ...] = ()


class Language(Protocol):
    """Turns words into typed intents and typed results into words; decides nothing.

    An implementation never sees rows or cells, never approves on its own, and never raises
    because of what a person wrote: when it is unsure it asks back.
    """

    name: str
    sends: bool
    """Whether anything may leave this machine's process: a table is introduced only then."""
    since: str
    """UTC from which on it may be told a card that a person approves; empty: always."""

    def meet(self, session: str, approved: bool, learn: Callable[[], Introduction]) -> None:
        """Learn of a project what is needed to guard it; called before every turn.

        Args:
            session: the project.
            approved: whether a person approved its Profile Card.
            learn: reads the table; called only where something is to be learnt.
        """
        ...

    def forget(self, session: str) -> None:
        """Drop what was learnt of a project that is deleted."""
        ...

    async def understand(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read a message, in the light of the open gate and of what exists."""
        ...

    async def explain(self, facts: Mapping[str, Any], audience: str, tell: Tell = untold) -> str:
        """Put typed facts into prose; numbers come from the facts alone.

        Args:
            facts: what is known.
            audience: who reads it.
            tell: receives sentences of the answer as they are found right, before the whole.
        """
        ...

    async def reflect(self, session: str, told: Released[Standing]) -> Opinion | None:
        """A second opinion on finished work beside the rules' check; None where there is none."""
        ...
