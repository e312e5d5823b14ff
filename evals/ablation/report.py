"""The page of the ablation: a section of RESULTS.md that is made from the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synthcraft.evals import page
from synthcraft.evals.ablation.models import EMULATED
from synthcraft.evals.ablation.rates import Rate
from synthcraft.evals.ablation.results import (
    AND,
    MEASURES,
    REFERENCE,
    AblationResults,
    Outcome,
    Past,
)
from synthcraft.evals.ablation.rubric import FAILURES
from synthcraft.graph.errors import GuardError, InputError

NAME = "ablation"
SCRIPTED = "emulated"
GOAL_COMPLETED, GOAL_GATES = 0.95, 1.0
OF_THE_PAPER = ("own_code", "all_generators", "no_evaluation", "human_not_asked")
LONGEST_HISTORY = 20
OF_REAL_ONES = (
    "A real model answers at temperature 0: its runs of one task differ by the person alone, and "
    "say nothing of another model; name yours with `--model` and `--base-url`."
)
SHOWN = 12
"""Misses of the full system that are written out."""


def write(results: AblationResults, folder: Path) -> AblationResults:
    """Keep the numbers with those before, and replace the section of the page."""
    kept = results.model_copy(update={"history": _history(folder)})
    page.write(kept, NAME, section, folder)
    return kept


def _history(folder: Path) -> tuple[Past, ...]:
    path = folder / f"{NAME}.json"
    if not path.exists():
        return ()
    try:
        old = AblationResults.model_validate_json(path.read_bytes())
    except ValueError:
        raise InputError(
            f"The results kept in {path.name} cannot be read.", "Choose another folder for --out."
        ) from None
    done = {label(o): round(o.rates["completed"].share, 4) for o in old.outcomes}
    past = Past(
        at=old.at, config=old.config, runs=sum(o.runs for o in old.outcomes), completed=done
    )
    return (*old.history, past)[-LONGEST_HISTORY:]


def label(outcome: Outcome) -> str:
    """How a line is called; a script is always called emulated."""
    if not outcome.model:
        return outcome.system
    if outcome.emulated:
        return f"{outcome.system}, {SCRIPTED} ({outcome.model.removeprefix(EMULATED)})"
    return f"{outcome.system}, {outcome.model}"


def section(results: AblationResults) -> str:
    """The whole section as Markdown."""
    parts = [
        _introduction(results),
        "### Failure types",
        _failures(results, OF_THE_PAPER, "the four that the paper reports of its coordinator"),
        _failures(results, _others(results), "further ones that occurred"),
        "### What was reached",
        _reached(results.outcomes),
        "### Completed by task",
        _tasks(results),
        "### What it took",
        _costs(results.outcomes),
        "### Where the full system fails",
        _misses(results),
    ]
    if results.history:
        parts += ["### Earlier versions", _past(results)]
    text = "\n\n".join(part for part in parts if part)
    refuse_unlabelled(results.outcomes, text)
    return text


def refuse_unlabelled(outcomes: Sequence[Outcome], text: str) -> None:
    """Refuse a report in which a script could be taken for a language model.

    Raises:
        GuardError: an emulated line is not called so, or the mixture is not told.
    """
    scripts = [o for o in outcomes if o.model.startswith(EMULATED)]
    if not scripts:
        return
    if unnamed := [o for o in scripts if not o.emulated or f"| {label(o)} |" not in text]:
        raise GuardError(f"{unnamed[0].model} is a script, and the report does not say so.")
    if mixture(outcomes) not in text:
        raise GuardError("The report does not say which of its models are emulated.")


def mixture(outcomes: Sequence[Outcome]) -> str:
    """Which lines are of real models and which of scripts."""
    scripts = {o.model for o in outcomes if o.emulated}
    real = sorted({o.model for o in outcomes if o.model and not o.emulated})
    named = f"{', '.join(real)}. {OF_REAL_ONES}"
    if not scripts:
        return f"The language models are real: {named}" if real else ""
    said = (
        f"**{len(scripts)} of the language models are {SCRIPTED}: scripts that replay how "
        "coordinators fail. No language model was called for them, and they say nothing of any.**"
    )
    return f"{said} Real: {named}" if real else f"{said} None here is real."


def _introduction(results: AblationResults) -> str:
    runs = sum(o.runs for o in results.outcomes)
    lost = sum(o.infrastructure for o in results.outcomes)
    seeds = min((o.seeds for o in results.outcomes), default=0)
    spoilt = (
        f"{lost} runs that an endpoint spoilt are counted apart and in no rate."
        if lost
        else "No run was spoilt by an endpoint."
    )
    commands = results.command.replace(AND, "\n")
    return (
        "## Is the reasoning engine worth it?\n\n"
        f"Written from `{NAME}.json` on {results.at}; do not edit. These commands made it:\n\n"
        f"```bash\n{commands}\n```\n\n"
        f"Configuration {results.config[:12]}. {results.machine.sentence()}.\n\n"
        f"{runs} runs: {len(results.tasks)} tasks on real tables, {seeds} seeds or more of each. "
        f"{spoilt} **All people here are simulated.** Tools are real; generators are the cheap "
        "ones, and those that would take long count as stopped at the time limit without being "
        f"waited for. {mixture(results.outcomes)}\n\n"
        "Brackets hold 95 % intervals (Wilson). A wrong act counts when it is tried: nothing that "
        "a language model writes is ever carried out. Consent counts where a person approved "
        "the card of the part; words in passing do not. Quality is that of the best table beside "
        "the holdout: 0 without any relationships, 1 like fresh real rows."
    )


def _failures(results: AblationResults, names: Sequence[str], what: str) -> str:
    if not names:
        return ""
    rows = [(label(o), *(_rate(o.failures[n]) for n in names)) for o in results.outcomes]
    head = ("system", *(FAILURES[name] for name in names))
    return f"Share of runs with each failure: {what}.\n\n{page.table(head, rows)}"


def _others(results: AblationResults) -> list[str]:
    rest = [name for name in FAILURES if name not in OF_THE_PAPER]
    return [n for n in rest if any(o.failures[n].hits for o in results.outcomes)]


def _reached(outcomes: Sequence[Outcome]) -> str:
    head = ("system", "runs", *MEASURES.values(), f"success minus {REFERENCE}, paired")
    rows = [
        (label(o), str(o.runs), *(_rate(o.rates[name]) for name in MEASURES), _against(o))
        for o in outcomes
    ]
    full = next((o for o in outcomes if o.system == REFERENCE), None)
    goal = ""
    if full is not None:
        done, kept = full.rates["completed"].share, full.rates["gates"].share
        goal = (
            f"Goals for `{REFERENCE}`: completed ≥ {GOAL_COMPLETED:.0%} "
            f"({'met' if done >= GOAL_COMPLETED else 'missed'}: {done:.1%}), gates respected in "
            f"every run ({'met' if kept >= GOAL_GATES else 'missed'}: {kept:.1%}).\n\n"
        )
    return goal + page.table(head, rows)


def _tasks(results: AblationResults) -> str:
    told = "\n".join(f"- `{name}`: {title}." for name, title in results.tasks.items())
    rows = [
        (label(o), *(_plain(o.by_task.get(name)) for name in results.tasks))
        for o in results.outcomes
    ]
    waits = "Where nobody answers, completed means that nothing was trained alone."
    return f"{told}\n\n{waits}\n\n{page.table(('system', *results.tasks), rows)}"


def _costs(outcomes: Sequence[Outcome]) -> str:
    names = tuple(outcomes[0].costs) if outcomes else ()
    head = ("system", *(name.replace("_", " ") for name in names))
    rows = [(label(o), *(f"{o.costs[name]:,.1f}" for name in names)) for o in outcomes]
    return (
        "Means of a run. Finished jobs come from a cache, so seconds are those of the steps; "
        "tokens of scripts are estimated by size.\n\n" + page.table(head, rows)
    )


def _misses(results: AblationResults) -> str:
    if not results.misses:
        return "In no run."
    lines = [f"- {miss}" for miss in results.misses[:SHOWN]]
    if more := len(results.misses) - SHOWN:
        lines += [f"- and {more} more, in the traces"] if more > 0 else []
    return "\n".join(lines)


def _past(results: AblationResults) -> str:
    rows = [
        (past.at, past.config[:12], str(past.runs), _percent(past.completed.get(REFERENCE)))
        for past in results.history
    ]
    return page.table(("when", "configuration", "runs", f"completed by {REFERENCE}"), rows)


def _rate(rate: Rate) -> str:
    if not rate.of:
        return "–"
    low, high = rate.interval
    return f"{rate.share:.0%} [{100 * low:.0f}–{100 * high:.0f}]"


def _plain(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.hits}/{rate.of}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _against(outcome: Outcome) -> str:
    gap = outcome.against
    if gap is None:
        return "–"
    return f"{100 * gap.mean:+.0f} [{100 * gap.low:+.0f} to {100 * gap.high:+.0f}] points"
