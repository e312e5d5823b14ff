"""Which word governs which name: "drop the postcode", "bmi and hdl are sensitive"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from synthcraft.agents.language.phrasebook import book, patterns, words
from synthcraft.agents.language.slots import Mention


@dataclass(frozen=True)
class Cue:
    """A word or phrase that says what to do with the names near it."""

    name: str
    start: int
    end: int
    short: bool = False
    """Reaches no further than the next comma."""


def find_cues(text: str, mentions: Sequence[Mention]) -> list[Cue]:
    """Cues that stand before their names, longest phrases first, none inside another."""
    short = set(book("cues")["cues"]["short"])
    hits = [
        Cue(name, match.start(), match.end(), match[0] in short)
        for name, pattern in patterns("cues", "prefix").items()
        for match in pattern.finditer(text)
    ]
    found: list[Cue] = []
    for cue in sorted(hits, key=lambda c: (c.start - c.end, c.start)):
        clash = any(c.start < cue.end and cue.start < c.end for c in found)
        if not clash and not _is_name(cue, mentions):
            found.append(replace(cue, name=_after_negation(text, cue)))
    return sorted(found, key=lambda c: c.start)


def _after_negation(text: str, cue: Cue) -> str:
    """The opposite of a cue that is negated; `unsure` where there is no opposite."""
    negated = re.search(
        rf"{words(book('cues')['cues']['negated_by']).pattern}\s*$", text[: cue.start]
    )
    opposites: dict[str, str] = book("cues")["opposites"]
    return opposites.get(cue.name, "unsure") if negated else cue.name


def _is_name(cue: Cue, mentions: Sequence[Mention]) -> bool:
    """A column may be called "outcome": then the word is the name where no other name stands."""
    over = [m for m in mentions if m.overlaps(cue.start, cue.end)]
    if any(m.kind == "generator" or m.end - m.start > cue.end - cue.start for m in over):
        return True
    return bool(over) and len(over) == sum(m.kind == "column" for m in mentions)


@dataclass(frozen=True)
class Governed:
    """A mention and the name of its cue; None where nothing governs it."""

    mention: Mention
    cue: str | None


def govern(text: str, mentions: Sequence[Mention], cues: Sequence[Cue]) -> list[Governed]:
    """Give each mention the label that follows it, else the nearest cue before it."""
    ordered = sorted(mentions, key=lambda m: m.start)
    labels = _labels(text, ordered)
    result: list[Governed] = []
    for index, mention in enumerate(ordered):
        label = next((n for n in labels if _reaches(text, ordered, index, n)), None)
        used = {(n.start, n.end) for n in labels if _anyone(text, ordered, n)}
        before = [
            c
            for c in cues
            if c.end <= mention.start
            and not (c.short and "," in text[c.end : mention.start])
            and not any(c.start < end and start < c.end for start, end in used)
        ]
        nearest_cue = before[-1].name if before else None
        result.append(Governed(mention, label.name if label else nearest_cue))
    return result


def _labels(text: str, mentions: Sequence[Mention]) -> list[Cue]:
    hits = [
        Cue(name, match.start(), match.end())
        for name, pattern in patterns("cues", "postfix").items()
        for match in pattern.finditer(text)
        if not any(m.overlaps(match.start(), match.end()) for m in mentions)
    ]
    return sorted(hits, key=lambda c: (c.start, c.start - c.end))


def _anyone(text: str, mentions: Sequence[Mention], label: Cue) -> bool:
    return any(_reaches(text, mentions, i, label) for i in range(len(mentions)))


def _reaches(text: str, mentions: Sequence[Mention], index: int, label: Cue) -> bool:
    """Whether only linking words and other names stand between a mention and a label."""
    if label.start < mentions[index].end:
        return False
    between = [m for m in mentions[index + 1 :] if m.end <= label.start]
    last = between[-1] if between else mentions[index]
    gap = text[last.end : label.start].strip()
    if label.name == "without" or (label.name == "drop" and label.end - label.start == len("out")):
        return gap == "" and not between
    if not _gap_pattern().fullmatch(gap):
        return False
    if not between:
        return True
    joined = _together(text, mentions[index], between)
    return joined and re.search(_group_words(), gap) is not None


def _together(text: str, first: Mention, rest: Sequence[Mention]) -> bool:
    """Names of one list: nothing but "and", "or", commas and articles between them."""
    end = first.end
    for mention in rest:
        if not re.fullmatch(r"(?:\s|,|and|or|the|my|our)*", text[end : mention.start]):
            return False
        end = mention.end
    return True


@cache
def _gap_pattern() -> re.Pattern[str]:
    cues = book("cues")["cues"]
    fill = "|".join([*cues["fill"], *cues["links"]])
    link = "|".join(cues["links"])
    return re.compile(rf"(?:(?:{fill}) )*(?:{link})(?: (?:{fill}))*")


@cache
def _group_words() -> re.Pattern[str]:
    return words(book("cues")["cues"]["groups"])
