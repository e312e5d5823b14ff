"""`synthcraft generators choose`: the best generator for a table that a time limit can find."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from synthcraft.graph.errors import InputError, JobError
from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import WAITING

if TYPE_CHECKING:
    from synthcraft.agents.base import Toolbox
    from synthcraft.agents.choosing import Prepared
    from synthcraft.graph.deps import Settings
    from synthcraft.graph.records import Plan
    from synthcraft.tools.generators.choice_record import Choice
    from synthcraft.ui.commands.screen import Screen

Strategy = Literal["auto", "improvement", "halving"]
QUESTION = "May I train these, one choice after the other, while there is time?"


def choose(
    file: Annotated[Path, typer.Argument(help="Table that the generator is for.")],
    target: options.Target = None,
    task: options.TaskOption = None,
    time: options.Time = None,
    minutes: Annotated[float, typer.Option(help="Time for all runs together.", min=0.01)] = 30.0,
    engines: Annotated[
        list[str] | None,
        typer.Option(help="Only these generators: a,b or repeated.", metavar="NAME"),
    ] = None,
    preset: Annotated[options.Preset, typer.Option(help="Parameters of each.")] = "standard",
    use_case: Annotated[options.UseCase, typer.Option(help="Purpose.")] = "sharing",
    strategy: Annotated[
        Strategy,
        typer.Option(help="improvement: run what promises most; halving: short runs of all first."),
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Seed of every draw.", min=0)] = 0,
    approve: options.ApproveOption = "ask",
    actor: options.Actor = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Choose a generator by running few: each is trained on T, looked at beside V; H stays away."""
    from synthcraft.graph.records import Plan
    from synthcraft.tools.disclosure.report import choice_shown
    from synthcraft.ui.commands.choice import print_choice
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.screen import Screen

    plan = Plan(
        use_case=use_case,
        target=target,
        task=task or "none",
        time_column=time,
        budget_minutes=minutes,
        requested=options.names(engines),
        preset=preset,
    )
    settings = options.read_settings(home, actor=actor)
    with Screen() as screen:
        try:
            found = asyncio.run(_chosen(settings, file, plan, seed, strategy, approve, screen))
        except KeyboardInterrupt:
            screen.say("What has finished is kept: the same command goes on from there.")
            raise
    shown = choice_shown(found) if found else None
    if as_json:
        print_json(shown.model_dump(mode="json") if shown else {"approved": False})
    elif shown:
        print_choice(shown)
    if found is None:
        raise typer.Exit(WAITING)
    if found.chosen is None:
        raise typer.Exit(JobError.exit_code)


async def _chosen(
    settings: Settings,
    file: Path,
    plan: Plan,
    seed: int,
    strategy: Strategy,
    approve: options.Approve,
    screen: Screen,
) -> Choice | None:
    """The choice; None where nobody approved, and nothing was trained."""
    from synthcraft.agents.choosing import prepare
    from synthcraft.graph.deps import make_deps
    from synthcraft.graph.views import Event
    from synthcraft.tools.artifacts import hash_file
    from synthcraft.tools.ingest import ingest

    def emit(text: str, fraction: float | None, subject: str) -> None:
        screen(Event(kind="progress", text=text, fraction=fraction, subject=subject))

    table = await asyncio.to_thread(ingest, file)
    deps = make_deps(settings).listening(emit)
    tools = deps.toolbox({"session": f"choose-{hash_file(file)[:16]}"})
    try:
        ready = await asyncio.to_thread(prepare, table, plan, seed, tools)
        _check_arms(ready)
        actor = _approval(ready, approve, settings.actor, screen)
        if actor is None:
            screen.say("Nothing was trained.")
            return None
        return await _searched(ready, tools, settings, file, strategy, actor)
    finally:
        await deps.jobs.close()


def _check_arms(ready: Prepared) -> None:
    """Raise where no generator may be run at all."""
    from synthcraft.tools.generators.search import open_arms

    arms, dropped = open_arms(ready.search)
    if not arms:
        reasons = [f"{name}: {why.rstrip('.')}." for name, why in dropped.items()]
        raise InputError(
            " ".join(("No generator may be run here.", *reasons[:3])),
            "Allow more time with --minutes, name others with --engines, or use --preset quick.",
        )


def _approval(ready: Prepared, approve: options.Approve, actor: str, screen: Screen) -> str | None:
    """Show what would run; the name of who approved it, None for nobody."""
    from synthcraft.graph.approvers import auto_answer
    from synthcraft.ui.commands.choice import show_arms
    from synthcraft.ui.commands.keepers import somebody_is_there
    from synthcraft.ui.terminal_gate import confirmed

    show_arms(ready, screen)
    if approve == "auto":
        answer = auto_answer("choose")
        screen.say(f"Approved by {answer.actor}, not by a person: {QUESTION}")
        return answer.actor
    if not somebody_is_there():
        screen.say("Nobody is there to ask; --approve auto would approve without a look.")
        return None
    return actor if confirmed(screen, QUESTION) else None


async def _searched(
    ready: Prepared, tools: Toolbox, settings: Settings, file: Path, strategy: Strategy, actor: str
) -> Choice:
    """Run the search, keep its record, and learn from it if a person approved."""
    import numpy as np

    from synthcraft.agents.choice import choice_of
    from synthcraft.agents.trials import Trials
    from synthcraft.graph.memory import keep_qualities, recall
    from synthcraft.tools.audit import ROOT
    from synthcraft.tools.counts import qualities
    from synthcraft.tools.generators.hunt import hunt
    from synthcraft.tools.generators.quality import QualityModel
    from synthcraft.tools.provenance import utc_now
    from synthcraft.tools.seeds import child_seed

    entry = {"kind": "approval", "gate": "parameters", "verdict": "approve", "actor": actor}
    head = tools.audit.append(entry | {"digest": ready.plan.digest, "at": utc_now()}, ROOT)
    model = QualityModel.of_catalogue(qualities(recall(settings).installation))
    rng = np.random.default_rng(child_seed(ready.seed, "choose"))
    trials = Trials(ready, tools)
    found = await hunt(ready.search, model, rng, trials, strategy, ready.short_runs)
    learnt = keep_qualities(settings, trials.taught(), actor)
    best = next((r for r in trials.runs if r.share == 1 and r.generator == found.best), None)
    choice = choice_of(
        found,
        trials,
        file=file.name,
        plan_digest=ready.plan.digest,
        approved_by=actor,
        kept=str(tools.store.path(best.sha256)) if best else "",
        learnt=learnt,
    )
    record = tools.store.put_json(choice.model_dump(mode="json"), "choice", "choose")
    tools.audit.append({"kind": "job", "choice": record.sha256, "at": utc_now()}, head)
    return choice
