"""Numbers, states and names as a reader wants to see them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

STATUS_WORDS = {
    "pass": "Pass",
    "refer": "Refer to a person",
    "fail": "Fail",
    "described": "Shown, not judged",
    "error": "Error: not computed",
    "suppressed": "Suppressed",
    "uninformative": "Uninformative here",
    "not_assessed": "Not assessed",
}
STATE_TONES = {"BLOCKED": "fail", "REFER": "refer", "CRITERIA MET": "pass"}
USE_CASES = {
    "sharing": "Sharing data with others",
    "augmentation": "Augmenting a small or unbalanced data set",
    "privacy": "Privacy first",
    "development": "Developing methods, teaching, testing code",
}
RUN_WORDS = {
    "finished": "finished",
    "waiting": "waiting for a person",
    "failed": "ended with an error",
    "running": "still running",
    "interrupted": "interrupted; it can be resumed",
    "stopped": "stopped at a person's request",
}
UNKNOWN = "–"


def number(value: Any, digits: int = 3) -> str:
    """A number with as many digits as a reader can use."""
    if value is None or isinstance(value, bool):
        return UNKNOWN if value is None else ("yes" if value else "no")
    if not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return UNKNOWN
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 10**-digits:
        return f"{value:.1e}"
    return f"{value:.{digits}f}"


def p_value(value: float | None) -> str:
    """A p value; very small ones are all alike."""
    return "< 0.001" if value is not None and value < 0.001 else number(value)


def percent(value: float | None) -> str:
    """A share as whole per cent, with small ones kept apart from zero."""
    if value is None:
        return UNKNOWN
    if 0 < value < 0.005:
        return "< 1 %"
    if 0.995 < value < 1:
        return "> 99 %"
    return f"{value:.0%}".replace("%", " %")


def share_of_drawn(acceptance: float | None) -> str:
    """How many of the drawn rows were kept; without a share every one was."""
    return percent(1.0 if acceptance is None else acceptance)


def duration(seconds: float | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def interval(low: float | None, high: float | None) -> str:
    """An interval in brackets, empty when there is none."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def setting(value: Any) -> str:
    """A parameter or threshold of any shape on one line."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, Mapping):
        return "; ".join(f"{plain(str(k))} {setting(v)}" for k, v in value.items()) or UNKNOWN
    if isinstance(value, list | tuple):
        return ", ".join(setting(each) for each in value) or UNKNOWN
    return f"{value:g}" if isinstance(value, float) else str(value)


def plain(name: str) -> str:
    """A technical name with spaces."""
    return name.replace("_", " ").replace(".", " ").strip()


def sentence(text: str) -> str:
    """The text with a capital in front."""
    return text[:1].upper() + text[1:]


def timestamp(value: str) -> str:
    """ISO 8601 UTC as it is read aloud."""
    return f"{value[:10]} {value[11:16]} UTC" if len(value) >= 16 and value[10] == "T" else value


def is_auto(actor: str, auto_approver: str | None = None) -> bool:
    """Whether an approval was given by a named automatism and not by a person."""
    return actor == auto_approver or actor.split(":", 1)[0] in {"auto", "auto-approver"}


def auto_name(actor: str) -> str:
    """Name of an automatic approver without its prefix."""
    return actor.split(":", 1)[-1] or actor
