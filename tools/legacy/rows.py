"""One row a number of synthcity, with everything that is needed to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.legacy.pairs import Place, Trio
from synthcraft.tools.legacy.panel import LABEL, STAMP, LegacyKey, LegacyMetric, Panel
from synthcraft.tools.metrics.base import Result

Status = Literal["measured", "error", "not_run", "suppressed"]
_FEWEST = 10
_SILENT = "synthcity left it out without a reason"
_MISSING = "; the tables have missing values, which most of its metrics cannot take"


@dataclass(frozen=True)
class Outcome:
    """What came of one metric on one pair: numbers by key, or a code why there are none."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    code: str = ""
    message: str = ""


class Reading(BaseModel):
    """One number, or why there is none: never a 0 in its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status
    value: float | None = None
    code: str = ""
    message: str = ""


class LegacyRow(BaseModel):
    """One number of the panel. Nothing that judges a file ever reads it.

    Attributes:
        legacy: on the synthetic file as it is.
        same_size: on as many of its rows as the twin has.
        twin: the same for held-back real rows as if they were synthetic.
        ours: our metric of the same idea, from the same evaluation.
        predicted_s: processor seconds that one comparison was predicted to take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    panel: Panel
    key: str
    title: str
    direction: Literal["lower", "higher", "target"]
    implementation: str = LABEL
    stamp: str = STAMP
    legacy: Reading
    same_size: Reading
    twin: Reading
    ours: Reading
    ours_id: str = ""
    ours_title: str = ""
    wrong: str
    source: str
    predicted_s: float


def skipped(metric: LegacyMetric, trio: Trio, why: str, ours: Sequence[Result]) -> list[LegacyRow]:
    """The rows of a metric that was not run."""
    none = Reading(status="not_run", message=why)
    return [_row(metric, key, trio, dict.fromkeys(_PLACES, none), ours) for key in metric.key]


def measured(
    metric: LegacyMetric, trio: Trio, outcomes: Mapping[Place, Outcome], ours: Sequence[Result]
) -> list[LegacyRow]:
    """The rows of a metric, one for every key that is expected of it."""
    return [
        _row(metric, key, trio, {p: _reading(key, p, outcomes, trio) for p in _PLACES}, ours)
        for key in metric.key
    ]


_PLACES: tuple[Place, ...] = ("file", "same_size", "twin")


def _reading(
    key: LegacyKey, place: Place, outcomes: Mapping[Place, Outcome], trio: Trio
) -> Reading:
    if "twin" not in outcomes and place != "file":
        return Reading(status="not_run", message="there are no held-back rows")
    outcome = outcomes.get(place, outcomes["file"])  # no cut where the sizes agree
    value = outcome.numbers.get(key.key)
    if value is None:
        silent = _SILENT + (_MISSING if trio.missing else "")
        return Reading(
            status="error",
            code=outcome.code or "E_LEGACY_SILENT",
            message=outcome.message or silent,
        )
    if key.stand_in is not None and round(value, 6) == key.stand_in:
        said = f"synthcity found nothing and returned {key.stand_in} in place of a number"
        return Reading(status="error", code="E_LEGACY_STAND_IN", message=said)
    real = key.of_people == "always" or (key.of_people == "twin" and place == "twin")
    if real and value < _FEWEST:
        return Reading(status="suppressed")
    return Reading(status="measured", value=value)


def _row(
    metric: LegacyMetric,
    key: LegacyKey,
    trio: Trio,
    readings: Mapping[Place, Reading],
    ours: Sequence[Result],
) -> LegacyRow:
    own = next((r for r in ours if r.metric_id == key.ours and not (r.column or r.group)), None)
    return LegacyRow(
        panel=metric.panel,
        key=f"{metric.family}.{metric.name}.{key.key}",
        title=key.title,
        direction=key.direction,
        legacy=readings["file"],
        same_size=readings["same_size"],
        twin=readings["twin"],
        ours=_own(key, own),
        ours_id=key.ours,
        ours_title=own.title if own else "",
        wrong=key.wrong,
        source=key.source,
        predicted_s=round(metric.seconds(trio.rows), 1),
    )


def _own(key: LegacyKey, own: Result | None) -> Reading:
    if own is None:
        why = "not among what was measured" if key.ours else "we have none of this idea"
        return Reading(status="not_run", message=why)
    if own.value is not None:
        return Reading(status="measured", value=own.value)
    found: dict[str, Status] = {"error": "error", "suppressed": "suppressed"}
    return Reading(status=found.get(own.status, "not_run"), message=own.message)
