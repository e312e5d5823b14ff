"""What an unclear sentence may mean: a few wishes in plain words that fit what it names.

Names and numbers of a wish are those of the sentence, and the rules read every wish: whoever
chooses among them can be wrong, and cannot make anything up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from synthcraft.agents.language.base import Card, UserTurn
from synthcraft.agents.language.classifier import Guess, may_be_negative, ranking, spare
from synthcraft.agents.language.cues import together
from synthcraft.agents.language.doubts import unread_clause
from synthcraft.agents.language.named_things import unknown_name, unplaced
from synthcraft.agents.language.phrasebook import book, pattern
from synthcraft.agents.language.scene import Scene, listed, make_scene
from synthcraft.agents.language.slots import find_episode
from synthcraft.agents.language.text import Sentence, sentences

MOST = 4
LEAST = 0.05
"""Probability that the classifier must give a wish to have it asked about at all."""
LIKELY = 0.1
"""Probability from which a wish is what the classifier thinks, too."""
_MUST = {"columns", "generators", "digits"}
"""What has to find its place in a wish, where the sentence names it."""
Read = Callable[[str], UserTurn]


class Option(NamedTuple):
    """One thing that may be meant."""

    says: str
    """In words that the rules read."""
    kind: str
    means: str
    """What the words stand for, where they do not say it themselves."""
    agreed: bool
    """Whether it is what the classifier would say: it counts where somebody else says it, too."""

    def within(self, utterance: str, sentence: Sentence) -> str:
        """The message with the unclear sentence said plainly."""
        return utterance.replace(sentence.raw, f"{self.says}.", 1)


def unclear(utterance: str, read: Read) -> Sentence | None:
    """The sentence of a message that is asked about; None where there are several."""
    found = sentences(utterance)
    if len(found) > 1:
        found = [sentence for sentence in found if read(sentence.raw).clarification]
    return found[0] if len(found) == 1 else None


def options(sentence: Sentence, card: Card, read: Read) -> tuple[Option, ...]:
    """What a sentence may mean, the likeliest first; none where no wish has room for its names."""
    scene = make_scene(sentence.raw, sentence.text, sentence.asks, card)
    named = _named(scene)
    if named is None or _held(scene):
        return ()
    guesses = ranking(scene)
    nothing = next(guess.probability for guess in guesses if guess.kind == "unclear")
    denied = pattern("acts", "negations").search(scene.text) is not None
    found: list[Option] = []
    for guess in guesses:
        if guess.probability < LEAST or (denied and not may_be_negative(guess.kind, guess.value)):
            continue
        for says in _wishes(guess, named):
            if [intent.kind for intent in read(says).intents] == [guess.kind]:
                agreed = not found and guess.probability >= max(LIKELY, nothing)
                means = str(book("options")["means"].get(guess.label, ""))
                found.append(Option(says, guess.kind, means, agreed))
    return tuple(found[:MOST])


def _held(scene: Scene) -> bool:
    """A condition, a look at rows, an odd "not", an unread part, a bare or an unknown name."""
    held = (("acts", "conditions"), ("cues", "viewing"))
    if any(pattern(*where).search(scene.text) for where in held) or unread_clause(scene):
        return True
    known = scene.mentions or find_episode(scene.text)
    if not known and (unknown_name(scene) or unplaced(scene)):
        return True
    odd = any(found.cue == "unsure" for found in scene.governed)
    return odd or re.search(r"[a-z]", spare(scene)) is None


def _named(scene: Scene) -> dict[str, str] | None:
    """What a sentence names, by its place in a wish; None where that is unclear."""
    mentions = sorted(scene.mentions, key=lambda m: m.start)
    kinds = {mention.kind for mention in mentions}
    listing = not mentions or together(scene.text, mentions[0], mentions[1:])
    vague = any(len(m.values) > 1 and not m.group for m in mentions)
    digits = [q for q in scene.quantities if re.match(r"[-\d.]", scene.text[q.start :])]
    counted = digits or scene.quantities
    if len(kinds) > 1 or vague or not listing:
        return None
    named = {f"{kind}s": _names(scene) for kind in kinds}
    if len(counted) == 1 and not counted[0].relative:
        named["number"] = f"{counted[0].value:.15g}"
        named["unit"] = counted[0].unit
    if digits:
        named["digits"] = ""
    if episode := find_episode(scene.text):
        named["episode"] = episode
    return named


def _names(scene: Scene) -> str:
    return listed(list(dict.fromkeys(n for m in scene.mentions for n in m.values)), "and")


def _wishes(guess: Guess, named: dict[str, str]) -> list[str]:
    """The wishes of a kind that have room for all that is named, and need no more."""
    phrases = book("options")
    found: list[str] = []
    for wish in phrases["says"].get(guess.label, ()):
        slots = set(re.findall(r"{(\w+)}", wish))
        room = slots | ({"digits"} if "number" in slots else set())
        reasons = {"columns", "digits"} if guess.kind in phrases["beside"] else set()
        fits = "number" not in slots or named.get("unit", "") in wish
        if slots <= named.keys() and named.keys() & _MUST <= room | reasons and fits:
            found.append(wish.format(**named))
    return found
