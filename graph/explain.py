"""One plain sentence for each choice of the router; templates, no language model."""

from __future__ import annotations

from synthcraft.graph.approval import vetoes
from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import ASPECT_WORDS, RULES, SELF_CHECK, STOP, action_named
from synthcraft.graph.situation import Situation, covered
from synthcraft.graph.statistics import Statistics

NOTABLE = 0.3
"""A veto at least this likely is worth a word."""

SEARCHES = "Tries the generators that promise most, one after the other, and keeps the best one."
"""What training is where the choice of the generator was left open."""


def sentence_of(action: Action, choosing: bool) -> str:
    """What an action does in a project, in words."""
    return SEARCHES if choosing and action.trains else action.sentence


def in_project(why: str, action: Action, choosing: bool) -> str:
    """The sentence of a choice as it is true for a project; policies know nothing of its plan."""
    usual, said = (s.rstrip(".") for s in (action.sentence, sentence_of(action, choosing)))
    return why.replace(usual, said, 1)


def explain(situation: Situation, statistics: Statistics, chosen: str, confidence: float) -> str:
    """Why this action now."""
    chances = {a: float(chance) for a, chance in vetoes(situation, statistics.mean).items()}
    if chosen == STOP:
        return _why_stop(situation, chances, confidence)
    if chosen == SELF_CHECK:
        return (
            "Checks its own work before it asks for your time: as it stands you would approve "
            f"it with a probability of about {_percent(confidence)}."
        )
    action = action_named(situation.episode, chosen)
    if action.asks:
        return _why_ask(situation, action, chances)
    return f"{action.sentence.rstrip('.')}: {_why_work(situation, action, chances)}."


def _percent(p: float) -> str:
    return f"{100 * p:.0f} %"


def listed(words: list[str]) -> str:
    """Words in a row: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _why_stop(situation: Situation, chances: dict[str, float], confidence: float) -> str:
    progress = situation.progress
    table = situation.table
    nothing = table.deliverable and not set(table.deliverable) & set(progress.done)
    if nothing:
        return "Needs your help here: there is no result to show yet and nothing else can be tried."
    opening = "Shows you the result"
    if situation.room == 0:
        opening += " now, because the limit of actions for one attempt is reached"
    lacking = sorted((a for a, v in chances.items() if v >= NOTABLE), key=lambda a: -chances[a])
    chance = f"you would approve it with a probability of about {_percent(confidence)}"
    if lacking:
        left_out = listed([ASPECT_WORDS[a] for a in lacking[:3]])
        return f"{opening}: {chance}, although it does not cover {left_out}."
    return f"{opening}: what is usually wanted here is there, and {chance}."


def _why_ask(situation: Situation, action: Action, chances: dict[str, float]) -> str:
    flags = situation.flags
    if flags.privacy == "unknown" and "privacy_tier" in action.covers:
        cause = "the privacy level is unknown"
    elif flags.ambiguous and situation.episode == "intent":
        cause = "your request can be read in more than one way"
    elif situation.progress.attempt:
        cause = "the last result was sent back"
    elif chances:
        likely = sorted(chances, key=lambda aspect: -chances[aspect])[:2]
        words = listed([ASPECT_WORDS[aspect] for aspect in likely])
        cause = f"it is not clear whether you want {words}"
    else:
        cause = "nothing else is left to try"
    return (
        f"{action.sentence.rstrip('.')} now, because {cause} and a wrong guess would cost "
        "a second round."
    )


def _why_work(situation: Situation, action: Action, chances: dict[str, float]) -> str:
    if action.name in situation.required:
        generation = situation.episode == "generation"
        return "it is in the plan" if generation else "no result is shown without it"
    adds = [aspect for aspect in action.covers if aspect in chances]
    if not adds:
        return _why_enabler(situation, action)
    top = max(adds, key=lambda aspect: chances[aspect])
    chance = _percent(chances[top])
    if top in situation.progress.wanted:
        return f"you said that you want {ASPECT_WORDS[top]}"
    if top not in situation.expected and situation.progress.attempt:
        return f"the last result was sent back, and this may be what was missing ({chance})"
    if top not in situation.expected:
        return f"not usually wanted here, but some miss it ({chance}) and it costs you no answer"
    when = f"usually wanted when {RULES[top].when}" if top in RULES else "almost always wanted"
    first = all(veto < chances[top] for aspect, veto in chances.items() if aspect != top)
    rank = "the most likely reason" if first else "a likely reason"
    return f"{when}, and leaving it out is {rank} for you to send the result back ({chance})"


def _why_enabler(situation: Situation, action: Action) -> str:
    """An action that covers nothing new by itself."""
    others = (a for a in situation.table.actions if action.name in a.needs)
    if any(other.name not in situation.progress.done for other in others):
        return "the next steps need it"
    if set(action.covers) & covered(situation.episode, situation.progress):
        return "a second way to the same end, in case the first one is not good enough"
    return "nothing more useful is left to do"
