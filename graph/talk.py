"""The conversation of a project, told again from its checkpoints and its audit log.

What was proposed, answered and done stands in the checkpoints. Words that moved nothing, such as a
question while nothing is open, are entries of the log beside the branch that they were said on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from synthcraft.graph.views import HistoryLine, Turn

if TYPE_CHECKING:
    from synthcraft.tools.audit import AuditLog

SOMEBODY = "a person"
"""Who went back, in logs that do not say it."""


def turns_of(line: HistoryLine, values: dict[str, Any]) -> tuple[Turn, ...]:
    """What one checkpoint adds to the conversation; `line` is that checkpoint in words."""
    answer, card = values.get("answer"), values.get("proposal")
    words = str(values.get("message", ""))
    if line.node == "choose":
        words = line.choice.why if line.choice else ""
    if line.node == "propose" and card is not None:
        return (Turn(kind="asked", at=line.at, card=card),)
    if line.node == "approval" and answer is not None:
        return (Turn(kind="answered", at=line.at, who=answer.actor, card=card, answer=answer),)
    if line.node == "settle" and answer is not None and answer.verdict == "question":
        return ()  # the card that comes again holds the reply
    if line.node == "revert":
        return (Turn(kind="reverted", at=line.at, text=line.what),)
    begun = _begun(line, values) if line.node == "receive" else ()
    return (*begun, Turn(kind="did", at=line.at, text=words)) if words else begun


def _begun(line: HistoryLine, values: dict[str, Any]) -> tuple[Turn, ...]:
    source = values.get("source")
    said = (str(values.get("prompt", "")), f"Start with {source.name}." if source else "")
    return tuple(Turn(kind="said", at=line.at, text=text) for text in said if text)


def keep_words(audit: AuditLog, head: str, actor: str, said: str, told: Iterable[str]) -> None:
    """Write down an exchange that moved nothing, beside the branch whose last entry is `head`."""
    at = datetime.now(UTC).isoformat()  # to the microsecond, as checkpoints are
    words = {"comment": said, "message": list(told)}
    audit.append({"kind": "message", "at": at, "actor": actor, **words}, head)


def conversation(
    lines: Iterable[HistoryLine], turns: dict[str, tuple[Turn, ...]], audit: AuditLog
) -> list[Turn]:
    """Everything that was said and done, on every branch, the oldest first; `lines` are `named`."""
    who = {line.checkpoint: line.who for line in lines if line.node == "revert"}
    done = [
        turn.model_copy(update={"who": who[key]}) if key in who else turn
        for key, some in turns.items()
        for turn in some
    ]
    return sorted([*done, *_words(audit)], key=lambda turn: turn.at)


def named(lines: Iterable[HistoryLine], audit: AuditLog) -> list[HistoryLine]:
    """The lines, with who went back as the log says it."""
    lines = list(lines)
    if all(line.node != "revert" for line in lines):
        return lines
    bodies = [entry.body for entry in audit.all() if entry.body.get("kind") == "revert"]
    who = {body.get("checkpoint"): str(body.get("actor") or SOMEBODY) for body in bodies}
    return [
        line.model_copy(update={"who": who.get(line.checkpoint, SOMEBODY)})
        if line.node == "revert"
        else line
        for line in lines
    ]


def _words(audit: AuditLog) -> list[Turn]:
    found: list[Turn] = []
    for body in (entry.body for entry in audit.all() if entry.body.get("kind") == "message"):
        at, said = str(body.get("at", "")), str(body.get("comment", ""))
        if said:
            found.append(Turn(kind="said", at=at, who=str(body.get("actor", "")), text=said))
        found += [Turn(kind="told", at=at, text=str(words)) for words in body.get("message", ())]
    return found
