"""The page of the router benchmark: a section of RESULTS.md that is made from the JSON."""

from __future__ import annotations

from pathlib import Path

from synthcraft.evals import page
from synthcraft.evals.page import table
from synthcraft.evals.router_bench import LAST, Outcome, RouterResults
from synthcraft.evals.simulators.players import STUDIED
from synthcraft.evals.simulators.worlds import WORLDS

NAME = "router"
EARLY_GOAL, LATE_GOAL = 0.85, 0.95
LEARNERS = ("veto", "veto_calibrated", "rules")
"""Policies of the planner, without and with what was learnt."""
HEADERS = (
    "policy", "net", "± se", "first 10", f"last {LAST}", "of oracle", "approved", "completed",
    "questions", "redos", "contacts", "violations",
)  # fmt: skip


def write(results: RouterResults, folder: Path) -> None:
    """Keep the numbers, and replace the section of the page that is made of them."""
    page.write(results, NAME, section, folder)


def section(results: RouterResults) -> str:
    """The whole section as Markdown."""
    parts = [_introduction(results)]
    for world, outcomes in results.worlds.items():
        parts += [
            f"### World {world}: {WORLDS[world].title}",
            table(HEADERS, [_cells(name, outcome) for name, outcome in outcomes.items()]),
        ]
    parts += _against_the_oracle(results)
    parts += ["### Learning curves", _curves(results)]
    return "\n\n".join(parts)


def _introduction(results: RouterResults) -> str:
    fewer = (
        f" With {results.pipelines} projects, the column of the last {LAST} covers all of them."
        if results.pipelines <= LAST
        else ""
    )
    return (
        "## The router in simulated worlds\n\n"
        f"Written from `{NAME}.json` by `{results.command} --out evals` on {results.at} "
        f"({results.seconds:.0f} s); do not edit. {results.machine.sentence()}.\n\n"
        "**All people, tools and reflections here are simulated.** The figures rank policies; "
        "they do not predict what happens with real users. Net reward of a project: approvals "
        "minus questions and rejections, at most 6. Every policy meets the same "
        f"{results.pipelines} projects of the same {results.seeds} seeds. The standard error is "
        "over seeds and mostly shared between policies, because their random numbers are. "
        f"`veto_calibrated` spends its first {STUDIED} projects in study mode, which calibrates "
        "its self-checks. "
        "`emulated_llm_coordinator` is a script with assumed habits, no language model. "
        f"`oracle` knows the true parameters, `clairvoyant` the wishes too.{fewer}"
    )


def _cells(name: str, outcome: Outcome) -> tuple[str, ...]:
    share = "" if outcome.of_oracle is None else f"{outcome.of_oracle:.2f}"
    return (
        f"**{name}** (default)" if outcome.default else name,
        f"{outcome.net:.2f}",
        f"{outcome.se:.2f}",
        f"{outcome.first10:.2f}",
        f"{outcome.last200:.2f}",
        share,
        f"{outcome.approved:.2f}",
        f"{100 * outcome.completed:.0f} %",
        f"{outcome.questions:.2f}",
        f"{outcome.redos:.2f}",
        f"{outcome.contacts:.1f}",
        f"{outcome.violations:.2f}",
    )


def _against_the_oracle(results: RouterResults) -> list[str]:
    """What learning policies reach of the planning oracle, early and late; nothing without it."""
    rows = [
        (world, name, _share(outcome.first10, best.first10), _share(_late(outcome), _late(best)))
        for world, outcomes in results.worlds.items()
        if (best := outcomes.get("oracle")) is not None
        for name, outcome in outcomes.items()
        if name in LEARNERS
    ]
    if not rows:
        return []
    return [
        "### What is reached of the planning oracle",
        f"Goal: {EARLY_GOAL:.2f} in the first ten projects, {LATE_GOAL:.2f} later.",
        table(("world", "policy", "first 10", "second half"), rows),
    ]


def _late(outcome: Outcome) -> float:
    """Mean net reward of the second half of the projects."""
    half = outcome.curve[len(outcome.curve) // 2 :]
    return sum(half) / len(half)


def _share(net: float, best: float) -> str:
    return f"{net / best:.2f}" if best > 0 else ""


def _curves(results: RouterResults) -> str:
    """Net reward in successive parts of the projects, as text that a diff can show."""
    points = max(len(o.curve) for outcomes in results.worlds.values() for o in outcomes.values())
    headers = ("world", "policy", *(f"part {n + 1}" for n in range(points)))
    rows = [
        (world, name, *(f"{value:.2f}" for value in outcome.curve))
        for world, outcomes in results.worlds.items()
        for name, outcome in outcomes.items()
    ]
    return (
        f"Mean net reward in {points} successive parts of the {results.pipelines} projects.\n\n"
        + table(headers, rows)
    )
