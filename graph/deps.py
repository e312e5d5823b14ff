"""Settings, read once at the edge, and what they build: the runtime context of the graph."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from synthcraft.graph.errors import InputError

if TYPE_CHECKING:
    from synthcraft.agents.base import Toolbox
    from synthcraft.agents.language.base import Language, Understander
    from synthcraft.agents.language.client import Endpoint
    from synthcraft.graph.bandit import Policy
    from synthcraft.graph.state import RunState
    from synthcraft.graph.statistics import Statistics
    from synthcraft.tools.artifacts import ArtifactStore
    from synthcraft.tools.job_queue import Owner
    from synthcraft.tools.jobs import JobRunner

LlmMode = Literal["none", "local", "approved"]
Emit = Callable[[str, float | None, str], None]


def _nobody(text: str, fraction: float | None, subject: str) -> None:
    """Nobody listens."""


class Settings(BaseModel):
    """Everything that may be set from outside; frozen once built."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    home: Path
    """Workspace: sessions, artefacts, learnt policy, audit logs."""
    database: str = "sqlite:"
    """Where checkpoints and the list of projects are: in the workspace, or on a server (a URL)."""
    actor: str = "user"
    """Name under which this person's decisions are recorded."""
    policy: str = "veto"
    memory_mb: int = Field(default=6000, ge=200)
    """Memory limit of one job, its imported libraries (some 600 MB) included."""
    job_timeout_s: float = Field(default=4 * 3600.0, gt=0)
    parallel: int | None = Field(default=None, ge=1)
    """Jobs at once; default: one a core, or as many as a cluster takes."""
    jobs_per_user: int | None = Field(default=None, ge=1)
    """Of these, for one user of a team; default: any of them."""
    waiting_per_user: int = Field(default=200, ge=1)
    """Jobs that a user of a team may have waiting."""
    cluster: str | None = None
    """Address of a Dask scheduler that runs the jobs; default: this machine does."""
    nlu: Literal["letters", "meaning"] = "letters"
    """How sentences are compared with examples where no rule reads them; `meaning` is an extra."""
    llm: LlmMode | None = None
    """Who may be sent sentences; by default nobody, or a model on this machine if one is named."""
    llm_base_url: str = ""
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_consent: bool = False
    """Whether the licence of the data allows a model outside."""
    recursion_limit: int = Field(default=400, ge=20)
    """Steps of one stretch between two gates, a last resort against loops."""

    @field_validator("cluster")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", value):
            raise ValueError("an address looks like tcp://host:8786 or tls://host:8786")
        return value

    @field_validator("database")
    @classmethod
    def _database(cls, value: str) -> str:
        from synthcraft.graph.database import checked_url

        return checked_url(value)

    @classmethod
    def from_env(
        cls,
        home: Path | None = None,
        environ: Mapping[str, str] | None = None,
        **overrides: Any,
    ) -> Settings:
        """Settings from `SYNTHCRAFT_*`, with what was given on the command line on top."""
        env = os.environ if environ is None else environ
        names = {name: f"SYNTHCRAFT_{name.upper()}" for name in cls.model_fields}
        values: dict[str, Any] = {n: env[e] for n, e in names.items() if env.get(e)}
        values.setdefault("actor", getpass.getuser())
        values.setdefault("home", Path.home() / ".synthcraft")
        values.update({k: v for k, v in overrides.items() if v is not None})
        if home is not None:
            values["home"] = home
        settings = cls(**values)
        return settings.model_copy(update={"home": settings.home.expanduser().resolve()})

    @property
    def policy_file(self) -> Path:
        """Learnt statistics of this installation: counts only."""
        return self.home / "policy.json"


