"""One project as the page knows it: its conversation, its run, what it waits for."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.views import Event, HistoryLine, SessionView
from synthcraft.ui.figures import Album
from synthcraft.ui.jobs import Job, follow
from synthcraft.ui.text import md

if TYPE_CHECKING:
    from synthcraft.agents.sheets import Sheets

GREETING = (
    "Hello. I help you to make synthetic data from a health table, step by step: I propose, "
    "you decide. The table stays on this computer.\n\n"
    "**Add a file below** (or take the demo table), tell me in a sentence what the synthetic "
    "data are for if you like, and press **Start**."
)


class Message(Frozen):
    """One entry of the conversation; the text is Markdown with everything given escaped."""

    role: Literal["user", "assistant"]
    text: str
    title: str = ""
    """Set on foldable records of what was done."""


class Confirm(Frozen):
    """Something that is done only after a second yes."""

    what: Literal["stop", "halt", "revert"]
    text: str
    checkpoint: str = ""
    gate: str = ""


@dataclass
class Project:
    """What the page knows of one project while the server runs."""

    key: str
    messages: list[Message] = field(default_factory=lambda: [told(GREETING)])
    files: list[Path] = field(default_factory=list)
    demo: bool = False
    prompt: str = ""
    view: SessionView | None = None
    lines: list[HistoryLine] = field(default_factory=list)
    activity: list[str] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    confirm: Confirm | None = None
    downloads: list[Path] = field(default_factory=list)
    album: Album = field(default_factory=Album)
    sheets: Sheets | None = None
    """What the table is and what can be done with it, once it was read."""
    task: asyncio.Task[None] | None = None
    moved: bool = False
    """A running step changed the project since the page last looked."""

    @property
    def busy(self) -> bool:
        """Whether a run is under way."""
        return self.task is not None and not self.task.done()

    @property
    def gate(self) -> str:
        """Id of the card that waits for an answer, or nothing."""
        waiting = not self.busy and self.view is not None and self.view.status == "waiting"
        return (self.view.interrupt_id or "") if waiting and self.view else ""

    def say(self, text: str, title: str = "") -> None:
        """Add something that the assistant says."""
        self.messages.append(Message(role="assistant", text=text, title=title))

    def heard(self, text: str) -> None:
        """Add something that the person said, shown as text."""
        self.messages.append(Message(role="user", text=md(text)))

    def hear(self, event: Event) -> None:
        """Take in what a run tells."""
        if event.kind == "progress":
            self.jobs[event.subject] = follow(self.jobs.get(event.subject), event, time.monotonic())
            if (event.fraction or 0.0) >= 1.0:
                del self.jobs[event.subject]
        elif event.kind in ("decision", "message") and event.text not in self.activity[-2:]:
            self.activity.append(event.text)
            self.moved = True


def told(text: str) -> Message:
    """Something that the assistant says."""
    return Message(role="assistant", text=text)
