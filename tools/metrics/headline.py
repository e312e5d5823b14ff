"""Short titles of the headline metrics; imports nothing, so that a page may use them at once."""

from __future__ import annotations

_TITLES = {
    "fidelity.column_distance": "Column distance (lower is better)",
    "fidelity.association": "Lost relations (lower is better)",
    "utility.tstr_linear": "Prediction, linear (higher is better)",
    "utility.tstr_boosting": "Prediction, boosting (higher is better)",
    "utility.delta_boosting": "Prediction against real rows (0 or higher is ideal)",
    "privacy.copies": "Copied people, excess (lower is better)",
    "privacy.membership": "Membership guessed, AUC (0.5 is ideal)",
    "detectability.c2st_boosting": "Told apart (0.5 is ideal)",
}


def headline_titles() -> dict[str, str]:
    """Metric id -> short title with its direction, in the order of a table."""
    return dict(_TITLES)
