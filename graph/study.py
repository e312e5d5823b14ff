"""Study mode: the default policy, which now and then takes a near-tie, with exact propensities.

Off unless it is selected. Its logs can answer questions about single decisions by importance
weighting (`graph.importance`), at a price of about 0.1 net reward a project. Now and then it also
shows a result whatever the self-check has found: what people then say calibrates the checks,
without the bias of results that were only shown after a good one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synthcraft.graph.approval import stream
from synthcraft.graph.bandit import TAU, Policy, VetoPolicy, policy
from synthcraft.graph.episodes import STOP
from synthcraft.graph.situation import Situation

EXPLORED = 0.1
"""Share of the decisions with a near-tie in which one of its members is drawn."""
NEAR = 0.15
"""Net reward by which a near-tie may be worse than the best action."""


class StudyPolicy(VetoPolicy):
    """The default policy with a uniform draw among near-ties; never a question more than usual."""

    def __init__(self, tau: float = TAU) -> None:
        super().__init__(tau, "veto_study")

    def pick(self, situation: Situation, values: Mapping[str, float]) -> tuple[str, float]:
        """The usual choice, or a keyed draw: another one at every step, the same when repeated."""
        best, _ = super().pick(situation, values)
        ties = near_ties(situation, values, best)
        draws = _draws(situation, "study")
        drawn = draws.random() < EXPLORED
        chosen = ties[int(draws.integers(len(ties)))] if drawn else best
        checked = situation.progress.check != "none" and STOP in values
        if checked and self.probes(situation):
            chosen = STOP
        share = EXPLORED * (chosen in ties) / len(ties) + (1 - EXPLORED) * (chosen == best)
        if checked:
            share = EXPLORED * (chosen == STOP) + (1 - EXPLORED) * share
        return chosen, share

    def probes(self, situation: Situation) -> bool:
        """Now and then after a self-check, drawn without a look at what it found."""
        checked = situation.progress.check != "none"
        return checked and _draws(situation, "probe").random() < EXPLORED


def _draws(situation: Situation, purpose: str) -> np.random.Generator:
    progress = situation.progress
    return stream(situation.seed_path, f"{purpose}|{progress.steps}|{progress.checks}")


def near_ties(situation: Situation, values: Mapping[str, float], best: str) -> tuple[str, ...]:
    """Actions almost as good as the best one, itself included; no question but itself."""
    questions = {action.name for action in situation.table.actions if action.asks}
    near = (name for name, value in values.items() if value >= values[best] - NEAR)
    return tuple(name for name in near if name == best or name not in questions)


@policy("veto_study")
def _study() -> Policy:
    return StudyPolicy()
