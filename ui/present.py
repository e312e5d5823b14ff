"""Typed records in plain words: cards, plan, results, history. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthcraft.graph.contracts import Decision, Proposal
from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES
from synthcraft.graph.explain import sentence_of
from synthcraft.graph.records import Verdict
from synthcraft.graph.state import Progress
from synthcraft.graph.views import HistoryLine, SessionView
from synthcraft.ui.fields import LABELS
from synthcraft.ui.jobs import Job
from synthcraft.ui.text import duration, md, one_line, plain, tag

_STATE = {
    "open": "to do",
    "approved": "approved",
    "skipped": "skipped",
    "stale": "to look at again",
}
_OVER = ("finished", "stopped")
_STATUS = {
    "running": "Working",
    "waiting": "Waiting for your answer",
    "interrupted": "Paused: press Go on to continue",
    "finished": "Finished",
    "stopped": "Stopped by you",
    "failed": "Something did not work",
}


_OTHER_FIELDS = {
    "roles": "roles of columns, under Data",
    "parameters": "parameters",
    "thresholds": "limits",
}
_ACTIONS = {"stop": "Show you the result and ask.", "self_check": "Check its own work first."}


def action(name: str, choosing: bool = False) -> str:
    """An action of the router in a sentence, where the choice of the generator is open or not."""
    rows = (row for episode in EPISODES.values() for row in episode.actions)
    known = {row.name: sentence_of(row, choosing) for row in rows}
    return _ACTIONS.get(name) or known.get(name) or plain(name)


def aspect(name: str) -> str:
    """An aspect in words."""
    return ASPECT_WORDS.get(name, plain(name).lower())


def card(proposal: Proposal) -> str:
    """A proposal or a question of the router, as Markdown without its table."""
    parts = [f"### {md(proposal.title)}"]
    if proposal.reply:
        parts.append(f"**Answer to your question:** {md(proposal.reply)}")
    if proposal.question:
        parts.append(f"**{md(proposal.question)}**")
    if proposal.lines:
        parts.append("\n".join(f"- {md(line)}" for line in proposal.lines))
    cost = _cost(proposal)
    if cost:
        parts.append(cost)
    if proposal.editable:
        words = _OTHER_FIELDS | {name: label.lower() for name, label in LABELS.items()}
        listed = ", ".join(words[name] for name in proposal.editable if name in words)
        parts.append(f"*You can change: {md(listed)}.*")
    return "\n\n".join(parts)


def _cost(proposal: Proposal) -> str:
    if proposal.seconds is None and proposal.memory_mb is None:
        return ""
    parts = []
    if proposal.seconds is not None:
        parts.append(f"about {duration(proposal.seconds)}")
    if proposal.memory_mb is not None:
        parts.append(f"up to {proposal.memory_mb:,.0f} MB of memory")
    return f"**Expected cost:** {', '.join(parts)} on this computer."


def steps(lines: Iterable[str]) -> str:
    """What was done, as a list."""
    return "\n".join(f"- {md(line)}" for line in lines)


def status(view: SessionView, title: str = "", busy: bool = False) -> str:
    """One line on where the project stands."""
    words = _STATUS["running" if busy else view.status]
    return f"**{md(title or view.name or 'Project')}** · {words} · step {view.step}"


def plan(view: SessionView | None, busy: bool = False) -> str:
    """The six episodes with their state, what is next, and the router's last choice, as HTML."""
    rows = []
    for name, episode in EPISODES.items():
        progress = view.progress.get(name, Progress()) if view else Progress()
        now = view is not None and view.episode == name and view.status not in _OVER
        state = "in progress" if now and progress.status == "open" else _STATE[progress.status]
        css = f"sc-episode sc-{progress.status}" + (" sc-now" if now else "")
        current = ' aria-current="step"' if now else ""
        rows.append(
            f'<li class="{css}"{current}><span class="sc-title">{tag(episode.title)}</span>'
            f'<span class="sc-state">{state}</span></li>'
        )
    choice = _choice(view.choice, view.plan.choose) if view and view.choice else ""
    told = f'<p class="sc-next"><strong>Next:</strong> {tag(_next(view, busy))}</p>'
    return f'<ol class="sc-episodes">{"".join(rows)}</ol>{told}{choice}'


