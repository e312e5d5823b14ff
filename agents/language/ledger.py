"""Every byte that left for a language model, in a hash-chained file that anybody can read."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.audit import AuditLog

What = Literal["request", "answer", "held back", "card approved"]


class Sent(BaseModel):
    """One entry.

    Attributes:
        text: what was sent or came back, word for word; of what was held back, only the reason.
        prompts: name of a fixed prompt -> its checksum.
        raw: base64 of bytes that are no UTF-8, else empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    what: What
    to: str = ""
    text: str = ""
    raw: str = ""
    prompts: dict[str, str] = {}

    @property
    def body(self) -> bytes:
        """The very bytes."""
        return base64.b64decode(self.raw) if self.raw else self.text.encode()


class Ledger:
    """The ledger of one project."""

    def __init__(self, path: Path) -> None:
        self.log = AuditLog(path)

    def enter(
        self, what: What, body: bytes, to: str = "", prompts: Mapping[str, str] | None = None
    ) -> None:
        """Add an entry; it is on the disk before this returns."""
        try:
            text, raw = body.decode("utf-8"), ""
        except UnicodeDecodeError:
            text, raw = "", base64.b64encode(body).decode()
        # to the microsecond, so that two equal requests are two entries
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        known = dict(prompts or {})
        entry = Sent(at=now, what=what, to=to, text=text, raw=raw, prompts=known)
        self.log.extend(entry.model_dump(mode="json"))

    def entries(self) -> list[Sent]:
        """All entries, oldest first."""
        return [Sent.model_validate(entry.body) for entry in self._all()]

    def prompts(self) -> list[str]:
        """The prompts of all requests, oldest first; what is no prompt of ours is left out."""
        found = []
        for sent in self.entries():
            if sent.what == "request":
                try:
                    messages = json.loads(sent.body)["messages"]
                    found.append("\n\n".join(str(m["content"]) for m in messages))
                except (ValueError, KeyError, TypeError):
                    continue
        return found

    def find(self, words: str) -> list[Sent]:
        """Entries that hold some words, whatever their case."""
        return [sent for sent in self.entries() if words.casefold() in sent.text.casefold()]

    def _all(self) -> list[Any]:
        return self.log.all() if self.log.path.exists() else []
