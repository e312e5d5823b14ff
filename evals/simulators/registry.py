"""The policies by their names in the results."""

from __future__ import annotations

from collections.abc import Callable

from synthcraft.evals.simulators.oracle import Clairvoyant, Oracle
from synthcraft.evals.simulators.players import Calibrated, Planned, Player, rules_player
from synthcraft.evals.simulators.policies_coordinator import Coordinator
from synthcraft.evals.simulators.policies_feedbal import FeedBAL
from synthcraft.evals.simulators.policies_linear import LinUCB
from synthcraft.evals.simulators.policies_tabular import BetaThompson
from synthcraft.graph.bandit import VetoPolicy, policy_named
from synthcraft.graph.errors import NotFoundError

DEFAULT = "veto"
"""The router's policy unless another one is set."""

PLAYERS: dict[str, Callable[[int], Player]] = {
    "veto": lambda seed: Planned(VetoPolicy()),
    "veto_calibrated": lambda seed: Calibrated(),
    "rules": lambda seed: rules_player(),
    "fixed": lambda seed: Planned(policy_named("fixed")),
    "ask_always": lambda seed: Planned(policy_named("ask_always")),
    "checklist": lambda seed: Planned(policy_named("checklist")),
    "random": lambda seed: Planned(policy_named("random")),
    "feedbal": FeedBAL,
    "beta_ts": BetaThompson,
    "linucb": lambda seed: LinUCB(),
    "emulated_llm_coordinator": Coordinator,
    "oracle": lambda seed: Oracle(),
    "clairvoyant": lambda seed: Clairvoyant(),
}
"""Name -> a new player for a seed."""


def player_named(name: str, seed: int) -> Player:
    """A new player of that name, which knows nothing yet."""
    if name not in PLAYERS:
        raise NotFoundError(
            f"There is no policy named {name!r}.", f"Choose from: {', '.join(PLAYERS)}."
        )
    return PLAYERS[name](seed)
