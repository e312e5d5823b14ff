"""Whether a repeated run gave the same: byte for byte, or in all that chance would leave alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.report.same_bytes import MISSING, OTHER, SAME
from synthcraft.tools.stats.multiplicity import holm

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALIKE = "statistically equal"
State = Literal["bit-identical", "statistically equal", "different", "missing"]
ALPHA = 0.01
"""Chance of calling a table different that another fit of the same engine would give."""
_FIT = 2.0
"""Another fit learns from other rows: what it learnt varies as much again as what is drawn."""
_DIGITS = 6
_LEVELS = 10
"""Numbers with no more values than this are compared as labels."""
_KEY = ("candidate", "replicate", "metric_id", "column", "group")


class Compared(BaseModel):
    """One artefact of a run beside the same of the run before.

    Attributes:
        name: of the artefact.
        state: how alike they are.
        why: what lies behind it; empty where every byte is the same.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    state: State
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether the artefact was reproduced."""
        return self.state in (SAME, ALIKE)


def compare_tables(name: str, recorded: Path | None, here: Path) -> Compared:
    """Two tables whose bytes differ; without the recorded one no more can be said."""
    import pandas as pd

    if not here.is_file():
        return Compared(name=name, state=MISSING, why="The repeated run made no such table.")
    if recorded is None or not recorded.is_file():
        why = "The recorded table is not here, so only its hash could be compared."
        return Compared(name=name, state=OTHER, why=why)
    try:
        before, after = pd.read_parquet(recorded), pd.read_parquet(here)
    except (OSError, ValueError):  # what pyarrow says would quote the file
        return Compared(name=name, state=OTHER, why="The recorded table cannot be read.")
    if list(before.columns) != list(after.columns):
        return Compared(name=name, state=OTHER, why="The columns are not the same.")
    if before.equals(after):
        return Compared(name=name, state=ALIKE, why="Every value is the same, the file is not.")
    far = [column for column, p in _adjusted(before, after).items() if p < ALPHA]
    if far:
        return Compared(name=name, state=OTHER, why=f"Distributed otherwise: {', '.join(far)}.")
    return Compared(name=name, state=ALIKE, why="Other rows; every column is distributed alike.")


def _adjusted(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    """Column -> chance of such a difference between two draws of one distribution (Holm)."""
    raw = [_p_value(before[column], after[column]) for column in before.columns]
    return dict(zip(map(str, before.columns), holm(raw), strict=True))


def _p_value(before: pd.Series[Any], after: pd.Series[Any]) -> float:
    """Kolmogorov-Smirnov for numbers and dates, chi-squared for labels; gaps count too."""
    import pandas as pd

    gaps = _chi_squared(before.isna(), after.isna())
    both = [side.dropna() for side in (before, after)]
    if min(map(len, both)) == 0:
        return gaps
    if pd.api.types.is_datetime64_any_dtype(before):
        both = [side.astype("int64") for side in both]
    if pd.api.types.is_numeric_dtype(both[0]) and both[0].nunique() > _LEVELS:
        found = _kolmogorov_smirnov(*(side.to_numpy("float64") for side in both))
    else:
        found = _chi_squared(*both)
    return min(1.0, 2 * min(gaps, found))


def _kolmogorov_smirnov(before: Floats, after: Floats) -> float:
    from scipy.stats import ks_2samp, kstwobign

    size = len(before) * len(after) / (len(before) + len(after)) / _FIT
    return float(kstwobign.sf(ks_2samp(before, after).statistic * size**0.5))


def _chi_squared(before: pd.Series[Any], after: pd.Series[Any]) -> float:
    import pandas as pd
    from scipy.stats import chi2, chi2_contingency

    found = {0: before.value_counts(), 1: after.value_counts()}
    counts = pd.DataFrame(found).fillna(0).to_numpy("float64")  # counts of Int64 are objects
    if len(counts) < 2:
        return 1.0
    tested = chi2_contingency(counts, correction=False)
    return float(chi2.sf(tested.statistic / _FIT, tested.dof))


def compare_results(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> Compared:
    """The numbers of two evaluations; what a pack rounded is rounded here as well."""
    name = "results.json"
    rows = {_key(row): row for row in here.get("results", [])}
    pairs = [(row, rows.get(_key(row))) for row in recorded.get("results", [])]
    if not pairs:
        return Compared(name=name, state=MISSING, why="The recorded run measured nothing.")
    if lost := sum(row is None for _, row in pairs):
        why = f"{lost} of {len(pairs)} recorded results were not computed again."
        return Compared(name=name, state=OTHER, why=why)
    close = recorded.get("seed") == "withheld"
    far = sorted({row["metric_id"] for row, other in pairs if other and _far(row, other, close)})
    if not far:
        return Compared(name=name, state=SAME, why="Numbers and states; times and dates differ.")
    named = ", ".join(far[:5]) + (f" and {len(far) - 5} more" if len(far) > 5 else "")
    wrong = [m for row, other in pairs if other and (m := _outside(row, other))]
    if wrong:
        why = f"Another state, or outside the recorded interval: {', '.join(sorted(set(wrong)))}."
        return Compared(name=name, state=OTHER, why=why)
    return Compared(name=name, state=ALIKE, why=f"Same states, other numbers: {named}.")


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in _KEY)


def _shown(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}g}"


def _far(row: Mapping[str, Any], other: Mapping[str, Any], rounded: bool) -> bool:
    digits = 3 if rounded else _DIGITS
    numbers = any(
        _shown(row.get(n), digits) != _shown(other.get(n), digits)
        for n in ("value", "ci_low", "ci_high")
    )
    return numbers or row.get("status") != other.get("status")


def _outside(row: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The measure, if its state changed or its value left the interval that was recorded."""
    value: Any = other.get("value")
    low: Any = row.get("ci_low")
    high: Any = row.get("ci_high")
    same = row.get("status") == other.get("status")
    known = value is not None and low is not None and high is not None
    inside = not known or low <= value <= high
    return "" if same and inside else str(row["metric_id"])


def differences(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it was on the machine of the recorded run."""
    for name in ("synthcraft", "commit", "container", "python", "platform", "cpu", "cpus"):
        if name in recorded and recorded[name] != here.get(name):
            yield f"{name}: {recorded[name]} then, {here.get(name)} now"
    for name, version in (recorded.get("packages") or {}).items():
        now = (here.get("packages") or {}).get(name)
        if version != now:
            yield f"{name}: {version} then, {now} now"


def read_results(folder: Path) -> dict[str, Any]:
    """The `results.json` of a folder; empty where there is none that can be read."""
    try:
        found = json.loads((folder / "results.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
