"""Primary endpoints: what each letter of the evaluation names, and what a use is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from synthcraft.graph.records import UseCase

Pillar = Literal["privacy", "fairness", "utility", "fidelity"]
PILLARS: tuple[Pillar, ...] = get_args(Pillar)
"""Order in which primary endpoints are tested, after sanity (specs: evaluation, 4.8)."""

CODES: dict[str, str] = {
    "F1": "fidelity.column_distance",
    "F2": "fidelity.missingness",
    "F3": "fidelity.association",
    "F4": "fidelity.pair_distance",
    "F5": "detectability.c2st_boosting",
    "F6": "detectability.pmse_ratio",
    "F7": "fidelity.mmd",
    "F8": "fidelity.alpha_precision",
    "F9": "fidelity.conditional_outcome",
    "D1": "diversity.category_coverage",
    "D2": "diversity.rare_levels",
    "D3": "diversity.neighbour_coverage",
    "D4": "diversity.duplicates",
    "D5": "diversity.tail_coverage",
    "U1": "utility.delta_boosting",
    "U2": "utility.calibration_slope",
    "U3": "inference.ci_overlap",
    "U4": "utility.feature_ranking",
    "E1": "fairness.representation",
    "E2": "fairness.group_distance",
    "E3": "fairness.prevalence_ratio",
    "E4": "subgroup.worst_gap",
    "E5": "fairness.equal_opportunity",
    "E6": "fairness.attack_success",
    "V1": "privacy.copies",
    "V2": "privacy.dcr_share",
    "V3": "privacy.membership",
    "V4": "privacy.vulnerable",
    "V5": "privacy.attribute_inference",
    "V6": "privacy.disclosive_uniques",
    "V7": "privacy.singling_out",
    "V8": "privacy.linkage",
    "V9": "privacy.dp_audit",
}
"""Letter of the protocol (4.2 to 4.5) -> metric id."""

_DEFAULTS: dict[UseCase, dict[Pillar, str]] = {
    "sharing": {"privacy": "V3", "fairness": "E4", "utility": "U1", "fidelity": "F3"},
    "augmentation": {"privacy": "V1", "utility": "U1"},
    "privacy": {"privacy": "V3", "utility": "U1"},
    "development": {"privacy": "V1", "fidelity": "F1"},
}


def default_primary(use_case: UseCase) -> dict[Pillar, str]:
    """One endpoint a pillar, as a letter, for who named none beforehand."""
    return dict(_DEFAULTS[use_case])


def metric_ids(primary: Mapping[Pillar, str]) -> dict[str, str]:
    """The endpoints as metric ids, in the order of testing."""
    return {p: CODES.get(primary[p], primary[p]) for p in PILLARS if p in primary}
