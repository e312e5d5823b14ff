"""What a typed sentence does: the same as the buttons, never more."""

from __future__ import annotations

from collections.abc import Sequence

from synthcraft.agents.language.base import Revert, UserTurn
from synthcraft.agents.language.guards import refusal
from synthcraft.graph.errors import InputError
from synthcraft.graph.views import Answer, HistoryLine
from synthcraft.tools.pasted import check_words
from synthcraft.ui.project import Confirm, Project
from synthcraft.ui.project_deeds import delete
from synthcraft.ui.projects import Projects
from synthcraft.ui.text import md

_YES = {"yes", "y", "ok", "okay", "sure", "do it", "yes please"}
_GO = {"start", "go", "go ahead", "begin", "start now", "let's go"}
_NO = {"no", "n", "cancel", "never mind", "no thanks"}
LONGEST = 4000


async def say(projects: Projects, project: Project, text: str) -> Project | None:
    """Act on one sentence of the person; another project is for its tab to change over to."""
    text = text.strip()[:LONGEST]
    if not text:
        raise InputError("The message is empty.", "Type a sentence, then press Send.")
    check_words(text)
    if text == project.hearing:  # sent by key and by click, or by two clicks
        return None
    project.hearing = text
    try:
        return await _act(projects, project, text)
    finally:
        project.hearing = ""


async def _act(projects: Projects, project: Project, text: str) -> Project | None:
    if project.confirm is not None and _word(text) in _YES | _NO:
        projects.hear(project, text)
        await projects.keep(project, text)
        return await decide(projects, project, _word(text) in _YES)
    await _hear(projects, project, text)
    return None


async def _hear(projects: Projects, project: Project, text: str) -> None:
    projects.hear(project, text)
    project.confirm = None
    if project.view is None:
        _before_the_start(projects, project, text)
        return
    session, gate = project.view.session, project.gate
    turn = await projects.runner.understand(session, text)
    kept = "" if turn.held or refusal(text) else text  # what must not be written down is not
    if turn.held and turn.verdict() == "question":
        await _reply(projects, project, text, kept)
        return
    if turn.note:
        project.say(md(turn.note))
    if gate:
        await _at_gate(projects, project, gate, kept, turn)
    else:
        await _elsewhere(projects, project, text, kept, turn)


async def decide(projects: Projects, project: Project, yes: bool) -> Project | None:
    """Do, or leave, what waits for confirmation; after a deletion there is another project."""
    confirm, project.confirm = project.confirm, None
    if confirm is None:
        raise InputError("There is nothing to confirm.", "It was answered already.")
    if not yes:
        project.say("Nothing was changed.")
    elif confirm.what == "revert":
        await projects.revert(project, confirm.checkpoint)
    elif confirm.what == "halt":
        await projects.halt(project)
    elif confirm.what == "delete":
        return await delete(projects, project)
    else:
        projects.answer(project, confirm.gate, Answer(verdict="stop"), "Stop here.")
    return None


def ask_back(project: Project) -> Confirm:
    """The question before a running step is stopped."""
    return Confirm(what="halt", text="Stop the work that is running? Finished work is kept.")


def ask_stop(project: Project) -> Confirm:
    """The question before a project is closed at its gate."""
    text = "Close this project here? You can still download what there is, and go back later."
    return Confirm(what="stop", text=text, gate=project.gate)


def ask_revert(project: Project, checkpoint: str) -> Confirm:
    """The question before going back; the checkpoint must be one of this project's.

    Raises:
        InputError: the project has no such checkpoint.
    """
    line = next((one for one in project.history.lines if one.checkpoint == checkpoint), None)
    if line is None:
        raise InputError("That point does not exist.", "Choose one from the list under History.")
    text = (
        f"Go back to step {line.step} ({line.what or line.node})? What came after stays a branch."
    )
    return Confirm(what="revert", text=text, checkpoint=checkpoint)


def find_point(to: str, lines: Sequence[HistoryLine]) -> str:
    """The checkpoint meant by an id, `start`, `previous` or the name of an episode.

    Raises:
        InputError: the current branch has no such point.
    """
    if any(line.checkpoint == to for line in lines):
        return to
    head = [line for line in lines if line.on_head]
    cards = [line for line in head if line.node == "propose"]
    index = next((i for i, line in enumerate(head) if line.episode == to), None)
    if to == "start" and head:
        return head[0].checkpoint
    if to == "previous" and len(cards) > 1:
        return cards[-2].checkpoint
    if index is not None:
        return head[max(0, index - 1)].checkpoint
    raise InputError("I do not find that point.", "Choose one from the list under History.")


def _word(text: str) -> str:
    return text.lower().strip(" .!")


def _before_the_start(projects: Projects, project: Project, text: str) -> None:
    if project.busy:
        project.say("I am reading the table. One moment.")
        return
    if _word(text) in _YES | _GO and project.files:
        projects.begin(project, seed=1, join_on=None)
        return
    project.prompt = f"{project.prompt} {text}".strip()
    waits = (
        "Press **Start**, or say *start*, when you are ready."
        if project.files
        else "Now add a file below."
    )
    project.say(f"Noted. {waits}")


async def _at_gate(
    projects: Projects, project: Project, gate: str, text: str, turn: UserTurn
) -> None:
    verdict, changes = turn.verdict(), turn.changes()
    proposal = project.view.proposal if project.view else None
    answering = bool(proposal and proposal.question) and verdict in (None, "approve", "revise")
    if turn.clarification and not (answering and changes.named()):
        await _aside(projects, project, text, turn.clarification)
    elif answering:
        projects.answer(project, gate, Answer(verdict="approve", changes=changes, comment=text))
    elif verdict == "approve":
        projects.answer(project, gate, Answer(verdict="approve", comment=text))
    elif verdict == "revise":
        projects.answer(project, gate, Answer(verdict="revise", changes=changes, comment=text))
    elif verdict == "question":
        projects.answer(project, gate, Answer(verdict="question", comment=text))
        await projects.soon(project)
    elif verdict == "stop":
        project.confirm = ask_stop(project)
        await projects.keep(project, text)
    elif verdict == "revert":
        _go_back(project, turn)
        await projects.keep(project, text)
    else:
        await _reply(projects, project, text, text)


async def _elsewhere(
    projects: Projects, project: Project, text: str, kept: str, turn: UserTurn
) -> None:
    verdict = turn.verdict()
    paused = project.view is not None and project.view.status in ("interrupted", "running")
    if verdict == "revise":
        told = "No card is open. Go on, or go back to an earlier point, to change that."
        await _aside(projects, project, kept, told)
        return
    if verdict == "stop" and project.busy:
        project.confirm = ask_back(project)
    elif verdict == "revert" and not project.busy:
        _go_back(project, turn)
    elif verdict == "approve" and paused and not project.busy:
        projects.resume(project)
    else:
        await _reply(projects, project, text, kept)
        return
    await projects.keep(project, kept)


async def _aside(projects: Projects, project: Project, kept: str, told: str) -> None:
    """Say something that moves nothing, and keep it with the words that it answers, if any."""
    project.say(md(told))
    if kept:
        await projects.keep(project, kept, told)


def _go_back(project: Project, turn: UserTurn) -> None:
    to = next(intent.to for intent in turn.intents if isinstance(intent, Revert))
    project.confirm = ask_revert(project, find_point(to, project.history.lines))


async def _reply(projects: Projects, project: Project, text: str, kept: str) -> None:
    if project.view is not None:
        try:
            told = await projects.runner.ask(project.view.session, text, project.telling)
        finally:
            project.answering = ""
        await _aside(projects, project, kept, told)
