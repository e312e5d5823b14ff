"""One project as the page knows it: its conversation, its run, what it waits for."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from synthcraft.graph.contracts import Frozen, Proposal
from synthcraft.graph.views import ANSWER, Event, SessionView
from synthcraft.tools.provenance import utc_now
from synthcraft.ui.figures import Album
from synthcraft.ui.history_tab import History
from synthcraft.ui.jobs import Job, follow
from synthcraft.ui.text import md

if TYPE_CHECKING:
    from synthcraft.agents.language.client import Endpoint
    from synthcraft.agents.sheets import Sheets
    from synthcraft.graph.model_choice import ModelChoice
    from synthcraft.tools.codebook import Codebook
    from synthcraft.tools.codebook_match import Match
    from synthcraft.tools.release.sheet import GateSheet

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
    who: str = ""
    """Person of a team who said it."""
    at: str = ""
    """When, UTC; empty on what is not part of the conversation yet."""


class Confirm(Frozen):
    """Something that is done only after a second yes."""

    what: Literal["stop", "halt", "revert", "delete"]
    text: str
    checkpoint: str = ""
    gate: str = ""


@dataclass
class Project:
    """What the page knows of one project while the server runs."""

    key: str
    session: str = ""
    """Its id in the list, from the first moment of its first step on; a draft has none."""
    owner: str = ""
    """Who started it on the page of a team."""
    title: str = ""
    """What a person called it."""
    codebook: Match | None = None
    """What was read of a codebook, before the start."""
    agreed: Codebook | None = None
    """What of it was confirmed."""
    messages: list[Message] = field(default_factory=lambda: [told(GREETING)])
    files: list[Path] = field(default_factory=list)
    demo: bool = False
    prompt: str = ""
    view: SessionView | None = None
    history: History = field(default_factory=History)
    hearing: str = ""
    """The sentence of the person that is being acted on."""
    answering: str = ""
    """As much of an answer as has been told."""
    activity: list[str] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    confirm: Confirm | None = None
    downloads: list[Path] = field(default_factory=list)
    drawn: set[Path] = field(default_factory=set)
    """Tables of figures that tabs were given."""
    album: Album = field(default_factory=Album)
    sheets: Sheets | None = None
    """What the table is and what can be done with it, once it was read."""
    gates: GateSheet | None = None
    """Where the gates of a release stand."""
    gates_seen: str = ""
    """Size of the logs, and the day, when they were looked at."""
    model_note: str = ""
    """What a test of the language model found."""
    model_held: Endpoint | None = None
    """The endpoint that was tried or taken last, with its key: nothing of it is written."""
    model_wish: ModelChoice | None = None
    """What was chosen before the project began."""
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

    @property
    def card(self) -> Proposal | None:
        """The card that waits for an answer, or nothing."""
        return self.view.proposal if self.gate and self.view else None

    def say(self, text: str, title: str = "", at: str = "") -> None:
        """Add something that the assistant says, now or at an earlier time."""
        when = at or utc_now()
        self.messages.append(Message(role="assistant", text=text, title=title, at=when))

    def heard(self, text: str, who: str = "", at: str = "") -> None:
        """Add something that a person said, shown as text; of a team, with their name."""
        when = at or utc_now()
        self.messages.append(Message(role="user", text=md(text), who=who, at=when))

    def telling(self, sentence: str) -> None:
        """Take in a sentence of an answer that is still being given."""
        self.answering = f"{self.answering} {sentence}".strip()

    def hear(self, event: Event) -> None:
        """Take in what a run tells."""
        if event.subject == ANSWER:
            self.telling(event.text)
        elif event.kind == "progress":
            self.jobs[event.subject] = follow(self.jobs.get(event.subject), event, time.monotonic())
            if (event.fraction or 0.0) >= 1.0:
                del self.jobs[event.subject]
        elif event.kind in ("decision", "message") and event.text not in self.activity[-2:]:
            self.activity.append(event.text)
            self.moved = True


def told(text: str) -> Message:
    """Something that the assistant says."""
    return Message(role="assistant", text=text)
