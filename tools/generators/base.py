"""What a generator is: a description, a fit, a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.records import Preset

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.tools.generators.encoding import EncodedTable

Group = Literal["gen_fast", "gen_gan", "gen_diffusion", "gen_dp"]
Progress = Callable[[float, str], None]
FORMAL = ("formal mechanism, domain from data", "formal, end to end")
"""Claim levels with a proof that nothing contradicts."""
_COST_CLASSES = ((30, "seconds"), (600, "minutes"), (float("inf"), "tens of minutes"))


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ParameterSpec(_Frozen):
    """One knob of a generator, in words for the person."""

    name: str
    kind: Literal["int", "float", "bool", "choice", "column"]
    default: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    sentence: str


class Cost(_Frozen):
    """Rough prediction of time and memory from measurements; thousands of rows and cells."""

    fixed: float = 1.0
    per_kcell: float = 0.0
    """Seconds for a thousand cells, whatever the iterations (encoding, trees, sampling)."""
    iterations: str = ""
    """Name of the parameter that counts passes over the rows."""
    per_krow_iteration: float = 0.0
    """Seconds for a thousand rows in one pass."""
    steps: str = ""
    """Name of the parameter that counts sampling steps."""
    per_krow_step: float = 0.0
    memory_mb: float = 800.0
    memory_per_kcell: float = 0.0
    ends_early: bool = False
    """Whether training ends when a privacy budget is spent: a few passes say nothing of all."""


class Cap(_Frozen):
    """How the passes of the preset `standard` follow from the rows: the same training steps."""

    rows: int
    """Training rows that the preset's own number of passes is meant for."""
    low: int
    """Passes at least, however many rows there are."""


class GeneratorSpec(_Frozen):
    """All that can be said about a generator without importing it."""

    name: str
    title: str
    group: Group
    category: Literal[
        "generic", "privacy", "survival", "time series", "domain adaptation", "images"
    ]
    task: Literal["any", "survival", "time series"] = "any"
    """The only task that it is made for."""
    needs: str = "One row per person; numbers, dates and categories."
    strengths: str
    weaknesses: str
    claim_level: str
    """What may be claimed about privacy; printed wherever the generator is named."""
    differentially_private: bool = False
    """Whether its claim level is one of `FORMAL`."""
    conditional: bool = False
    """Whether it can be steered while sampling; every generator can be conditioned by rejection."""
    backend: str
    engine: str = ""
    """What must be installed in the workspace first; empty where nothing must."""
    parameters: tuple[ParameterSpec, ...] = ()
    presets: dict[Preset, dict[str, Any]] = Field(default_factory=dict)
    """Complete parameters of each preset."""
    cap: Cap | None = None
    cost: Cost = Cost()
    prior: tuple[float, float, float, float] = (0.5, 0.0, 0.0, 0.0)
    """Expected quality on [1, small, wide, imbalanced], before anything was learnt here."""
    available: bool = True
    reason: str = ""
    """Why it is not available here."""

    @property
    def cost_class(self) -> str:
        """What the preset `standard` takes on 2,000 rows of 7 columns, in a word."""
        if self.cost == Cost():
            return "not measured"
        seconds = self.seconds(2000, 7, self.presets["standard"])
        return next(word for limit, word in _COST_CLASSES if seconds <= limit)

    def at(self, preset: Preset, rows: int) -> dict[str, Any]:
        """Complete parameters of a preset for so many training rows.

        In `standard` the passes are capped so that every table takes about as many training
        steps: few rows are gone over more often, at most as often as the engine itself would.
        """
        params = dict(self.presets[preset])
        if preset == "standard" and self.cap:
            name = self.cost.iterations
            passes = round(params[name] * self.cap.rows / max(rows, 1))
            params[name] = min(max(passes, self.cap.low), self.presets["paper"][name])
        return params

    def seconds(self, rows: int, columns: int, params: Mapping[str, Any]) -> float:
        """Predicted seconds for fitting and sampling as many rows, on one processor."""
        cost, krows = self.cost, rows / 1000
        passes = float(params.get(cost.iterations, 0)) * cost.per_krow_iteration
        steps = float(params.get(cost.steps, 0)) * cost.per_krow_step
        width = max(columns / 7, 0.5)
        return round(
            cost.fixed + krows * columns * cost.per_kcell + krows * width * (passes + steps), 1
        )

    def memory_mb(self, rows: int, columns: int, params: Mapping[str, Any]) -> float:
        """Predicted peak memory in megabytes."""
        return round(self.cost.memory_mb + rows / 1000 * columns * self.cost.memory_per_kcell)


class Fitted(Protocol):
    """A trained generator."""

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Draw rows in the encoded form.

        Args:
            n: how many rows are wanted; fewer or more may come back, the caller counts.
            where: the condition on the rows, as a hint; the caller checks every row.
            seed: seed of this draw; equal seeds give equal rows.

        Returns:
            A table with the columns of the encoded training table, possibly with values that
            are not finite or out of range: the caller rejects those rows.
        """
        ...


def steers(fitted: Fitted) -> bool:
    """Whether a condition changes what is drawn; most engines are conditioned by rejection."""
    return bool(getattr(fitted, "steers", False))


class Generator(Protocol):
    """A method that learns from a complete, numeric table and draws new rows."""

    spec: GeneratorSpec

    def fit(
        self, table: EncodedTable, params: Mapping[str, Any], seed: int, progress: Progress
    ) -> Fitted:
        """Train on the encoded rows.

        Args:
            table: the encoded training rows: no missing values, codes or numbers only.
            params: complete parameters, already checked against the spec.
            seed: seed of every random draw; equal seeds give equal models.
            progress: call with a fraction in [0, 1] and a few words.

        Returns:
            Something that can be sampled.

        Raises:
            JobError: with a sentence for the person; never with a value of the table.
        """
        ...


Backend = Callable[[GeneratorSpec], Generator]
_BACKENDS: dict[str, Backend] = {}


def generator_backend(name: str) -> Callable[[Backend], Backend]:
    """Register what makes generators from specs whose `backend` is this name."""

    def register(backend: Backend) -> Backend:
        if name in _BACKENDS:
            raise ValueError(f"generator backend {name!r} is registered twice")
        _BACKENDS[name] = backend
        return backend

    return register


def backend_of(spec: GeneratorSpec) -> Backend:
    """The backend of a spec; its module must have been imported."""
    if spec.backend not in _BACKENDS:
        raise NotFoundError(f"There is no generator backend {spec.backend!r}.")
    return _BACKENDS[spec.backend]
