"""What a choice of a generator looks like at the terminal: the arms before, the trail after."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.report.words import duration, setting
from synthcraft.ui.commands.output import print_table, printable

if TYPE_CHECKING:
    from synthcraft.agents.choosing import Prepared
    from synthcraft.tools.generators.choice_record import Choice
    from synthcraft.ui.commands.screen import Screen

ARMS = ("generator", "parameters", "claim level", "predicted", "may run")
RUNS = ("generator", "run", "quality", "took", "what was said")


def show_arms(ready: Prepared, screen: Screen) -> None:
    """Every engine that can be run with all that would be approved; the others by their reason."""
    from synthcraft.tools.generators.choice_record import by_reason
    from synthcraft.tools.generators.search import open_arms

    search, split = ready.search, ready.split
    _, dropped = open_arms(search)
    arms = {arm.name: arm for arm in search.arms}
    rows = (
        {
            "generator": engine.generator,
            "parameters": ", ".join(f"{k} = {setting(v)}" for k, v in engine.params.items()),
            "claim level": engine.claim_level,
            "predicted": duration(60 * arms[engine.generator].minutes),
            "may run": dropped.get(engine.generator, "yes"),
        }
        for engine in ready.plan.generators
    )
    print_table(rows, ARMS, sys.stderr)
    for why, names in by_reason({a.name: a.barred for a in search.arms if a.barred}).items():
        screen.say(f"Left out: {', '.join(names)}: {why}")
    for note in ready.notes:
        screen.say(note)
    screen.say(
        f"{in_words(split.train)} rows train, {in_words(split.validation)} others score, "
        f"{in_words(split.holdout)} are set aside for later. "
        f"Together the runs may take {duration(60 * search.minutes)}."
    )


def print_choice(choice: Choice) -> None:
    """Which engine, how it came to that, what it took, and where its table is."""
    print_table(
        (
            {
                "generator": run.generator,
                "run": run.how_much,
                "quality": "none" if run.quality is None else f"{run.quality:.3f}",
                "took": duration(run.seconds) + (" (before)" if run.cached else ""),
                "what was said": run.message,
            }
            for run in choice.runs
        ),
        RUNS,
    )
    for step in choice.steps:
        _say(step)
    for why, names in choice.dropped.items():
        _say(f"   {', '.join(names)}: {why}")
    _say(choice.time)
    if choice.run is None:
        _say(f"{choice.result} Allow more time, or name others with --engines.")
        return
    _say(choice.result)
    _say(f"Its table is kept: {choice.kept}")
    if choice.learnt:
        _say("What the whole runs showed was added to what this installation has learnt.")


def _say(text: str) -> None:
    typer.echo(printable(text))
