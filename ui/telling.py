"""What the assistant tells in the chat: as it happens, and again when a project is reopened."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from synthcraft.graph.contracts import Approval, Changes, Proposal
from synthcraft.graph.team import asks_release
from synthcraft.graph.views import Turn
from synthcraft.tools.report.words import setting
from synthcraft.ui import present, tables
from synthcraft.ui.project import Project
from synthcraft.ui.text import md, plain

_PLAIN_ANSWERS = {"approve": "Approved.", "stop": "Stop here.", "revise": "Once more, please."}


def announce(project: Project) -> None:
    """Say where a project stands, where that is something for the person."""
    view = project.view
    if view is None:
        return
    if view.status == "waiting" and view.proposal is not None:
        _put(project, view.proposal)
        if project.owner and asks_release(view.proposal):
            project.say(
                f"This is the release: a steward other than {project.owner} approves it. "
                "Stewards have the project in their list now."
            )
    elif view.status == "finished":
        project.say(f"**Finished.** {md(view.message)} The files are under *Report*.")
    elif view.status == "stopped":
        project.say("The project is closed. Its history and its files stay available.")
    elif view.status == "interrupted":
        project.say("This project is paused. Press **Go on** to continue it.")


def fold(project: Project) -> None:
    """Put away what was done since the last card."""
    project.answering = ""
    _did(project, project.activity)
    project.activity, project.jobs = [], {}


def record(project: Project, card: Proposal, at: str = "") -> None:
    """Keep a card that was answered as it was shown."""
    shown = f"{present.card(card)}\n\n{tables.markdown_table(card.table)}"
    project.say(shown, title=f"Card: {card.title}", at=at)


def gone_back(project: Project, who: str = "", at: str = "") -> None:
    """Say that the project stands at an earlier point."""
    by = f"{md(who)} went back" if who else "We are back"
    project.say(f"{by} to an earlier point. Nothing was lost: what we left is a branch.", at=at)


def retell(project: Project, turns: Iterable[Turn], operator: str) -> None:
    """Tell a reopened project from its beginning, and where it stands now.

    Args:
        project: without messages.
        turns: what was said and done, the oldest first.
        operator: name on the records of a project that belongs to nobody of a team; not shown.
    """
    steps: list[str] = []
    waits, at = False, ""
    for turn in turns:
        if turn.kind == "did":
            if turn.text not in steps[-2:]:
                steps.append(turn.text)
            at = turn.at
            continue
        _did(project, steps, at)
        steps = []
        waits = (waits and turn.kind in ("said", "told")) or turn.kind == "asked"
        who = project.owner if turn.kind == "said" and not turn.who else turn.who
        who = "" if who == operator else who
        _TOLD[turn.kind](project, turn.model_copy(update={"who": who}))
    _did(project, steps, at)
    if not (waits and project.view is not None and project.view.status == "waiting"):
        announce(project)


def _put(project: Project, card: Proposal, at: str = "") -> None:
    if card.reply:
        project.say(md(card.reply), at=at)
    elif card.question:
        project.say(f"I have a question: **{md(card.question)}**", at=at)
    else:
        project.say(f"For you to decide, on the card below: **{md(card.title)}**", at=at)


def _did(project: Project, steps: list[str], at: str = "") -> None:
    if steps:
        count = len(steps)
        title = f"What I did ({count} step{'s' if count > 1 else ''})"
        project.say(present.steps(steps), title=title, at=at)


def _asked(project: Project, turn: Turn) -> None:
    if turn.card is not None:
        _put(project, turn.card, turn.at)


def _answered(project: Project, turn: Turn) -> None:
    if turn.answer is None:
        return
    if turn.card is not None and turn.answer.verdict != "question":
        record(project, turn.card, turn.at)
    project.heard(_words(turn.answer), turn.who, turn.at)


def _words(answer: Approval) -> str:
    """What a person said with an answer; what they only clicked, in words."""
    ticked = ", ".join(present.aspect(name) for name in answer.reasons)
    said = [part for part in (ticked, answer.comment or _wishes(answer.changes)) if part]
    return ". ".join(said) or _PLAIN_ANSWERS.get(answer.verdict, "")


def _wishes(changes: Changes) -> str:
    return "; ".join(f"{plain(name)}: {setting(value)}" for name, value in changes.named().items())


_TOLD: dict[str, Callable[[Project, Turn], None]] = {
    "said": lambda project, turn: project.heard(turn.text, turn.who, turn.at),
    "told": lambda project, turn: project.say(md(turn.text), at=turn.at),
    "asked": _asked,
    "answered": _answered,
    "reverted": lambda project, turn: gone_back(project, turn.who, turn.at),
}
