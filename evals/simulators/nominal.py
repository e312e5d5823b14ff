"""The numbers that all worlds start from: wishes, how much they matter, success, minutes.

Assumptions of the specification, not measurements of people. Each world adds its own noise.
"""

from __future__ import annotations

from collections.abc import Callable

from synthcraft.graph.records import Flags

Chance = Callable[[Flags], float]


def _always(chance: float) -> Chance:
    return lambda flags: chance


def _when(flag: str, yes: float, no: float) -> Chance:
    return lambda flags: yes if getattr(flags, flag) else no


def _both(first: str, second: str, yes: float, no: float) -> Chance:
    return lambda flags: yes if getattr(flags, first) and getattr(flags, second) else no


def _by_privacy(none: float, moderate: float, strict: float) -> Chance:
    table = {"none": none, "moderate": moderate, "strict": strict}
    return lambda flags: table[flags.privacy]


WISHES: dict[str, tuple[Chance, float]] = {
    "schema": (_always(0.99), 0.9),
    "missingness": (_when("missing", 0.9, 0.12), 0.6),
    "identifiers": (_when("wide", 0.75, 0.4), 0.7),
    "distribution": (_when("imbalanced", 0.7, 0.2), 0.45),
    "correlation": (lambda f: 0.6 if f.wide and not f.small else 0.15, 0.4),
    "duplicates": (_when("small", 0.6, 0.2), 0.5),
    "target_task": (_always(0.99), 0.85),
    "privacy_tier": (_always(0.8), 0.7),
    "fairness_focus": (_when("imbalanced", 0.6, 0.2), 0.5),
    "use_case": (_always(0.7), 0.6),
    "augment": (_both("imbalanced", "small", 0.6, 0.15), 0.45),
    "fit_quality": (_always(0.97), 0.85),
    "privacy_guarantee": (_by_privacy(0.05, 0.45, 0.95), 0.9),
    "comparator": (_when("expert", 0.6, 0.2), 0.4),
    "fidelity": (_always(0.98), 0.75),
    "utility": (_always(0.75), 0.6),
    "privacy_metrics": (_by_privacy(0.25, 0.8, 0.97), 0.8),
    "subgroup": (_when("imbalanced", 0.6, 0.15), 0.5),
    "plots": (_when("expert", 0.25, 0.65), 0.4),
    "detectability": (_when("expert", 0.6, 0.15), 0.4),
    "diagnosis": (_always(0.97), 0.5),
    "fix": (lambda f: 0.65 if f.small or f.privacy == "strict" else 0.35, 0.7),
    "rebalance": (_when("imbalanced", 0.65, 0.1), 0.5),
    "re_evaluate": (_always(0.7), 0.6),
    "methods": (_always(0.98), 0.9),
    "metrics": (_always(0.85), 0.55),
    "limitations": (_by_privacy(0.4, 0.9, 0.9), 0.6),
    "code_log": (_when("expert", 0.75, 0.2), 0.45),
    "checklist": (_when("expert", 0.6, 0.3), 0.4),
    "plain_summary": (_when("expert", 0.15, 0.65), 0.5),
}
"""Aspect -> how likely a person wants it, and how likely its lack makes them reject."""

SUCCESS: dict[str, Chance] = {
    "profile_schema": _always(0.97),
    "missingness_report": _always(0.95),
    "detect_identifiers": _when("wide", 0.7, 0.92),
    "distribution_eda": _always(0.92),
    "correlation_report": _always(0.92),
    "duplicate_check": _always(0.95),
    "ask_columns": _always(0.98),
    "infer_from_prompt": _when("ambiguous", 0.3, 0.9),
    "infer_from_data": _when("wide", 0.5, 0.75),
    "draft_use_case": _when("ambiguous", 0.4, 0.85),
    "propose_fairness": _always(0.85),
    "propose_augmentation": _always(0.85),
    "ask_intent": _always(0.95),
    "shortlist": _always(0.99),
    "gen_fast": _when("small", 0.8, 0.5),
    "gen_gan": _when("small", 0.45, 0.85),
    "gen_diffusion": _when("wide", 0.55, 0.8),
    "gen_dp": _when("small", 0.65, 0.88),
    "ask_preference": _always(0.8),
    "pick_fidelity": _always(0.97),
    "pick_utility": _always(0.92),
    "pick_privacy": _always(0.93),
    "pick_subgroup": _always(0.88),
    "pick_plots": _always(0.95),
    "pick_detectability": _always(0.9),
    "ask_priorities": _always(0.95),
    "diagnose": _always(0.95),
    "tune_hparams": _when("low_budget", 0.4, 0.8),
    "switch_generator": _when("small", 0.5, 0.8),
    "rebalance": _always(0.85),
    "re_evaluate": _always(0.97),
    "ask_tradeoff": _always(0.85),
    "draft_report": _always(0.97),
    "add_metric_tables": _always(0.95),
    "add_limitations": _always(0.93),
    "export_code_log": _always(0.97),
    "add_checklist": _always(0.9),
    "plain_summary": _always(0.92),
    "ask_audience": _always(0.95),
}
"""Action -> how likely it succeeds."""

MINUTES: dict[str, Chance] = {
    "gen_fast": _always(3),
    "gen_gan": _when("small", 12, 25),
    "gen_diffusion": _when("small", 25, 55),
    "gen_dp": _when("small", 10, 14),
}
"""Generator action -> minutes of compute that it takes."""


def wish(aspect: str) -> tuple[Chance, float]:
    """Of an aspect: from the table, else a middling one, for what was added to the episodes."""
    return WISHES.get(aspect, (_always(0.5), 0.5))


def success(action: str) -> Chance:
    """Of an action: from the table, else that of most."""
    return SUCCESS.get(action, _always(0.92))


def budget(flags: Flags) -> float:
    """Minutes of compute in a project."""
    return 45.0 if flags.low_budget else 120.0
