"""Understanding by rules alone: phrases, names and cues; asks when unsure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from synthcraft.agents.language.base import (
    Approve,
    Card,
    Question,
    Revise,
    Smalltalk,
    Stop,
    UserTurn,
)
from synthcraft.agents.language.choice_said import read_choice
from synthcraft.agents.language.doubts import unexplained_negation, unread_clause
from synthcraft.agents.language.guards import beyond, refusal
from synthcraft.agents.language.moves import read_moves
from synthcraft.agents.language.named_things import (
    read_columns,
    read_generators,
    unknown_name,
    unplaced,
    unused,
)
from synthcraft.agents.language.phrasebook import book, words
from synthcraft.agents.language.phrasebook import pattern as phrases
from synthcraft.agents.language.questions import (
    before_asking,
    is_question,
    starts_as_question,
    topic_of,
)
from synthcraft.agents.language.scene import Reading, Scene, make_scene, say
from synthcraft.agents.language.settings_said import read_numbers, read_purpose
from synthcraft.agents.language.slots import find_columns
from synthcraft.agents.language.text import Sentence, bare, sentences, without_reasons

_QUOTES = re.compile('["“”„«»‹›]')
_LONGEST_WHOLE = 120
"""A longer message is never nothing but a yes or a stop."""


class Rules:
    """The offline understander.

    Approval and stop need the whole message; everything else is read sentence by sentence;
    one part that is not understood makes the whole message a question back.
    """

    name = "rules"

    def __init__(self, opinion: Callable[[Scene], Reading | None] = lambda scene: None) -> None:
        self.opinion = opinion

    def read(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read one message."""
        refused = refusal(utterance) or beyond(utterance)
        if refused and not _whole(utterance, "approve_strong", "approve_weak"):
            return UserTurn(clarification=refused)
        return self._whole_message(utterance) or self._parts(utterance, gate, card)

    def _whole_message(self, utterance: str) -> UserTurn | None:
        if _whole(utterance, "approve_strong", "approve_weak"):
            if _QUOTES.search(utterance) or "?" in utterance:
                return UserTurn(clarification=say("quote"))
            return UserTurn(intents=(Approve(),), confidence=1.0)
        if _whole(utterance, "stop", "stop_filler") and not _QUOTES.search(utterance):
            return UserTurn(intents=(Stop(),), confidence=1.0, confirm=True)
        if _whole(utterance, "smalltalk", "smalltalk"):
            return UserTurn(intents=(Smalltalk(),), confidence=1.0)
        if _whole(utterance, "approve_weak", "approve_weak"):
            return UserTurn(clarification=say("praise"))
        return None

    def _parts(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        total = Reading()
        rejected = hinted = False
        unread: str | None = None
        for sentence in sentences(utterance):
            part = self._sentence(sentence, gate, card)
            if not part.intents and not part.ask:
                rejected = rejected or _rejects(sentence.text)
                hinted = hinted or bool(phrases("acts", "approve_strong").search(sentence.text))
                unread = unread or _unread(sentence.text)
            total.add(part)
        ask = total.ask or contradiction(total)
        if unread and total.intents and not ask:
            ask = say("unread", what=unread[:60])
        if ask:
            return UserTurn(clarification=ask)
        if total.intents:
            sure = 0.6 if total.guessed else 0.75 if total.fuzzy else 0.9
            turn = UserTurn(intents=tuple(total.intents), confidence=sure, note=total.note)
            if all(isinstance(intent, Revise) for intent in total.intents):
                return turn.model_copy(update={"clarification": say("change_what")})
            return turn.model_copy(update={"confirm": turn.verdict() in ("revert", "stop")})
        if rejected or _rejects(bare(utterance)):
            return UserTurn(intents=(Revise(),), confidence=0.9, clarification=say("change_what"))
        return UserTurn(clarification=say("both" if hinted else "unclear"))

    def _sentence(self, sentence: Sentence, gate: str | None, card: Card) -> Reading:
        """The intents of one sentence, or what to ask back."""
        text = phrases("acts", "condition_openers").sub(" ", sentence.text, count=1).strip()
        if sentence.asks and (_rejects(text) or _whole(text, "approve_strong", "approve_weak")):
            return Reading(ask=say("quote"))
        if is_question(text, sentence.asks):
            return self._question(sentence, text, card)
        if phrases("acts", "conditions").search(text):
            return Reading(ask=say("conditional"))
        moved, rest = read_moves(sentence.raw, text, gate, card)
        reading = self._request(sentence, rest, card) if rest.strip() else Reading()
        if moved.intents and not reading.intents:
            clause = unread_clause(make_scene(sentence.raw, rest, False, card))
            reading.ask = reading.ask or (say("unread", what=clause[:60]) if clause else None)
        moved.add(reading)
        if sentence.asks and not moved.intents and not moved.ask:
            return Reading([_asked(sentence, card)])
        return moved

    def _question(self, sentence: Sentence, text: str, card: Card) -> Reading:
        """A question; a statement that only looks like one may be a wish, or is asked about."""
        asked = _asked(sentence, card)
        before = before_asking(text)
        cues = make_scene(before, before, False, card).cues if before else []
        wanted = self._request(sentence, before, card) if cues else Reading()
        if wanted.intents and not wanted.ask:
            wanted.intents.append(asked)
            return wanted
        if sentence.asks or asked.topic != "unknown":
            return Reading([asked])
        scene = make_scene(sentence.raw, text, False, card)
        wish = self.opinion(scene)
        if wish and any(intent.verdict == "revise" for intent in wish.intents):
            return wish
        if _QUOTES.search(sentence.raw) or phrases("acts", "approve_strong").search(text):
            return Reading(ask=say("quote"))
        sure = starts_as_question(text) or not scene.mentions
        return Reading([asked] if sure else [])

    def _request(self, sentence: Sentence, text: str, card: Card) -> Reading:
        scene = make_scene(sentence.raw, without_reasons(text), sentence.asks, card)
        reading = read_purpose(scene)
        reading.add(read_choice(scene))
        reading.add(read_numbers(scene))
        reading.add(read_columns(scene))
        reading.add(read_generators(scene))
        reading.ask = reading.ask or unknown_name(scene)
        rejected = _rejects(text) and not scene.mentions
        if not reading.intents and not reading.ask and not rejected:
            return self.opinion(scene) or Reading(ask=unplaced(scene))
        reading.ask = reading.ask or unused(scene, reading.intents)
        clause = unread_clause(scene)
        if clause and not reading.ask:
            return Reading(ask=say("unread", what=clause[:60]))
        return Reading(ask=say("two_ways")) if self._disputed(scene, reading) else reading

    def _disputed(self, scene: Scene, reading: Reading) -> bool:
        """Whether the second opinion on a change is another, or is missing where "not" is odd."""
        revises = any(intent.verdict == "revise" for intent in reading.intents)
        weak = any(found.weak for found in scene.governed)
        if (revises and unexplained_negation(scene)) or (weak and scene.leftover()):
            return (self.opinion(scene) or Reading()).intents != reading.intents
        if not scene.leftover() and not phrases("acts", "negations").search(scene.text):
            return False  # every word is accounted for
        cues = {found.cue for found in scene.governed}
        said = [intent.verdict for intent in reading.intents]
        if reading.ask or said != ["revise"] or len(cues) > 1:
            return False
        other = (self.opinion(scene) or reading).intents
        return other != reading.intents and any(intent.changes().named() for intent in other)


def _asked(sentence: Sentence, card: Card) -> Question:
    """A question; the name of a column says nothing about its topic."""
    text = sentence.text
    for name in find_columns(sentence.raw, text, card.columns):
        text = text[: name.start] + " " * (name.end - name.start) + text[name.end :]
    topic = topic_of(text, card.generators)
    return Question(topic=topic, text=sentence.raw.strip()[:500])


def contradiction(reading: Reading) -> str | None:
    """The question to ask when two parts of a message cannot both be meant."""
    edits = [intent.changes() for intent in reading.intents]
    for field in (
        "use_case", "target", "task", "rows", "epsilon", "budget_minutes", "preset", "replicates",
        "choose",
    ):  # fmt: skip
        said = {value for edit in edits if (value := getattr(edit, field)) is not None}
        if len(said) > 1:
            return say("contradiction", what=" / ".join(sorted(map(str, said))))
    wanted = {name for edit in edits for name in edit.include}
    unwanted = {name for edit in edits for name in edit.exclude}
    roles: dict[str, set[str]] = {}
    for edit in edits:
        for column, role in edit.roles.items():
            roles.setdefault(column, set()).add(role)
        if edit.target:
            roles.setdefault(edit.target, set()).add("target")
    clash = (wanted & unwanted) | {c for c, kinds in roles.items() if len(kinds) > 1}
    return say("contradiction", what=", ".join(sorted(clash))) if clash else None


def _unread(text: str) -> str | None:
    """A sentence of which nothing was understood, unless it greets, agrees, says no or tells."""
    pairs = (("smalltalk", "smalltalk"), ("approve_strong", "approve_weak"), ("approve_weak",) * 2)
    polite = any(_whole(text, core, filler) for core, filler in pairs)
    begins = ("telling", "negations")
    told = polite or _rejects(text) or any(phrases("acts", name).match(text) for name in begins)
    return None if told or not text.strip(" .,") else text


def _rejects(text: str) -> bool:
    """Whether a sentence says no: in as many words, or by its first or last word."""
    edge = phrases("acts", "reject_words").pattern
    return bool(phrases("acts", "reject").search(text) or re.search(f"^{edge}|{edge}$", text))


def _whole(utterance: str, core: str, filler: str) -> bool:
    """Whether the message is made of these phrases alone, with at least one of the core."""
    if len(utterance) > _LONGEST_WHOLE:
        return False
    said = bare(utterance)
    known = _made_of(core, filler).fullmatch(said) is not None
    return known and phrases("acts", core).search(said) is not None


@cache
def _made_of(core: str, filler: str) -> re.Pattern[str]:
    """One or more phrases of two lists."""
    acts = book("acts")
    return re.compile(rf"(?:{words([*acts[core], *acts[filler]]).pattern}\s?)+")
