"""What a person may want from an episode: in words, and when the domain rules expect it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from synthcraft.agents.registry import offered
from synthcraft.graph.records import Flags

RULES_VERSION = "1"

ASPECT_WORDS: dict[str, str] = {
    "schema": "the structure of the table",
    "missingness": "missing values",
    "identifiers": "columns that identify people",
    "distribution": "distributions",
    "correlation": "correlations",
    "duplicates": "duplicate rows",
    "target_task": "the outcome to predict",
    "privacy_tier": "the privacy level",
    "fairness_focus": "groups to treat fairly",
    "use_case": "what the data are for",
    "augment": "extra rows for rare cases",
    "fit_quality": "a good fit to the data",
    "privacy_guarantee": "a formal privacy guarantee",
    "comparator": "a second generator to compare with",
    "fidelity": "fidelity metrics",
    "utility": "utility metrics",
    "privacy_metrics": "privacy metrics",
    "subgroup": "results by subgroup",
    "plots": "plots",
    "detectability": "how easily real and synthetic rows are told apart",
    "diagnosis": "a diagnosis of what is weak",
    "fix": "a fix for what is weak",
    "rebalance": "a better balance of rare cases",
    "re_evaluate": "a second evaluation",
    "methods": "the methods section",
    "metrics": "the metric tables",
    "limitations": "the limitations",
    "code_log": "the log of what was run",
    "checklist": "the reporting checklist",
    "plain_summary": "the plain-language summary",
    **{aspect: said for offer in offered() for aspect, said in offer.words.items()},
}
"""Every aspect in words for the person."""


IMPLIED: dict[str, tuple[str, ...]] = {
    "identifiers": ("privacy_metrics",),
    "fairness_focus": ("subgroup",),
    "augment": ("rebalance",),
    "privacy_guarantee": ("privacy_metrics", "limitations"),
    "privacy_metrics": ("limitations",),
    "subgroup": ("limitations",),
    "comparator": ("metrics",),
}
"""What a person who named one aspect will expect in the episodes after it."""


class Rule(NamedTuple):
    """When an aspect is indicated, as a test and in words.

    `by_privacy`: how often its lack is vetoed may differ from one privacy tier to another, so it
    is counted by tier as well.
    """

    holds: Callable[[Flags], bool]
    when: str
    by_privacy: bool = False


def _strict(flags: Flags) -> bool:
    return flags.privacy == "strict"


def _protected(flags: Flags) -> bool:
    # An unknown privacy level counts as moderate.
    return flags.privacy != "none"


_EXPERT = Rule(lambda f: f.expert, "the reader is an expert")
_LAY = Rule(lambda f: not f.expert, "the reader is not a specialist")
_IMBALANCED = Rule(lambda f: f.imbalanced, "one outcome is rare")
_PROTECTED = Rule(_protected, "the data need protection", by_privacy=True)

RULES: dict[str, Rule] = {
    "missingness": Rule(lambda f: f.missing, "columns have gaps"),
    "identifiers": Rule(lambda f: f.wide, "a table has many columns"),
    "distribution": _IMBALANCED,
    "correlation": Rule(lambda f: f.wide and not f.small, "there are many columns and rows"),
    "duplicates": Rule(lambda f: f.small, "a table is small"),
    "fairness_focus": _IMBALANCED,
    "augment": Rule(lambda f: f.imbalanced and f.small, "rare cases are few"),
    "privacy_guarantee": Rule(_strict, "the privacy level is strict", by_privacy=True),
    "comparator": _EXPERT,
    "privacy_metrics": _PROTECTED,
    "subgroup": _IMBALANCED,
    "plots": _LAY,
    "detectability": _EXPERT,
    "fix": Rule(lambda f: f.small or _strict(f), "a table is small or privacy is strict"),
    "rebalance": _IMBALANCED,
    "limitations": _PROTECTED,
    "code_log": _EXPERT,
    "checklist": _EXPERT,
    "plain_summary": _LAY,
}
"""Aspects that are indicated only sometimes; every other aspect always is."""
