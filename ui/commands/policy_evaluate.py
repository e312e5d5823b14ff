"""`synthcraft policy evaluate`: what other policies would have brought in past projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synthcraft.graph.off_policy import Estimate, Evaluation, PolicyValue
    from synthcraft.graph.past import Past
    from synthcraft.graph.statistics import Statistics

SEED = 0
"""Of the runs in the model: the same logs give the same table."""
CAVEAT = (
    "The differences come from a model that was fitted to these projects; nothing was tried out. "
    "The intervals do not cover that the model itself may be wrong."
)


def evaluate(
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Policy to compare with the one in use; repeatable. Else all."),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Estimate from the logs what each policy would have brought, and which may replace yours."""
    import numpy as np

    from synthcraft.graph.bandit import policies, policy_named
    from synthcraft.graph.off_policy import evaluate as estimate
    from synthcraft.ui.commands.output import print_json

    settings = options.read_settings(home)
    current = policy_named(settings.policy)
    names = options.names(policy) or policies()
    others = [policy_named(name) for name in names if name != current.name]
    past = _past(home, settings.home)
    known = _known(settings.policy_file)
    found = estimate(past.projects, current, others, known, np.random.default_rng(SEED))
    if as_json:
        print_json({**found.model_dump(mode="json"), "left_out": past.left_out})
    else:
        _show(found, past.left_out)


def _past(home: Path | None, workspace: Path) -> Past:
    """The projects that can be learnt from, at least one.

    Raises:
        InputError: there is none.
    """
    from synthcraft.graph.past import Past, read_past
    from synthcraft.ui.commands.sessions import with_runner

    # Looking must not set up a workspace where there is none.
    there = workspace.is_dir() and any(workspace.iterdir())
    past = with_runner(home, read_past) if there else Past((), {})
    if not past.projects:
        why = _listed(past.left_out) or "there are no projects"
        raise InputError(
            f"Nothing can be said about policies yet: {why}.",
            "What counts are projects that were finished with a person's decisions.",
        )
    return past


def _known(policy_file: Path) -> Statistics:
    """What a policy that learns would start its next project from.

    Raises:
        InputError: the file cannot be used; it stays as it is.
    """
    from synthcraft.graph.drift import alarmed, cautious
    from synthcraft.graph.memory import recent
    from synthcraft.graph.policy_exchange import opened
    from synthcraft.graph.statistics import Statistics

    if not policy_file.exists():
        return Statistics()
    known = Statistics(installation=opened(policy_file).counts)
    return cautious(known) if alarmed(recent(policy_file)) else known


def _listed(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{number} {why}" for why, number in left_out.items())


def _show(found: Evaluation, left_out: Mapping[str, int]) -> None:
    from synthcraft.graph.off_policy import FEWEST
    from synthcraft.ui.commands.output import print_table

    typer.echo(
        f"From {_number(found.projects)}, {found.observed:.2f} net reward each: approvals minus "
        "questions and results sent back."
    )
    if left_out:
        typer.echo(f"Left out: {_listed(left_out)}.")
    rows = [_row(line, found) for line in found.policies]
    print_table(rows, list(rows[0]))
    if found.enough:
        for line in found.policies:
            if line.policy != found.current:
                typer.echo(f"{line.policy}: {line.ruling.why}")
        typer.echo(CAVEAT)
    else:
        typer.echo(
            f"{_number(found.projects)} cannot tell policies apart: at least {FEWEST} are needed. "
            "No figure here is a reason to change."
        )


def _number(projects: int) -> str:
    return f"{projects} project{'' if projects == 1 else 's'}"


def _row(line: PolicyValue, found: Evaluation) -> dict[str, str]:
    ruling = "yes" if line.ruling.may_replace else "no"
    return {
        "policy": line.policy,
        "net": f"{line.net.value:.2f}",
        "80 % interval": _interval(line.net, found),
        f"against {found.current}": f"{line.difference.value:+.2f}",
        "its interval": _interval(line.difference, found),
        "may replace it": "in use" if line.policy == found.current else ruling,
    }


def _interval(estimate: Estimate, found: Evaluation) -> str:
    return f"{estimate.low:.2f} to {estimate.high:.2f}" if found.enough else "not known"
