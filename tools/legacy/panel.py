"""The metrics of synthcity in the paper's panels, and what is known of each: a table of data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.inference.table import PAPER_STAMP

Panel = Literal["quality", "privacy"]
PANELS: tuple[Panel, ...] = ("quality", "privacy")
LABEL = "legacy implementation"
STAMP = f"{LABEL}; {PAPER_STAMP}"
LIMIT_S = 60.0
"""Predicted seconds over which a metric is not run unless more are allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LegacyKey(_Part):
    """One number of a metric.

    Attributes:
        ours: id of our metric of the same idea; empty if there is none.
        of_people: where the number counts rows that are real: always, or for held-back rows.
        stand_in: what synthcity returns where it found nothing, as if it were a number.
        wrong: one sentence on what is wrong or misread.
        source: where that was read.
    """

    key: str
    title: str
    direction: Literal["lower", "higher", "target"]
    ours: str = ""
    of_people: Literal["", "twin", "always"] = ""
    stand_in: int | None = None
    wrong: str
    source: str


class LegacyMetric(_Part):
    """One metric of synthcity.

    Attributes:
        cost: a, b and c of `a + b n + c n^2` seconds for n rows on either side.
        needs: rows that are neither real nor synthetic, a sensitive column, or survival.
        key: the numbers that it is expected to return.
    """

    panel: Panel
    family: str
    name: str
    cost: tuple[float, float, float]
    needs: Literal["", "outside", "sensitive", "survival"] = ""
    key: tuple[LegacyKey, ...]

    @property
    def attack(self) -> bool:
        """Whether it wants rows of people who were not learnt from."""
        return self.needs == "outside"

    def seconds(self, rows: int) -> float:
        """Predicted processor seconds of one comparison, right within a factor of about two."""
        fixed, per_row, per_pair = self.cost
        return fixed + per_row * rows + per_pair * rows**2


@cache
def _all() -> tuple[LegacyMetric, ...]:
    text = resources.files(__package__).joinpath("panel.toml").read_text("utf-8")
    return tuple(LegacyMetric.model_validate(entry) for entry in tomllib.loads(text)["metric"])


def metrics(panel: Panel, task: str) -> tuple[LegacyMetric, ...]:
    """The metrics of a panel that a task has, in the order of printing."""
    found = (metric for metric in _all() if metric.panel == panel)
    return tuple(m for m in found if m.needs != "survival" or task == "survival")


def find(name: str) -> LegacyMetric:
    """The metric of that name."""
    return next(metric for metric in _all() if metric.name == name)


def title(panel: Panel) -> str:
    """What stands above a panel."""
    return f"Panel of {panel}: {LABEL} (synthcity {version('synthcity')})"
