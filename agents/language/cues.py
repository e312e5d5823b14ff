"""Which word governs which name: "drop the postcode", "bmi and hdl are sensitive"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from synthcraft.agents.language.phrasebook import book, pattern, patterns, words
from synthcraft.agents.language.slots import Mention


@dataclass(frozen=True)
class Cue:
    """A word or phrase that says what to do with the names near it."""

    name: str
    start: int
    end: int
    short: bool = False
    """Reaches no further than the next comma."""
    contrast: bool = False
    """Says what another name is preferred to: "instead of", "rather than"."""
    back: bool = False
    """Its object is a word such as "it": the names before it."""


def find_cues(text: str, mentions: Sequence[Mention]) -> list[Cue]:
    """Cues that stand before their names, longest phrases first, none inside another."""
    short, contrast = (set(book("cues")["cues"][kind]) for kind in ("short", "contrast"))
    hits = [
        Cue(name, match.start(), match.end(), match[0] in short, match[0] in contrast)
        for name, pattern in patterns("cues", "prefix").items()
        for match in pattern.finditer(text)
    ]
    found: list[Cue] = []
    for cue in sorted(hits, key=lambda c: (c.start - c.end, c.start)):
        clash = any(c.start < cue.end and cue.start < c.end for c in found)
        if not clash and not _is_name(cue, mentions):
            back = _points_back(text, cue)
            found.append(replace(cue, name=_after_negation(text, cue), back=back))
    return sorted(found, key=lambda c: c.start)


def _points_back(text: str, cue: Cue) -> bool:
    """Whether "it" or "them" is what a cue is about: "drop it", "leave them out"."""
    pronoun = pattern("cues", "pronouns")
    inside = pronoun.search(text, cue.start, cue.end)
    return inside is not None or pronoun.match(text, cue.end + 1) is not None


def _after_negation(text: str, cue: Cue) -> str:
    """The opposite of a cue that is negated; `unsure` where there is no opposite."""
    negated = re.search(rf"{pattern('cues', 'cues', 'negated_by').pattern}\s*$", text[: cue.start])
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
    weak: bool = False
    """The cue is no more than "no" or "not"."""
    contrast: bool = False
    """The name was only said to prefer another."""


def govern(text: str, mentions: Sequence[Mention], cues: Sequence[Cue]) -> list[Governed]:
    """Give each mention the label that follows it, else the nearest cue before it."""
    ordered = sorted(mentions, key=lambda m: m.start)
    labels = find_labels(text, ordered)
    used = {(n.start, n.end) for n in labels if governs(text, ordered, n)}
    result: list[Governed] = []
    for index, mention in enumerate(ordered):
        label = next((n for n in labels if _reaches(text, ordered, index, n)), None)
        before = [
            c
            for c in cues
            if c.end <= mention.start
            and not (c.short and "," in text[c.end : mention.start])
            and not _interrupted(text[c.end : mention.start], c, cues, ordered)
            and not any(c.start < end and start < c.end for start, end in used)
        ]
        behind = (c for c in cues if c.back and c.start >= mention.end)
        after = next((c for c in behind if c.name != "use" or mention.kind == "generator"), None)
        nearest = label or (before[-1] if before else after)
        if nearest is None:
            result.append(Governed(mention, None))
            continue
        name = nearest.name
        if nearest is label and re.search(r"(?<!\w)not(?!\w)", text[mention.end : label.start]):
            name = book("cues")["opposites"].get(name, "unsure")
        result.append(Governed(mention, name, nearest.short, nearest.contrast))
    return result


def _interrupted(between: str, cue: Cue, cues: Sequence[Cue], mentions: Sequence[Mention]) -> bool:
    """Whether a new clause with a word of its own begins before the name: "keep a, lose b"."""
    parts = list(re.finditer(r" ?, ?| and ", between))
    if not parts:
        return False
    start = cue.end + parts[-1].end()
    end = cue.end + len(between)
    known = [(x.start, x.end) for group in (cues, mentions) for x in group]
    stop = book("names")["stopwords"]
    return any(
        m[0] not in stop
        and not any(s < cue.end + m.end() and cue.end + m.start() < e for s, e in known)
        for m in re.finditer(r"[^\W\d]\w*", between)
        if start <= cue.end + m.start() < end
    )


def find_labels(text: str, mentions: Sequence[Mention]) -> list[Cue]:
    """Cues that stand behind their names."""
    hits = [
        Cue(name, match.start(), match.end())
        for name, pattern in patterns("cues", "postfix").items()
        for match in pattern.finditer(text)
        if not any(m.overlaps(match.start(), match.end()) for m in mentions)
    ]
    return sorted(hits, key=lambda c: (c.start, c.start - c.end))


def governs(text: str, mentions: Sequence[Mention], label: Cue) -> bool:
    """Whether a label belongs to any of the names."""
    return any(_reaches(text, mentions, i, label) for i in range(len(mentions)))


def _reaches(text: str, mentions: Sequence[Mention], index: int, label: Cue) -> bool:
    """Whether only linking words and other names stand between a mention and a label."""
    if label.start < mentions[index].end:
        return False
    between = [m for m in mentions[index + 1 :] if m.end <= label.start]
    last = between[-1] if between else mentions[index]
    gap = " ".join(w for w in text[last.end : label.start].split() if w != "not")
    if label.name == "without" or (label.name == "drop" and label.end - label.start == len("out")):
        return gap == "" and not between
    if not _gap_pattern().fullmatch(gap):
        return False
    if not between:
        return True
    joined = together(text, mentions[index], between)
    return joined and re.search(_group_words(), gap) is not None


def together(text: str, first: Mention, rest: Sequence[Mention]) -> bool:
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
