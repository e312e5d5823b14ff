"""The rule that turns a number into pass, refer or fail, with the source of its limits."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.metrics.base import Status, Value

OUR_CHOICE = "our choice; an organisation may change it"
_INF = float("inf")
_ORDER: tuple[Status, ...] = ("pass", "refer", "fail")


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


class Threshold(BaseModel):
    """Limits of one metric.

    `on` says what is judged: the value, the lower end of its interval, the whole interval
    (inside the pass range; else the value decides), or the metric's own score.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Literal["value", "ci_low", "interval", "score"] = "value"
    pass_low: float | None = None
    pass_high: float | None = None
    refer_low: float | None = None
    refer_high: float | None = None
    times_ideal: float | None = None
    """A pass also needs value <= this many times the value of fresh real rows."""
    least_normalised: float | None = None
    """Fails when it lies nearer to the floor than this share of the way to fresh real rows."""
    proven_fails: bool = False
    """Fails where the score, a lower bound that is proven, lies over the pass limit."""
    most_mde: float | None = None
    """A test that could only have seen larger effects than this passes nothing."""
    widened: bool = True
    """Never below sampling noise; a limit that a person set stands as it is."""
    can_fail: bool = True
    text: str = ""
    source: str = ""

    @property
    def limit(self) -> float | None:
        """The one number that stands for the pass limit in tables."""
        return self.pass_low if self.pass_high is None else self.pass_high

    def with_limit(self, limit: float) -> Threshold:
        """The same rule with another pass limit, as a person may ask for."""
        if self.pass_high is not None:
            width = (self.refer_high or self.pass_high) - self.pass_high
            change = {"pass_high": limit, "refer_high": limit + width}
        else:
            width = (self.pass_low or 0.0) - (self.refer_low or 0.0)
            change = {"pass_low": limit, "refer_low": limit - width}
        words = {"text": f"set in the plan: {limit:g}", "source": "changed by a person"}
        return self.model_copy(update=change | words | {"widened": False})

    def judge(
        self, value: Value, ideal: float | None = None, normalised: float | None = None
    ) -> Status:
        """Status of one value; `ideal` is the same metric on fresh real rows."""
        status = self._by_limits(value, ideal)
        near_floor = self.least_normalised is not None and normalised is not None
        if near_floor and (normalised or 0.0) < (self.least_normalised or 0.0):
            status = "fail"
        if not self.can_fail and status == "fail":
            status = "refer"
        if status == "pass" and self.is_blind(value):
            status = "refer"
        if status not in _ORDER:
            return status
        rank = _ORDER.index(status)
        if value.at_best in _ORDER:
            rank = max(rank, _ORDER.index(value.at_best))
        if value.at_worst in _ORDER:
            rank = min(rank, _ORDER.index(value.at_worst))
        return _ORDER[rank]

    def is_blind(self, value: Value) -> bool:
        """Whether the sample is too small for a pass to mean anything."""
        return self.most_mde is not None and value.mde is not None and value.mde > self.most_mde

    def _by_limits(self, value: Value, ideal: float | None) -> Status:
        judged = self._judged(value)
        if judged is None:
            return "not_assessed"
        high, far = _or(self.pass_high, _INF), _or(self.refer_high, _INF)
        low, near = _or(self.pass_low, -_INF), _or(self.refer_low, -_INF)
        if value.noise and self.widened:
            high, far = max(high, value.noise), max(far, 2 * value.noise)
        if self.proven_fails and value.score is not None and value.score > high:
            return "fail"
        inside = low <= judged <= high
        if self.on == "interval" and value.ci is not None:
            inside = low <= value.ci[0] and value.ci[1] <= high
        if inside and self.times_ideal is not None and ideal is not None:
            inside = judged <= max(self.times_ideal * ideal, value.noise)
        if inside:
            return "pass"
        return "refer" if near <= judged <= far else "fail"

    def _judged(self, value: Value) -> float | None:
        if self.on == "score":
            return value.score
        if self.on == "ci_low":
            return value.ci[0] if value.ci else None
        return value.value


def at_most(limit: float, refer: float, source: str, **more: Any) -> Threshold:
    """A rule with a pass limit and a limit up to which a person decides."""
    text = f"at most {limit:g}; a person decides up to {refer:g}"
    return Threshold(pass_high=limit, refer_high=refer, source=source, **{"text": text, **more})
