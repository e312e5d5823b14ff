"""Results arranged for the reader: by section, then by measure, then by candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from synthcraft.tools.metrics.names import measure_name
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
    "diversity": (
        "Diversity",
        "Whether synthetic rows cover what real people are: rare levels, combinations, extremes.",
    ),
    "detectability": (
        "Detectability",
        "Whether a classifier can tell synthetic rows from real ones. Being detectable is not a "
        "harm in itself and never fails a file alone.",
    ),
    "utility": (
        "Utility",
        "Whether models trained on synthetic rows work on real rows that no generator has seen.",
    ),
    "inference": (
        "Inference",
        "Whether the regression of the real rows gives the same answers on synthetic rows.",
    ),
    "subgroup": (
        "Fairness",
        "The same questions group by group. Groups too small to assess are listed, not left out.",
    ),
    "privacy": (
        "Privacy",
        "Attacks and copy checks against the holdout's own rate. They find leaks; they cannot show "
        "that there are none.",
    ),
    "textbook": (
        "Textbook descriptions",
        "Well-known numbers on coarseness and nearness, for readers who look for them. They "
        "describe a file and judge nothing: no limit is set on them.",
    ),
    "other": ("Other measures", "Measures that belong to none of the sections above."),
}
_ALIASES = {
    "privacy_metrics": "privacy",
    "fairness": "subgroup",
    "crossfit": "utility",
    "shadow": "privacy",
}
_OWN = {"inference", "diversity"}
"""First parts of metric ids with a section of their own, whatever the family."""
_TEXTBOOK = {
    "privacy.k_anonymity", "privacy.l_diversity", "privacy.t_closeness", "privacy.k_map",
    "privacy.delta_presence", "privacy.identifiability", "privacy.authenticity",
}  # fmt: skip
_NEED_NOT_BE = {"textbook", "other"}
"""Sections that are left out when they are empty: nobody misses them."""
_CODES = {"S": "sanity", "F": "fidelity", "D": "diversity", "U": "utility", "V": "privacy"}
_CODES |= {"E": "subgroup", "P": "privacy"}
_DETECT = re.compile(r"c2st|detect|pmse", re.IGNORECASE)
_LOUD = ("fail", "error", "refer", "not_assessed", "suppressed", "uninformative")
_QUIET_ROWS = 30


def section_of(result: Result) -> str:
    """The section that a result is shown in; nothing is ever dropped."""
    if _DETECT.search(result.metric_id):
        return "detectability"
    if result.metric_id in _TEXTBOOK:
        return "textbook"
    first = re.split(r"[._:/-]", result.metric_id, maxsplit=1)[0].lower()
    if first in _OWN:
        return first
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


def names_of(results: Iterable[Result], others: Iterable[str] = ()) -> dict[str, str]:
    """Names of what was measured by id, and of other measures that are spoken of."""
    found = {result.metric_id: label_of(result) for result in results}
    return found | {item: measure_name(item) for item in others if item not in found}


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

    @property
    def counted(self) -> dict[str, int]:
        """Status -> how many rows by column or group have it, worst first."""
        found: list[str] = [row.status for measure in self.parts for row in measure.rows]
        order = {status: found.count(status) for status in (*_LOUD, "pass", "described")}
        return {status: count for status, count in order.items() if count}


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
        if measures or key not in _NEED_NOT_BE
    ]


def _section(key: str, measures: Iterable[Measure]) -> Section:
    title, about = SECTIONS[key]
    measures = list(measures)
    parts = sorted((m for m in measures if m.subset), key=lambda m: m.loudest)
    loud = sum(m.loudest < len(_LOUD) for m in parts)
    shown = parts[: max(loud, _QUIET_ROWS)]
    whole = [m for m in measures if not m.subset]
    return Section(key, title, about, whole, shown, len(parts) - len(shown))
