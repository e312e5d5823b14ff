"""Typed records in plain words: cards, plan, results, history. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthcraft.graph.contracts import Decision, Proposal
from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES
from synthcraft.graph.records import Candidate, Verdict
from synthcraft.graph.state import Progress
from synthcraft.graph.views import Event, HistoryLine, SessionInfo, SessionView
from synthcraft.ui.text import duration, md, number, one_line, plain, tag

Table = tuple[list[str], list[list[str]]]
"""Headers and rows; shown as text."""

_STATE = {
    "open": "to do",
    "approved": "approved",
    "skipped": "skipped",
    "stale": "to look at again",
}
_LEFT = " (on a branch that was left)"
_OVER = ("finished", "stopped")
_STATUS = {
    "running": "Working",
    "waiting": "Waiting for your answer",
    "interrupted": "Paused: press Go on to continue",
    "finished": "Finished",
    "stopped": "Stopped by you",
    "failed": "Something did not work",
}


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
        fields = ", ".join(plain(name).lower() for name in proposal.editable)
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


def table_of(rows: Sequence[dict[str, str]]) -> Table:
    """The small table of a proposal; columns in order of appearance."""
    headers = list(dict.fromkeys(key for row in rows for key in row))
    return headers, [[one_line(row.get(key, "")) for key in headers] for row in rows]


def markdown_table(rows: Sequence[dict[str, str]]) -> str:
    """The same as Markdown, for the record in the conversation."""
    headers, body = table_of(rows)
    if not headers:
        return ""
    lines = [headers, ["---"] * len(headers), *body]
    cells = [line if line[:1] == ["---"] else [md(cell) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


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


def _choice(choice: Decision) -> str:
    low, high = choice.interval
    others = ", ".join(
        f"{plain(a.action).lower()} ({a.score:.2f})" for a in choice.alternatives[:3]
    )
    learnt = f"{choice.evidence} earlier decisions" if choice.evidence else "its starting beliefs"
    rows = [
        ("Chosen action", plain(choice.action)),
        ("Expected value", f"{choice.score:.2f}"),
        ("Chance that you approve", f"{choice.confidence:.0%} (90% interval {low:.0%}–{high:.0%})"),
        ("Alternatives", others or "none"),
        ("Rests on", learnt),
    ]
    body = "".join(f"<dt>{tag(k)}</dt><dd>{tag(v)}</dd>" for k, v in rows)
    return (
        '<section class="sc-choice"><h3>Why this step</h3>'
        f"<p>{tag(choice.why)}</p><dl>{body}</dl></section>"
    )


def results(candidates: Sequence[Candidate], verdicts: Sequence[Verdict]) -> Table:
    """A column a candidate: what it is, what the decision aid says, its headline numbers."""
    judged = {v.candidate: v for v in verdicts}
    metrics = list(dict.fromkeys(name for v in verdicts for name in v.headline))
    columns = [_column(one, judged.get(one.id), metrics) for one in candidates]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [[name, *(one_line(column.get(name, "")) for column in columns)] for name in names]
    kept = [row for row in rows if any(row[1:])]
    return ["", *(one_line(one.id) for one in candidates)], kept


def _column(one: Candidate, verdict: Verdict | None, metrics: Sequence[str]) -> dict[str, str]:
    numbers = verdict.headline if verdict else {}
    return {
        "Decision aid": verdict.state if verdict else _not_judged(one),
        **{plain(m): number(numbers[m]) if m in numbers else "–" for m in metrics},
        "Generator": one.generator,
        "Claim level": one.claim_level,
        "Rows": f"{one.rows:,}",
        "Time": duration(one.seconds),
        "Note": one.message,
    }


def _not_judged(candidate: Candidate) -> str:
    return "not evaluated yet" if candidate.status == "ok" else candidate.status


def verdict_notes(verdicts: Sequence[Verdict]) -> str:
    """Reasons, and what was not assessed, as Markdown."""
    parts = []
    for verdict in verdicts:
        parts.append(f"**{md(verdict.candidate)}: {md(verdict.state)}**")
        lines = [*verdict.reasons, *(f"Not assessed: {what}" for what in verdict.not_assessed)]
        parts.append(steps(lines) or "- No reasons were given.")
    return "\n\n".join(parts)


def checkpoint_label(line: HistoryLine) -> str:
    """One checkpoint as a choice in a list."""
    left = "" if line.on_head else _LEFT
    return one_line(f"Step {line.step} · {plain(line.episode)} · {line.what or line.node}{left}")


def history(lines: Sequence[HistoryLine]) -> Table:
    """Every checkpoint, the newest first."""
    headers = ["Step", "Episode", "What happened", "When (UTC)"]
    rows = [
        [
            str(line.step),
            plain(line.episode),
            one_line(line.what or line.node) + ("" if line.on_head else _LEFT),
            line.at[:19].replace("T", " "),
        ]
        for line in reversed(lines)
    ]
    return headers, rows


def project_label(info: SessionInfo) -> str:
    """One project as a choice in a list."""
    when = info.updated[:16].replace("T", " ")
    return one_line(f"{info.name or 'unnamed'} · {info.status} · {when}")


def progress(jobs: Iterable[Event]) -> str:
    """A line and a bar per running job, as HTML."""
    bars = []
    for job in jobs:
        share = min(1.0, max(0.0, job.fraction or 0.0))
        label = tag(f"{job.subject}: {job.text}" if job.subject else job.text)
        bars.append(
            f'<div class="sc-job"><span>{label}</span><span>{share:.0%}</span>'
            f'<progress max="100" value="{share * 100:.0f}" aria-label="{label}"></progress></div>'
        )
    return "".join(bars)
