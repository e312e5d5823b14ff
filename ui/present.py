"""Typed records in plain words: cards, plan, results, history. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthcraft.graph.contracts import Decision, Proposal
from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES
from synthcraft.graph.records import Verdict
from synthcraft.graph.state import Progress
from synthcraft.graph.views import HistoryLine, SessionInfo, SessionView
from synthcraft.ui.jobs import Job
from synthcraft.ui.tables import LEFT
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


_FIELDS = {
    "include": "generators to use",
    "exclude": "generators to leave out",
    "rows": "number of rows",
    "epsilon": "privacy budget (epsilon)",
    "preset": "effort",
    "budget_minutes": "time limit",
    "replicates": "independent fits",
    "target": "outcome column",
    "roles": "roles of columns",
}
_ACTIONS = {"stop": "ask for your approval", "self_check": "check its own work"}


def action(name: str) -> str:
    """An action of the router in words."""
    return _ACTIONS.get(name, plain(name).lower())


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
        fields = ", ".join(_FIELDS.get(name, plain(name).lower()) for name in proposal.editable)
        parts.append(f"*You can change: {md(fields)}.*")
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


def status(view: SessionView, busy: bool = False) -> str:
    """One line on where the project stands."""
    words = _STATUS["running" if busy else view.status]
    return f"**{md(view.name or 'Project')}** · {words} · step {view.step}"


def plan(view: SessionView | None) -> str:
    """The six episodes with their state, and the router's last choice, as HTML."""
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
    choice = _choice(view.choice) if view and view.choice else ""
    return f'<ol class="sc-episodes">{"".join(rows)}</ol>{choice}'


def _score(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # never "-0.00"


def _choice(choice: Decision) -> str:
    low, high = choice.interval
    others = ", ".join(f"{action(a.action)} ({_score(a.score)})" for a in choice.alternatives[:3])
    value = _score(choice.score)
    if choice.score_interval:
        value += " (90% interval {}–{})".format(*map(_score, choice.score_interval))
    learnt = f"{choice.evidence} earlier decisions" if choice.evidence else "its starting beliefs"
    rows = [
        ("Chosen action", action(choice.action)),
        ("Expected net reward", value),
        ("Chance that you approve", f"{choice.confidence:.0%} (90% interval {low:.0%}–{high:.0%})"),
        ("Alternatives", others or "none"),
        ("Rests on", learnt),
    ]
    if choice.caution:
        rows.append(("Caution", choice.caution))
    body = "".join(f"<dt>{tag(k)}</dt><dd>{tag(v)}</dd>" for k, v in rows)
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
    left = "" if line.on_head else LEFT
    return one_line(f"Step {line.step} · {plain(line.episode)} · {line.what or line.node}{left}")


def project_label(info: SessionInfo) -> str:
    """One project as a choice in a list."""
    when = info.updated[5:16].replace("T", " ")
    return one_line(f"{info.name or 'unnamed'} · {info.status} · {when}")


def progress(jobs: Iterable[Job]) -> str:
    """A line and a bar per running job with the time that is left, as HTML."""
    bars = []
    for job in jobs:
        event = job.event
        label = tag(f"{event.subject}: {event.text}" if event.subject else event.text)
        left = "" if job.left is None else f" · about {duration(job.left)} left"
        bars.append(
            f'<div class="sc-job"><span>{label}</span><span>{job.share:.0%}{left}</span>'
            f'<progress max="100" value="{job.share * 100:.0f}" aria-label="{label}"></progress>'
            "</div>"
        )
    waiting = (
        '<div class="sc-job"><span>Working …</span><progress aria-label="Working"></progress></div>'
    )
    return "".join(bars) or waiting
