"""The tab Privacy: what a language model was sent, word for word, and what it never gets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synthcraft.ui.project import Project
from synthcraft.ui.text import exact, md, tag

if TYPE_CHECKING:
    from synthcraft.agents.language.ledger import Sent
    from synthcraft.agents.told import Told

SHOWN = 40
"""Entries on the page; the command line prints all of them."""
NOTHING = "Nothing was sent: no language model is named."
NEVER = """**What a language model never gets**

- rows or cells, of your table or of a synthetic one;
- names of columns, files and folders: columns leave as `num_01` or `cat_02`; of categories only
  labels such as *yes* or *female* leave, the others are numbered;
- figures with fewer than ten people behind them, and exact ones: figures of the table leave
  rounded, and only after you approved its card;
- results of subgroups, pictures, and the report;
- what you type, where it is seen to hold a value that few people have, to look like a record or
  to name somebody: such a sentence stays here, and you are told. Other sentences may leave as you
  typed them, so do not type what must not leave.

It chooses and approves nothing."""


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the components of the tab."""
    told = project.sheets.told if project.sheets else None
    return {
        "told_head": {"value": head(told)},
        "told_card": {"value": card(told) if told else ""},
        "find": {"visible": bool(told and told.sent)},
        "told_version": {"value": f"{project.key} {told.size}" if told and told.sent else ""},
    }


def head(told: Told | None) -> str:
    """Who may be asked, and how often that was done."""
    if told is None or not (told.model or told.sent or told.faults):
        return NOTHING
    asked = sum(entry.what == "request" for entry in told.sent)
    held = sum(entry.what == "held back" for entry in told.sent)
    who = f"**{md(told.model)}** may be asked." if told.model else "No language model is named now."
    was = (
        f"{asked:,} request{'s were' if asked != 1 else ' was'} sent"
        if asked
        else "Nothing was sent"
    )
    lines = [f"{who} {was}{f', {held:,} held back' if held else ''}."]
    lines += [f"**The record was changed after it was written:** {md(f)}" for f in told.faults]
    return "\n\n".join(lines)


def card(told: Told) -> str:
    """The Profile Card word for word, and whether it left."""
    if not told.card:
        return ""
    words = (
        f"Approved by {tag(told.approved_by)}: all that is told of the table."
        if told.approved_by
        else "Nobody has approved it, so nothing is told of the table."
    )
    return f"<h3>Profile Card</h3><p>{words}</p><pre>{exact(told.card)}</pre>"


def entries(sent: Sequence[Sent], words: str) -> str:
    """The newest entries that hold the words, as HTML."""
    found = [one for one in reversed(sent) if words.casefold() in one.text.casefold()]
    if not found:
        return "<p>No entry holds these words.</p>" if words and sent else ""
    rest = len(found) - SHOWN
    more = f"<p>{rest:,} older ones: <code>synthcraft ledger</code> prints all.</p>"
    return "".join(map(_entry, found[:SHOWN])) + (more if rest > 0 else "")


def _entry(one: Sent) -> str:
    when = one.at[:19].replace("T", " ")
    title = f"{when} UTC · {one.what}{f' · {one.to}' if one.to else ''}"
    read = _read(one.text) if one.what == "request" else ""
    body = f"<pre>{exact(one.text or '(bytes that are no text)')}</pre>"
    if read:
        body = f"{read}<details><summary>Byte for byte</summary>{body}</details>"
    return f'<details class="sc-sent"><summary>{tag(title)}</summary>{body}</details>'


def _read(text: str) -> str:
    """The messages of a request as people read them; empty where it is no such request."""
    try:
        messages = [(str(m["role"]), str(m["content"])) for m in json.loads(text)["messages"]]
    except (ValueError, KeyError, TypeError):
        return ""
    return "".join(f"<h4>{tag(role)}</h4><pre>{exact(content)}</pre>" for role, content in messages)
