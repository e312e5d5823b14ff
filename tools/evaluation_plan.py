"""What is measured, what is asked of it, and why: the evaluation plan of each use case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synthcraft.graph.records import Flags, Plan, Tier, UseCase
from synthcraft.tools.metrics.limits_fidelity import fidelity_limits
from synthcraft.tools.metrics.limits_privacy import privacy_limits
from synthcraft.tools.metrics.limits_utility import utility_limits
from synthcraft.tools.metrics.thresholds import Threshold
from synthcraft.tools.privacy.shadow_engine import least_seconds

FAMILIES: dict[str, tuple[str, str]] = {
    "fidelity": (
        "How alike the tables are",
        "column distributions, missing values, relations between columns, whole rows, what is "
        "still there of rare values",
    ),
    "utility": (
        "What can be learnt from it",
        "models trained on synthetic rows, tested on real people held back, beside real-trained",
    ),
    "privacy_metrics": (
        "Whether it repeats people",
        "copies of training rows, and attacks on membership, sensitive values, single people and "
        "partial records, each against the held-back people's rate",
    ),
    "subgroup": (
        "Whether it serves every group",
        "how each protected group is represented, described and predicted, and how easily found",
    ),
    "detectability": (
        "Whether it can be told apart",
        "a classifier that tries to tell synthetic from real rows",
    ),
    "plots": ("Pictures", "real and synthetic distributions side by side"),
}
"""Family -> what it is about, and how that is measured."""

ATTACKS = (
    "privacy.membership",
    "privacy.vulnerable",
    "privacy.attribute_inference",
    "privacy.disclosive_uniques",
    "privacy.singling_out",
    "privacy.linkage",
)
"""V3 to V8 of the specification, in its order."""

PUBLICATION: dict[str, str] = {
    "privacy.shadow_models": "Membership guessed by someone who trains generators of their own",
}
"""Tests that the publication tier alone has: where one was not run, that is said."""


def default_thresholds(use_case: UseCase) -> dict[str, Threshold]:
    """Limits by metric id, each with where it comes from (specs: evaluation, 4.6)."""
    none = Threshold(pass_high=0, refer_high=0, text="none", source="by definition")
    sanity = ("columns", "types", "rows", "identifiers", "domain", "categories", "classes")
    limits = {f"sanity.{name}": none for name in (*sanity, "constant", "rules", "canaries")}
    limits["sanity.exact_match"] = Threshold(
        on="score", pass_high=0, refer_high=0,
        text="none, where chance alone would make none", source="by definition",
    )  # fmt: skip
    return limits | fidelity_limits() | utility_limits() | privacy_limits()


def thresholds_from(
    use_case: UseCase, changed: Mapping[str, float | Mapping[str, Any]]
) -> dict[str, Threshold]:
    """The defaults with a person's changes: a new pass limit, or a whole rule."""
    limits = default_thresholds(use_case)
    for name, rule in changed.items():
        if isinstance(rule, Mapping):
            limits[name] = Threshold.model_validate(rule)
        elif name in limits:
            limits[name] = limits[name].with_limit(float(rule))
    return limits


def default_families(use_case: UseCase, flags: Flags | None = None) -> tuple[str, ...]:
    """Families that a use case asks for; sanity comes with fidelity and needs no mention."""
    if use_case == "development":
        return ("fidelity", "privacy_metrics", "plots")
    families = ["fidelity", "utility", "privacy_metrics"]
    if use_case in {"sharing", "augmentation"} or (flags and flags.imbalanced):
        families.append("subgroup")
    if use_case == "sharing" or (flags and flags.expert):
        families.append("detectability")
    return (*families, "plots")


def must_pass(use_case: UseCase, tier: Tier = "standard") -> tuple[str, ...]:
    """Metric ids, or their first parts, without which criteria are not met (4.7).

    At the publication tier V3 has shadow models too (4.5), wherever it must pass.
    """
    needed = _MUST_PASS[use_case]
    more = PUBLICATION if tier == "publication" and "privacy.membership" in needed else ()
    return (*needed, *more)


