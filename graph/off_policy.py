"""What another policy would have been worth, from the logs of the one that was used.

The observed mean is corrected by a difference in the model: mean observed net reward + [value of
the policy in the model - value of the logged policies in the model]. Weighting whole courses by
importance is useless here: hardly any is one that another policy would have taken. Source:
reasoning engine 7.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthcraft.graph.bandit import Policy, policy_named
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.errors import InputError
from synthcraft.graph.logged import LoggedProject
from synthcraft.graph.planner import Floats
from synthcraft.graph.rollout import Choose, draw, models, run_again
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics

COVERAGE = 0.8
"""Of every interval."""
TOLERANCE = 0.1
"""Net reward of a project that a replacement may cost, at the lower end of the interval."""
FEWEST = 10
"""Projects below which no policy may replace another.

From project to project the net reward differs by about 2 (standard deviation): with 10 of them
the observed mean alone is known to within 0.8 only, nearly one approval.
"""
RUNS, FEWEST_RUNS = 400, 6
"""How many projects are run again for each policy, and how often each at least."""
RESAMPLES = 2000


class Estimate(Frozen):
    """A mean over projects with its 80 % interval.

    The interval is about the projects that were seen and about what they leave open in the model.
    That the form of the model may be wrong is not in it.
    """

    value: float
    low: float
    high: float
    se: float


class Ruling(Frozen):
    """Whether a policy may replace the current one."""

    may_replace: bool
    why: str


class PolicyValue(Frozen):
    """What a policy would have brought."""

    policy: str
    net: Estimate
    """Net reward of a project: approvals minus questions and results sent back; at most 6 where
    nothing is opened again, higher is better."""
    difference: Estimate
    """To the current policy; the same projects and draws for both, so it is known better."""
    ruling: Ruling


class Evaluation(Frozen):
    """Policies compared on the same logs."""

    projects: int
    enough: bool
    """Whether there are enough of them to tell anything."""
    current: str
    observed: float
    """Net reward of a project as it was."""
    policies: tuple[PolicyValue, ...]


def evaluate(
    projects: Sequence[LoggedProject],
    current: Policy,
    others: Sequence[Policy],
    statistics: Statistics,
    rng: np.random.Generator,
) -> Evaluation:
    """Estimate what each policy would have brought in the logged projects.

    Args:
        projects: closed projects in which people decided.
        current: the policy in use.
        others: policies that might replace it.
        statistics: what a policy would know when it takes over.
        rng: draws of the runs and of the bootstrap; what a policy gets does not hang on others.

    Raises:
        InputError: there is no project.
    """
    if not projects:
        raise InputError("There is no logged project to learn from.")
    policies = [current, *others]
    values = _modelled(projects, policies, statistics, rng)
    logged, current_value = values[0], values[1]
    net = np.array([project.net for project in projects])
    resampled = _Resampled(len(projects), rng)
    found = []
    for policy, value in zip(policies, values[1:], strict=True):
        difference = resampled.estimate(np.zeros_like(net), value - current_value)
        found.append(
            PolicyValue(
                policy=policy.name,
                net=resampled.estimate(net, value - logged),
                difference=difference,
                ruling=rule(policy.name, current.name, difference, len(projects)),
            )
        )
    return Evaluation(
        projects=len(projects),
        enough=len(projects) >= FEWEST,
        current=current.name,
        observed=float(net.mean()),
        policies=tuple(found),
    )


def rule(policy: str, current: str, difference: Estimate, projects: int) -> Ruling:
    """A policy may replace the current one if it loses at most 0.1, seen cautiously.

    The bound is on the difference: the observed mean is part of both values, and its noise would
    forbid even a policy to replace its equal. Source: reasoning engine 7.
    """
    if policy == current:
        return Ruling(may_replace=True, why="It is the policy in use.")
    if projects < FEWEST:
        why = f"Too few projects to tell: {projects}, of at least {FEWEST}."
        return Ruling(may_replace=False, why=why)
    if difference.low >= -TOLERANCE:
        why = f"Cautiously seen it loses at most {TOLERANCE} a project against {current}."
        return Ruling(may_replace=True, why=why)
    why = f"It may lose {-difference.low:.2f} a project against {current}: over {TOLERANCE}."
    return Ruling(may_replace=False, why=why)


def _modelled(
    projects: Sequence[LoggedProject],
    policies: Sequence[Policy],
    statistics: Statistics,
    rng: np.random.Generator,
) -> Floats:
    """Policy x project x run: net reward in the model; the first policy is the logged one."""
    number = max(RUNS // len(projects), FEWEST_RUNS)
    possible = models(projects, number, int(rng.integers(2**62)))
    values = np.zeros((1 + len(policies), len(projects), number))
    for place, (project, stream) in enumerate(zip(projects, rng.spawn(len(projects)), strict=True)):
        for episode in project.episodes:
            draws = [draw(stream) for _ in possible]
            used = policy_named(episode.steps[0].policy)
            known = [(used, project.known), *((policy, statistics) for policy in policies)]
            for row, (policy, knows) in enumerate(known):
                choose = _remembered(policy, knows)
                values[row, place] += [
                    run_again(episode, choose, model, drawn)
                    for model, drawn in zip(possible, draws, strict=True)
                ]
    return values


def _remembered(policy: Policy, statistics: Statistics) -> Choose:
    """A policy that is asked once for each progress of one episode, which settles the rest."""
    chosen: dict[Progress, str] = {}

    def choose(situation: Situation) -> str:
        progress = situation.progress
        if progress not in chosen:
            chosen[progress] = policy.act(situation, statistics)
        return chosen[progress]

    return choose


class _Resampled:
    """The bootstrap: the same projects and the same shifts of the model for every policy."""

    def __init__(self, projects: int, rng: np.random.Generator) -> None:
        self.chosen: npt.NDArray[np.int64] = rng.integers(projects, size=(RESAMPLES, projects))
        self.shifts: Floats = rng.standard_normal(RESAMPLES)

    def estimate(self, observed: Floats, modelled: Floats) -> Estimate:
        """Mean of what was observed (project) plus what was modelled (project x run)."""
        values = observed + modelled.mean(axis=1)
        means = values[self.chosen].mean(axis=1) + _model_spread(modelled) * self.shifts
        low, high = np.quantile(means, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
        return Estimate(value=values.mean(), low=low, high=high, se=means.std())


def _model_spread(modelled: Floats) -> float:
    """Standard deviation between models, without the noise of the runs in each of them."""
    noise = modelled.var(axis=1, ddof=1).mean() / len(modelled)
    return float(np.sqrt(max(modelled.mean(axis=0).var(ddof=1) - noise, 0.0)))
