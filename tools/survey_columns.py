"""Which columns of a table hold its survey design."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SurveyColumns(BaseModel):
    """Columns by their place in the design: never compared, modelled or shown; empty: none.

    Attributes:
        weights: how many people of the population a row stands for.
        strata: the stratum that its sampling unit was drawn from.
        psu: its primary sampling unit, numbered within its stratum.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: str | None = None
    strata: str | None = None
    psu: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Field of the plan -> column, for every column that is named."""
        return {f"survey.{field}": name for field, name in self if name is not None}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are named."""
        return tuple(self.fields.values())