@dataclass(frozen=True)
class Deps:
    """Runtime context of the graph: passed at every call, never stored in a checkpoint."""

    settings: Settings
    store: ArtifactStore
    jobs: JobRunner
    language: Language
    emit: Emit = _nobody
    chooser: Policy | None = None
    """Chooses instead of the policy that the settings name: studies of it bring their own."""
    languages: dict[str, Language] = field(default_factory=dict)
    """Project -> who speaks there, where a person chose it; with the key, which is in no file."""
    user: str = ""
    """Who of a team owns the project that runs; empty: the operator."""

    @property
    def policy(self) -> Policy:
        """What chooses the next action."""
        from synthcraft.graph.bandit import policy_named

        return self.chooser or policy_named(self.settings.policy)

    def forget(self, session: str) -> None:
        """Drop what is in memory of a deleted project: who speaks there, with the key."""
        self.languages.pop(session, None)
        self.language.forget(session)

    def listening(self, emit: Emit) -> Deps:
        """The same with somebody who listens to progress."""
        return replace(self, emit=emit)

    def toolbox(self, state: RunState) -> Toolbox:
        """What a specialist gets for this project."""
        from synthcraft.agents.base import Toolbox
        from synthcraft.graph.model_choice import language_for
        from synthcraft.tools.audit import audit_log
        from synthcraft.tools.table_limits import Limits

        return Toolbox(
            store=self.store,
            jobs=self.jobs.of(self._turns(state["session"])),
            language=language_for(self, state["session"]),
            audit=audit_log(self.settings.home, state["session"]),
            limits=Limits(),
            memory_mb=self.settings.memory_mb,
            job_timeout_s=self.settings.job_timeout_s,
            emit=self.emit,
        )

    def _turns(self, session: str) -> Owner:
        """Who takes turns with the jobs of a project."""
        from synthcraft.tools.job_queue import Owner

        if not self.user:
            return Owner(session)
        return Owner(self.user, self.settings.jobs_per_user, self.settings.waiting_per_user)

    def statistics(self, state: RunState) -> Statistics:
        """The pinned snapshot of the learnt policy with what this project has added."""
        from synthcraft.graph.statistics import Statistics

        pinned = self._snapshots.get(state["policy_sha"])
        if pinned is None:
            pinned = Statistics.from_json(self.store.read_json(state["policy_sha"]))
            self._snapshots[state["policy_sha"]] = pinned
        return pinned.with_counts(state.get("counts", {}))

    @cached_property
    def _snapshots(self) -> dict[str, Statistics]:
        return {}


def make_deps(settings: Settings) -> Deps:
    """Open the workspace: folders private to this account, store, jobs, language."""
    from synthcraft.graph.bandit import policy_named
    from synthcraft.tools.artifacts import ArtifactStore, private_folder
    from synthcraft.tools.jobs import JobRunner
    from synthcraft.tools.untraced import untraced

    untraced()
    policy_named(settings.policy)  # a wrong name is refused before anything begins
    for folder in ("artifacts", "audit", "ledger", "locks", "logs", "uploads"):
        private_folder(settings.home / folder)
    store = ArtifactStore(settings.home / "artifacts")
    executor = None
    if settings.cluster:
        from synthcraft.tools.cluster import DaskExecutor

        executor = DaskExecutor(settings.cluster, settings.home)
    jobs = JobRunner(store, settings.home, parallel=settings.parallel, executor=executor)
    return Deps(settings=settings, store=store, jobs=jobs, language=language_of(settings))


def endpoint_of(settings: Settings) -> Endpoint:
    """The language model that the settings name, or none.

    Raises:
        InputError: its address does not belong to the mode, or something is missing.
    """
    from synthcraft.agents.language.client import Endpoint, azure

    mode = settings.llm or ("local" if settings.llm_base_url else "none")
    if mode == "none":
        return Endpoint()
    end = Endpoint(
        mode=mode,
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key,
        consent=settings.llm_consent,
    )
    if not end.base_url:
        end = azure(end, os.environ)
    if not end.base_url or not end.model:
        raise InputError(
            "A language model was asked for, and none is named.",
            "Set SYNTHCRAFT_LLM_BASE_URL and SYNTHCRAFT_LLM_MODEL, or use --llm none.",
        )
    _ = end.address  # refused before anything begins
    return end


def language_of(settings: Settings) -> Language:
    """Rules alone, or with the language model that the settings name."""
    if settings.llm == "none" or not (settings.llm or settings.llm_base_url):
        return speaker(settings)
    return speaker(settings, endpoint_of(settings))


def speaker(settings: Settings, end: Endpoint | None = None, since: str = "") -> Language:
    """Who understands and explains: alone, or with a model behind; by letters or by meaning.

    Args:
        settings: how sentences are compared with examples, and where the workspace is.
        end: the model, if one may be asked.
        since: UTC from which on it may be told a card that a person approves; empty: always.
    """
    from synthcraft.agents.language.attempts import Offline
    from synthcraft.agents.language.offline import OfflineLanguage

    understander: Understander | None = None
    if settings.nlu == "meaning":
        from synthcraft.agents.language.embedding import Embedded

        understander = Offline(guess=Embedded(settings.home / "nlu"))
    alone = OfflineLanguage(understander)
    if end is None:
        return alone
    from synthcraft.agents.language.modelled import ModelLanguage

    return ModelLanguage(end, settings.home, since, alone)