def _next(view: SessionView | None, busy: bool) -> str:
    """What a person does, or waits for."""
    if busy:
        return "nothing to do for you; the next card comes by itself. You may close the page."
    if view is None:
        return "add a table on the left, or take the demo table, and press Start."
    if view.status == "waiting" and view.proposal is not None:
        return f"your answer to the card “{view.proposal.question or view.proposal.title}”"
    if view.status == "finished":
        return "take report and files from the tab Report, or go back under History."
    if view.status == "stopped":
        return "nothing; the project is closed. Under History you can go back and go on."
    return "press Go on; finished work is kept."


def _score(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # never "-0.00"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _choice(choice: Decision, choosing: bool) -> str:
    low, high = choice.interval
    value = _score(choice.score)
    if choice.score_interval:
        value += " (90 % interval {} to {})".format(*map(_score, choice.score_interval))
    learnt = (
        f"{choice.evidence} earlier decisions on this computer"
        if choice.evidence
        else "what it started with; nothing was learnt on this computer yet"
    )
    rows = [
        ("Chosen step", action(choice.action, choosing), ""),
        ("Value", value, "1 is an approval at the first look; rounds and questions cost."),
        (
            "Confidence",
            f"{_percent(choice.confidence)} (90 % interval {_percent(low)} to {_percent(high)})",
            "The chance that you would approve the result as it stands.",
        ),
        ("Rests on", learnt, ""),
    ]
    if choice.caution:
        rows.append(("Caution", choice.caution, ""))
    body = "".join(
        f"<dt>{tag(name)}</dt><dd>{tag(text)}{f' <small>{tag(why)}</small>' if why else ''}</dd>"
        for name, text, why in rows
    )
    others = "".join(
        f"<li>{tag(action(one.action, choosing))} <small>value {_score(one.score)}</small></li>"
        for one in choice.alternatives[:3]
    )
    body += f"<dt>Alternatives</dt><dd><ul>{others}</ul></dd>" if others else ""
    return (
        '<section class="sc-choice"><h3>Why this step</h3>'
        f"<p>{tag(choice.why)}</p><dl>{body}</dl></section>"
    )


def verdict_notes(verdicts: Sequence[Verdict]) -> str:
    """Reasons, and what was not assessed, as Markdown; what holds for all is said once."""
    told = {v.candidate: _notes(v) for v in verdicts}
    common = [
        line for line in next(iter(told.values()), []) if all(line in t for t in told.values())
    ]
    if len(verdicts) < 2:
        common = []
    parts = []
    for verdict in verdicts:
        own = [line for line in told[verdict.candidate] if line not in common]
        title = f"**{md(verdict.candidate)}: {md(verdict.state)}**"
        parts.append(f"{title}\n\n{steps(own) or '- Nothing that does not hold for all.'}")
    if common:
        parts.append(f"**For every candidate**\n\n{steps(common)}")
    return "\n\n".join(parts)


def _notes(verdict: Verdict) -> list[str]:
    return [*verdict.reasons, *(f"Not assessed: {what}" for what in verdict.not_assessed)]


def checkpoint_label(line: HistoryLine) -> str:
    """One checkpoint as a choice in a list."""
    left = "" if line.on_head else " (on a branch that was left)"
    return one_line(f"Step {line.step} · {plain(line.episode)} · {line.what or line.node}{left}")


def progress(jobs: Iterable[Job], now: float | None = None) -> str:
    """A line and a bar per running job with the time that is left, as HTML.

    Where that cannot be told yet, and `now` is given, the time that it took so far.
    """
    bars = []
    for job in jobs:
        event = job.event
        label = tag(f"{event.subject}: {event.text}" if event.subject else event.text)
        left = "" if job.left is None else f" · about {duration(job.left)} left"
        if job.left is None and now is not None:
            left = f" · {duration(now - job.since)} so far"
        bars.append(
            f'<div class="sc-job"><span>{label}</span><span>{job.share:.0%}{left}</span>'
            f'<progress max="100" value="{job.share * 100:.0f}" aria-label="{label}"></progress>'
            "</div>"
        )
    waiting = (
        '<div class="sc-job"><span>Working …</span><progress aria-label="Working"></progress></div>'
    )
    return "".join(bars) or waiting
