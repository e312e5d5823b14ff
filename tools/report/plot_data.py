"""What figures need beyond results: checked numbers that the evaluation leaves beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.tools.report.figure import Row
from synthcraft.tools.report.printed import Printed


class PlotData(BaseModel):
    """Tables behind the figures of one synthetic file; no number stands for under ten people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    associations: tuple[Row, ...] = ()
    """first, second, real, synthetic, difference: a pair of columns; None is withheld."""
    calibration: tuple[Row, ...] = ()
    """source, kind (bin or curve), predicted, observed, low, high, people."""
    outcome: str = "risk"
    """What was predicted: a risk or a number."""
    roc: tuple[Row, ...] = ()
    """among (everybody or most unusual), attack, auc, false_alarms, hits."""
    survival: tuple[Row, ...] = ()
    """source, time, share: the share without the event after each time."""
    tables: tuple[Printed, ...] = ()
    """Analyses of the paper, real beside synthetic."""
    missing: dict[str, str] = Field(default_factory=dict)
    """Figure -> why there is nothing for it."""


def reason_of(data: Mapping[str, PlotData], figure: str) -> str:
    """The first reason that a file gives for having nothing for a figure."""
    return next((d.missing[figure] for d in data.values() if figure in d.missing), "")


def joined(parts: Iterable[Mapping[str, Any]]) -> PlotData:
    """The parts that the families of one evaluation left, as one."""
    whole: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for part in parts:
        whole |= part
        missing |= part.get("missing") or {}
    return PlotData.model_validate(whole | {"missing": missing})
