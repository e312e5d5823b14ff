"""What each tab of the page shows: an answer brings a tab only what is new to it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import OrderedDict
from typing import Any, TypeVar

T = TypeVar("T")
Part = dict[str, dict[str, Any]]
"""Component name -> properties to set."""
MOST_TABS = 1000
"""So many are remembered; one that is forgotten is still answered by the note it brings."""


class TabMemory:
    """The note that a tab brings of what it shows, and what it was sent last.

    Answers cross on their way: two events of one moment bring the same note, and the first
    answer may change what the second one, by that note, need not send. So a part is left out
    only where the note and the last answer agree that the tab shows it.
    """

    def __init__(self) -> None:
        # A restarted server knows nothing of what a tab shows: the tab gets everything again.
        self._boot = secrets.token_hex(4)
        self._sent: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._opened: OrderedDict[str, str] = OrderedDict()

    def opened(self, tab: str, key: str) -> None:
        """Remember which project the last click of this tab was about."""
        _remember(self._opened, tab, key)

    def has_left(self, tab: str, key: str) -> bool:
        """Whether this tab, which still asks for this project, has been given another since."""
        return self._opened.get(tab, key) != key

    def fresh(self, tab: str, seen: str, parts: dict[str, Part]) -> tuple[Part, str]:
        """Every property that this tab may not show yet, and the note of all of them."""
        now = {name: self._digest(part) for name, part in parts.items()}
        shown = _read(seen)
        last = self._sent.get(tab, shown)
        _remember(self._sent, tab, now)
        new = [name for name in parts if {shown.get(name), last.get(name)} != {now[name]}]
        return {name: value for part in new for name, value in parts[part].items()}, json.dumps(now)

    def _digest(self, part: Part) -> str:
        return hashlib.sha256(json.dumps([self._boot, part], default=str).encode()).hexdigest()[:12]


def _remember(memory: OrderedDict[str, T], tab: str, what: T) -> None:
    if not tab:  # not asked by a tab: there is nothing to keep apart
        return
    memory[tab] = what
    memory.move_to_end(tab)
    while len(memory) > MOST_TABS:
        memory.popitem(last=False)


def tab_here() -> str:
    """The tab whose event runs; empty where the page was not asked by a tab."""
    from gradio.context import LocalContext

    request = LocalContext.request.get(None)
    return str(request.session_hash or "") if request is not None else ""


def _read(seen: str) -> dict[str, str]:
    try:
        value = json.loads(seen or "{}")
    except ValueError:
        return {}
    return {name: str(digest) for name, digest in value.items()} if isinstance(value, dict) else {}
