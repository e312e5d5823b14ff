"""The page of the language benchmark: a section of RESULTS.md that is made from the JSON."""

from __future__ import annotations

from pathlib import Path

from synthcraft.evals import page
from synthcraft.evals.language_bench import DEFAULT, Counts, LanguageResults, Outcome
from synthcraft.evals.page import table

NAME = "language"
HEADERS = ("group", "messages", "right", "asked back", "wrong", "false approvals")
_TITLES = {
    "dev": "Development part",
    "earlier": "Part that was kept apart once, and is for development now",
    "test": "Part kept apart",
}


def write(results: LanguageResults, folder: Path) -> None:
    """Keep the numbers, and replace the section of the page that is made of them."""
    page.write(results, NAME, section, folder)


def section(results: LanguageResults) -> str:
    """The whole section as Markdown."""
    parts = [
        "## Understanding people without a language model\n\n"
        f"Written from `{NAME}.json` by `{results.command} --out evals` on {results.at}; do not "
        f"edit. {results.machine.sentence()}.\n\n"
        "Messages were written for this project, in `language/*.toml`, by the people "
        "who wrote the phrases: they do not predict what strangers say. `earlier` was kept apart "
        "until it was read for the first time: 131 of its 186 messages right, 45 asked back, 10 "
        "wrong, no false approval. Then it was used like `dev`, and `test`, written before that, "
        "took its place. Right: every intent and every change is the one "
        "that was meant. Asked back: nothing is done, one question is asked. In brackets 95 % "
        "intervals (Wilson). Goals: wrong at most 2 %, asked at most 20 %, no false approval, a "
        "turn under 5 ms (95th centile)."
    ]
    for part, outcomes in results.parts.items():
        parts += [f"### {_TITLES[part]}", table(("reader", *HEADERS[1:], "ms"), _readers(outcomes))]
        chosen = outcomes[DEFAULT]
        parts += ["The default, by group:", table(HEADERS, groups(chosen))]
        parts += ["The default, expected kind against the kind that was read:", confusion(chosen)]
    return "\n\n".join(parts)


def groups(outcome: Outcome) -> list[tuple[str, ...]]:
    """A row for each group of messages."""
    return [(name, *_cells(counts)) for name, counts in sorted(outcome.groups.items())]


def _readers(outcomes: dict[str, Outcome]) -> list[tuple[str, ...]]:
    return [
        (name, *_cells(o.groups["all"]), f"{o.milliseconds[0]:.1f}, {o.milliseconds[1]:.1f}")
        for name, o in outcomes.items()
    ]


def _cells(counts: Counts) -> tuple[str, ...]:
    shown = (counts.right, counts.asked, counts.wrong)
    return (str(counts.all), *(_share(counts, n) for n in shown), str(counts.false_approvals))


def _share(counts: Counts, count: int) -> str:
    share, low, high = counts.share(count)
    return f"{count}, {100 * share:.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def confusion(outcome: Outcome) -> str:
    """Only kinds that occur, and in each row only what was read: most cells would be empty."""
    rows = [
        (expected, ", ".join(f"{read} {n}" for read, n in sorted(found.items(), key=_most)))
        for expected, found in sorted(outcome.confusion.items())
    ]
    return table(("expected", "read as"), rows)


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
