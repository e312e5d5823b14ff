"""The page of the language benchmark: a section of RESULTS.md that is made from the JSON."""

from __future__ import annotations

from pathlib import Path

from synthcraft.evals import page
from synthcraft.evals.language_bench import DEFAULT, Counts, LanguageResults, Outcome
from synthcraft.evals.page import table

NAME = "language"
WITH_MODEL = "language_model"
HEADERS = (
    "group", "messages", "right", "asked back", "wrong", "right or asked, then right",
    "false approvals",
)  # fmt: skip
_TITLES = {
    "dev": "Development part",
    "earlier": "First part that was kept apart once, and is for development now",
    "second": "Second part that was kept apart once, and is for development now",
    "third": "Third part that was kept apart once, and is for development now",
    "test": "Part kept apart",
}

_WITHOUT = (
    "Understanding people without a language model",
    "Messages were written for this project, in `language/*.toml`, by the people "
    "who wrote the phrases: they do not predict what strangers say. Three parts were kept "
    "apart until each was read for the first time, and used like `dev` from then on: `earlier` "
    "(131 of 186 right, 45 asked back, 10 wrong), `second` (105 of 139, 27, 7) and `third` "
    "(140 of 173, 28, 5, and one false approval, “run it” said after a question). `test` took "
    "their place; its head says when it was written. "
    "Right: every intent and every change is the one that was meant. Asked back: nothing is "
    "done, one question is asked. Then the same wish is said again in plain words, made from "
    "the label (“leave out age”, “yes”), and counted as “asked, then right” if that is read "
    "right. In brackets 95 % intervals (Wilson). Goals: right or asked, then right at least "
    "90 %, wrong at most 2 %, asked at most 20 %, no false approval, a turn under 5 ms of the "
    "processor (95th centile; the clock runs longer while other programs work).",
)
_WITH = (
    "Understanding people with a language model behind the rules",
    "The same messages. The model is asked only where the default reader would ask back, and "
    "picks one of at most four wishes that fit what the sentence names. Its pick counts where it "
    "is the classifier's first, too; else it is offered to the person in the question back, as "
    "every stop and every step back is. A yes is never picked by a model: messages that mean one "
    "and are no plain yes remain asked back. Words and limits were chosen on `dev`, `earlier` and "
    "`second`; that the classifier's second choice no longer counts was decided on what it did in "
    "`dev`, after `test` had been read once with it (46 right, 5 asked back, 2 wrong).",
)


def write(results: LanguageResults, folder: Path) -> None:
    """Keep the numbers, and replace the section of the page that is made of them."""
    page.write(results, _name(results), section, folder)


def _name(results: LanguageResults) -> str:
    return WITH_MODEL if results.model else NAME


def section(results: LanguageResults) -> str:
    """The whole section as Markdown."""
    title, about = _WITH if results.model else _WITHOUT
    parts = [
        f"## {title}\n\n"
        f"Written from `{_name(results)}.json` by `{results.command} --out evals` on {results.at}; "
        f"do not edit. {results.machine.sentence()}.\n\n{about}"
    ]
    for part, outcomes in results.parts.items():
        parts += [
            f"### {_TITLES[part]}{', with a model' if results.model else ''}",
            table(("reader", *HEADERS[1:], "ms (processor)", "ms (clock)"), _readers(outcomes)),
        ]
        name = [*outcomes][-1] if results.model else DEFAULT
        told = "The default" if name == DEFAULT else name.capitalize()
        chosen = outcomes[name]
        parts += [f"{told}, by group:", table(HEADERS, groups(chosen))]
        parts += [f"{told}, expected kind against the kind that was read:", confusion(chosen)]
    return "\n\n".join(parts)


def groups(outcome: Outcome) -> list[tuple[str, ...]]:
    """A row for each group of messages."""
    return [(name, *_cells(counts)) for name, counts in sorted(outcome.groups.items())]


def _readers(outcomes: dict[str, Outcome]) -> list[tuple[str, ...]]:
    return [
        (name, *_cells(o.groups["all"]), _times(o.processor), _times(o.milliseconds))
        for name, o in outcomes.items()
    ]


def _times(found: tuple[float, float]) -> str:
    """50th and 95th centile."""
    return f"{found[0]:.1f}, {found[1]:.1f}"


def _cells(counts: Counts) -> tuple[str, ...]:
    shown = (counts.right, counts.asked, counts.wrong, counts.good)
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
