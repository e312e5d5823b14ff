"""What a reading leaves unexplained: reasons to ask although the rules found something."""

from __future__ import annotations

import re

from synthcraft.agents.language.cues import find_labels, governs
from synthcraft.agents.language.phrasebook import pattern
from synthcraft.agents.language.scene import Scene

_CLAUSE = re.compile(r" (?:,|and|then|:)(?: (?:and|then))* ")
_LEAST = 2
"""Words without a meaning that make a clause unread; one may be a slip."""


def unexplained_negation(scene: Scene) -> bool:
    """Whether a word such as "nobody" stands beside names and no cue, label or number holds it."""
    mentions = sorted(scene.mentions, key=lambda m: m.start)
    if not mentions:
        return False
    labels = [n for n in find_labels(scene.text, mentions) if governs(scene.text, mentions, n)]
    held = [*scene.covered, *((n.start, n.end) for n in labels)]
    return any(
        not any(start < found.end() and found.start() < end for start, end in held)
        for found in pattern("acts", "negations").finditer(scene.text)
    )


def unread_clause(scene: Scene) -> str | None:
    """A later clause that nothing of was understood, and that does not just say why."""
    parts = list(_CLAUSE.finditer(scene.text))
    ends = [*(m.start() for m in parts[1:]), len(scene.text)]
    understood = min((start for start, _ in scene.covered), default=0)
    for part, end in zip(parts, ends, strict=False):
        start = part.end()
        clause = scene.text[start:end].strip()
        if start < understood:
            continue
        known = any(s < end and start < e for s, e in scene.covered)
        words = scene.leftover(start, end).split()
        if not known and len(words) >= _LEAST and not pattern("acts", "telling").match(clause):
            return clause
    return None
