"""What a choice of a generator looks like at the terminal: the arms before, the trail after."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from synthcraft.tools.report.words import duration, setting
from synthcraft.ui.cli_output import print_table, printable

if TYPE_CHECKING:
    from synthcraft.agents.choice import Choice
    from synthcraft.agents.choosing import Prepared
    from synthcraft.tools.generators.search import Selection
    from synthcraft.ui.cli_screen import Screen

ARMS = ("generator", "parameters", "claim level", "predicted", "may run")
RUNS = ("generator", "run", "quality", "took", "what was said")


def show_arms(ready: Prepared, screen: Screen) -> None:
    """Every engine that can be run with all that would be approved; the others by their reason."""
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
    for why, names in _by_reason({a.name: a.barred for a in search.arms if a.barred}).items():
        screen.say(f"Left out: {', '.join(names)}: {why}")
    for note in ready.notes:
        screen.say(note)
    screen.say(
        f"{split.train:,} rows train, {split.validation:,} others score, {split.holdout:,} are "
        f"set aside for later. Together the runs may take {duration(60 * search.minutes)}."
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
    for number, selection in enumerate(choice.trail, start=1):
        _say(f"{number}. {selection.why}")
    for why, names in _by_reason(_dropped(choice.trail)).items():
        _say(f"   {', '.join(names)}: {why}")
    _say(_time(choice))
    if choice.run is None:
        _say("No generator gave a result. Allow more time, or name others with --engines.")
        return
    parts = ", ".join(f"{name} {value:.2f}" for name, value in choice.run.parts.items())
    _say(
        f"Chosen: {choice.chosen}, quality {choice.run.quality:.3f} of 1 ({parts}) on "
        f"{choice.split.validation:,} rows that also chose it: judge it on the rows set aside."
    )
    _say(f"Its table is kept: {choice.kept}")
    if choice.learnt:
        _say("What the whole runs showed was added to what this installation has learnt.")


def _dropped(trail: tuple[Selection, ...]) -> dict[str, str]:
    """Each engine that was dropped with the last reason; what was run speaks for itself."""
    ran = {name for selection in trail for name in selection.chosen}
    last = {name: why for selection in trail for name, why in selection.dropped.items()}
    return {name: why for name, why in last.items() if name not in ran}


def _by_reason(reasons: dict[str, str]) -> dict[str, list[str]]:
    """Names by what is said of them."""
    found: dict[str, list[str]] = {}
    for name, why in reasons.items():
        found.setdefault(why, []).append(name)
    return found


def _time(choice: Choice) -> str:
    """What the runs took beside a whole run of everything."""
    spent, everything = (duration(60 * m) for m in (choice.minutes, choice.minutes_of_all))
    share = choice.minutes / choice.minutes_of_all if choice.minutes_of_all else 1.0
    anew = duration(60 * choice.minutes_anew)
    told = f"Time: {spent} ({anew} of it now), {share:.0%} of the {everything} for a whole run of "
    named = f"all, predicted for {', '.join(choice.predicted)}." if choice.predicted else "all."
    return told + named


def _say(text: str) -> None:
    typer.echo(printable(text))
