"""The page of the router benchmark: a section of RESULTS.md that is made from the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synthcraft.evals.router_bench import LAST, Outcome, RouterResults
from synthcraft.evals.simulators.worlds import WORLDS

JSON_NAME, PAGE_NAME = "router.json", "RESULTS.md"
BEGIN, END = "<!-- router: begin -->", "<!-- router: end -->"
EARLY_GOAL, LATE_GOAL = 0.85, 0.95
LEARNERS = ("veto", "veto_full_memory", "rules")
"""Policies of the planner, without and with what was learnt."""
HEADERS = (
    "policy", "net", "± se", "first 10", f"last {LAST}", "of oracle", "approved", "completed",
    "questions", "redos", "contacts", "violations",
)  # fmt: skip


def write(results: RouterResults, folder: Path) -> None:
    """Keep the numbers, and replace the section of the page that is made of them."""
    folder.mkdir(parents=True, exist_ok=True)
    source, page = folder / JSON_NAME, folder / PAGE_NAME
    source.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")
    kept = RouterResults.model_validate_json(source.read_text(encoding="utf-8"))
    old = page.read_text(encoding="utf-8") if page.exists() else "# Results\n"
    page.write_text(replaced(old, section(kept)), encoding="utf-8")


def replaced(page: str, text: str) -> str:
    """The page with this text between the markers; at its end where there are none."""
    block = f"{BEGIN}\n{text.strip()}\n{END}"
    if BEGIN in page and END in page:
        before, rest = page.split(BEGIN, 1)
        return before + block + rest.split(END, 1)[1]
    return f"{page.rstrip()}\n\n{block}\n"


def section(results: RouterResults) -> str:
    """The whole section as Markdown."""
    parts = [_introduction(results)]
    for world, outcomes in results.worlds.items():
        parts += [
            f"### World {world}: {WORLDS[world].title}",
            _table(HEADERS, [_cells(name, outcome) for name, outcome in outcomes.items()]),
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
        f"Written from `{JSON_NAME}` by `{results.command} --out evals` on {results.at} "
        f"({results.seconds:.0f} s); do not edit. {results.machine.sentence()}.\n\n"
        "**All people, tools and reflections here are simulated.** The figures rank policies; "
        "they do not predict what happens with real users. Net reward of a project: approvals "
        "minus questions and rejections, at most 6. Every policy meets the same "
        f"{results.pipelines} projects of the same {results.seeds} seeds. The standard error is "
        "over seeds and mostly shared between policies, because their random numbers are. "
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
        _table(("world", "policy", "first 10", "second half"), rows),
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
        + _table(headers, rows)
    )


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headers, tuple("---" for _ in headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
