"""Messages that are not read: empty, too long, pasted rows, what no tool here can meet."""

from __future__ import annotations

import re
import unicodedata

from synthcraft.agents.language.phrasebook import book, patterns
from synthcraft.agents.language.text import bare, plain

MAX_CHARACTERS = 4_000
_DELIMITERS = ("\t", ";", "|", ",")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?|\d{4}-\d\d-\d\d|na|nan|null|", re.IGNORECASE)


def refusal(message: str) -> str | None:
    """Why the message is not read, as a sentence for the person; None when it can be."""
    says = book("acts")["refusals"]
    if not message.strip():
        return str(says["empty"])
    if looks_like_rows(message[:20_000]):
        return str(says["rows"])
    if len(message) > MAX_CHARACTERS:
        return str(says["long"])
    if not any(c.isalnum() for c in message):
        return str(says["no_words"])
    if looks_foreign(message):
        return str(says["language"])
    return None


def beyond(message: str) -> str | None:
    """The fixed reply to a request for rows, figures on request, code, or another policy."""
    said = plain(message)
    asks = patterns("beyond", "asks")
    met = next((kind for kind, found in asks.items() if found.search(said)), None)
    return str(book("beyond")["replies"][met]) if met else None


def looks_like_rows(message: str) -> bool:
    """Several delimited lines with numbers in them, one long line of values, or a record."""
    lines = [line for line in message.splitlines() if line.strip()]
    for delimiter in _DELIMITERS:
        cells = [line.split(delimiter) for line in lines]
        wide = [row for row in cells if len(row) >= 3 and _numeric_share(row) >= 0.3]
        if len(wide) >= 2 or any(len(row) >= 5 and _numeric_share(row) >= 0.6 for row in wide):
            return True
    spaced = [line.split() for line in lines]
    if sum(len(row) >= 3 and _numeric_share(row) >= 0.6 for row in spaced) >= 2:
        return True
    return len(re.findall(r"[\"']?\w+[\"']?\s*:\s*[\"']?-?\d", message)) >= 3


def _numeric_share(cells: list[str]) -> float:
    return sum(bool(_NUMBER.fullmatch(cell.strip(" \"'"))) for cell in cells) / len(cells)


def looks_foreign(message: str) -> bool:
    """More function words of an unknown language than of a known one, or another script."""
    letters = [c for c in message if c.isalpha()]
    latin = sum("LATIN" in _script(c) for c in letters[:2_000])
    if letters and latin < 0.5 * len(letters[:2_000]):
        return True
    said = bare(message).split()
    ours = set(book("acts")["understood_words"])
    others = set(book("acts")["foreign_words"]) - ours
    foreign = sum(word in others for word in said)
    return foreign >= 2 and foreign > sum(word in ours for word in said)


def _script(character: str) -> str:
    return unicodedata.name(character, "")
