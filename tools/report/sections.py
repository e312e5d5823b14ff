"""Results arranged for the reader: by section, then by measure, then by candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from synthcraft.tools.report.results import Result
from synthcraft.tools.report.words import plain, sentence

SECTIONS = {
    "sanity": (
        "Sanity",
        "Gross errors: structure, ranges, categories, impossible values. Any violation blocks.",
    ),
    "fidelity": (
        "Fidelity",
        "How closely distributions and relations of the synthetic rows follow the real ones.",
    ),
    "utility": (
        "Utility",
        "Whether models trained on synthetic rows work on real rows that no generator has seen.",
    ),
    "privacy": (
        "Privacy",
        "Attacks and copy checks against the holdout's own rate. They find leaks; they cannot show "
        "that there are none.",
    ),
    "subgroup": (
        "Subgroups",
        "The same questions group by group. Groups too small to assess are listed, not left out.",
    ),
    "detectability": (
        "Detectability",
        "Whether a classifier can tell synthetic rows from real ones. Being detectable is not a "
        "harm in itself and never fails a file alone.",
    ),
    "other": ("Other measures", "Measures that belong to none of the sections above."),
}
_ALIASES = {
    "privacy_metrics": "privacy",
    "fairness": "subgroup",
    "inference": "utility",
    "diversity": "fidelity",
}
_CODES = {"S": "sanity", "F": "fidelity", "D": "fidelity", "U": "utility", "V": "privacy"}
_CODES |= {"E": "subgroup", "P": "privacy"}
_DETECT = re.compile(r"c2st|detect|pmse", re.IGNORECASE)
_LOUD = ("fail", "error", "refer", "not_assessed", "suppressed", "uninformative")
_QUIET_ROWS = 30


def section_of(result: Result) -> str:
    """The section that a result is shown in; nothing is ever dropped."""
    if _DETECT.search(result.metric_id):
        return "detectability"
    first = re.split(r"[._:/-]", result.metric_id, maxsplit=1)[0].lower()
    for name in (result.family.lower(), first):
        name = _ALIASES.get(name, name)
        if name in SECTIONS:
            return name
    code = re.match(r"([SFDUVEP])\d", result.metric_id)
    return _CODES[code[1]] if code else "other"


def label_of(result: Result) -> str:
    """The measure's name in words."""
    if result.title:
        return result.title
    name = result.metric_id
    for section in SECTIONS:
        name = name.removeprefix(f"{section}.").removeprefix(f"{section}_")
    return sentence(plain(name))


def subset_of(result: Result) -> str:
    """The column or group that the result speaks of; empty for the whole table."""
    return ", ".join(part for part in (result.column, result.group) if part)


@dataclass
class Measure:
    """One measure on one subset, with a row for each candidate."""

    label: str
    subset: str
    rows: list[Result] = field(default_factory=list)

    @property
    def loudest(self) -> int:
        """Place of its worst row: failures first."""
        places = [_LOUD.index(r.status) if r.status in _LOUD else len(_LOUD) for r in self.rows]
        return min(places, default=len(_LOUD))


@dataclass
class Section:
    """One section of the report."""

    key: str
    title: str
    about: str
    whole: list[Measure]
    """Measures over the whole table."""
    parts: list[Measure]
    """The same by column or group: everything that is not a plain pass, worst first."""
    quiet: int
    """Passing parts that are left to `results.json`."""


def arrange(results: Sequence[Result]) -> list[Section]:
    """Sections in their fixed order; a section without results stays, so that its absence shows."""
    found: dict[str, dict[tuple[str, str], Measure]] = {key: {} for key in SECTIONS}
    for result in results:
        label, subset = label_of(result), subset_of(result)
        measures = found[section_of(result)]
        measures.setdefault((label, subset), Measure(label, subset)).rows.append(result)
    return [
        _section(key, measures.values())
        for key, measures in found.items()
        if measures or key != "other"
    ]


def _section(key: str, measures: Iterable[Measure]) -> Section:
    title, about = SECTIONS[key]
    measures = list(measures)
    parts = sorted((m for m in measures if m.subset), key=lambda m: m.loudest)
    loud = sum(m.loudest < len(_LOUD) for m in parts)
    shown = parts[: max(loud, _QUIET_ROWS)]
    whole = [m for m in measures if not m.subset]
    return Section(key, title, about, whole, shown, len(parts) - len(shown))