_MUST_PASS: dict[UseCase, tuple[str, ...]] = {
    "sharing": (
        "sanity", "privacy.copies", *ATTACKS, "fidelity.column_distance",
        "fidelity.association", "utility.prevalence_ratio", "subgroup.worst_gap",
        "fairness.representation", "fairness.group_distance", "fairness.prevalence_ratio",
        "fairness.worst_delta",
    ),
    "augmentation": ("sanity", "utility.calibration_slope", "utility.delta_boosting"),
    "privacy": (
        "sanity", "privacy.copies", *ATTACKS[:3], "privacy.dp_record", "privacy.dp_audit",
    ),
    "development": ("sanity", "privacy.copies", "privacy.disclosive_uniques"),
}  # fmt: skip


_IMPORTS, _JOB = 3.0, 0.3
_SECONDS = {
    "sanity": (0.01, 2.0e-7),
    "fidelity": (0.4, 3.3e-5),
    "utility": (0.6, 2.4e-5),
    "privacy_metrics": (0.8, 1.2e-5),
    "subgroup": (0.5, 1.5e-5),
    "detectability": (1.6, 2.4e-5),
    "plots": (0.01, 1.0e-7),
    "shadow": (0.2, 1.2e-5),
}
"""Family -> seconds to start, and per cell; one core, 3k to 30k rows of 8 and 24 columns."""
_MOST_ROWS = {"detectability": 8000}
_PAIR_SECONDS, _PAIR_COLUMNS = 6.5e-10, 12
"""Every pair of rows is compared; what does not depend on the columns costs as much as twelve."""


_SHARES: dict[Tier, dict[str, float]] = {
    "quick": {"fidelity": 0.15, "utility": 0.2, "privacy_metrics": 0.25, "subgroup": 0.0,
              "detectability": 0.65},
}  # fmt: skip
"""Tier -> family -> part of the standard tier's seconds."""


def family_seconds(family: str, rows: int, columns: int) -> float:
    """Processor seconds of one family on one candidate, right within a factor of about two.

    `rows` are those of the real table before the split; the synthetic table is taken to have as
    many as the training part.
    """
    start, per_cell = _SECONDS[family]
    seconds = start + per_cell * min(rows, _MOST_ROWS.get(family, rows)) * columns
    if family == "privacy_metrics":
        seconds += _PAIR_SECONDS * rows**2 * (columns + _PAIR_COLUMNS)
    return seconds


def predicted_seconds(
    rows: int, columns: int, families: Iterable[str], candidates: int, tier: Tier = "standard"
) -> float:
    """Processor seconds of the evaluation: one job per family and candidate, imports once.

    Sanity is counted with fidelity. Jobs that run side by side share the wait. At the publication
    tier privacy brings shadow models, which are trained once, with the fastest generator at least.
    """
    wanted = set(families)
    wanted |= {"sanity"} if "fidelity" in wanted else set()
    shadows = tier == "publication" and "privacy_metrics" in wanted
    wanted |= {"shadow"} if shadows else set()
    shares = _SHARES.get(tier, {})
    each = [
        family_seconds(f, rows, columns) * shares.get(f, 1.0)
        for f in sorted(wanted & set(_SECONDS))
    ]
    trained = least_seconds(rows, columns) if shadows else 0.0
    return round(_IMPORTS + trained + candidates * (sum(each) + _JOB * len(each)), 1)


def proposal_rows(plan: Plan) -> tuple[dict[str, str], ...]:
    """Rows for the card at the evaluation gate: one per family, then one per limit in words."""
    families = plan.metrics or default_families(plan.use_case)
    limits = thresholds_from(plan.use_case, plan.thresholds)
    needed = must_pass(plan.use_case, plan.tier)
    rows = []
    for family in ("sanity", *families):
        what, how = FAMILIES.get(
            family, ("Gross errors", "columns, types, categories, classes, repeated rows")
        )
        prefix = {"privacy_metrics": "privacy"}.get(family, family)
        rules = [r.text for n, r in limits.items() if n.split(".")[0] == prefix]
        must = any(n.split(".")[0] == prefix for n in needed)
        rows.append(
            {
                "What": what,
                "How": how,
                "Accepted when": rules[0] if rules else "shown, not judged",
                "Must pass": "yes" if must else "no",
            }
        )
    return tuple(rows)
