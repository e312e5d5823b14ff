"""Answers to questions from templates over typed facts; a number never comes from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from synthcraft.agents.language.guards import beyond
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.questions import is_term, topic_of
from synthcraft.agents.language.reference import described, subject_of
from synthcraft.agents.language.slots import find_generators
from synthcraft.agents.language.text import plain
from synthcraft.graph.contracts import EpisodeName

Facts = Mapping[str, Any]


def answer(question: str, topic: str | None, facts: Mapping[str, Any]) -> str:
    """Answer a question about terms, choices, status, cost, generators, results or what is next.

    Args:
        question: the person's words; used to find the topic where none is given.
        topic: a topic of `questions.topic_of`, or None.
        facts: typed results. Known keys, all optional: `choice` (a `Decision` as dict),
            `generators` (name -> title, summary, strengths, weaknesses, claim_level), `plan`
            (a `Plan` as dict), `verdicts` and `candidates` (lists of dicts), `status`, `episode`,
            `waiting_for`, `gate`, `next`, `step`, `questions_asked`, `seconds`, `memory_mb`,
            `minutes_used`, `budget_minutes`, `model` (who may be asked, where there is a model).

    Returns:
        One short paragraph; says so when the facts do not hold an answer.
    """
    if fixed := beyond(question):
        return fixed
    generators = tuple(facts.get("generators") or ())
    if topic is None and (said := _reference(question, facts)):
        return said
    topic = topic or _topic(question, generators)
    if topic.startswith("generator:"):
        return _generator(topic.removeprefix("generator:"), facts)
    if topic in book("glossary"):
        return define(topic)
    if topic in _TOPICS:
        return _TOPICS[topic](facts)
    return f"{_says('unknown')} {_can_ask(facts)}"


def _reference(question: str, facts: Facts) -> str | None:
    """The answer to "what is …?" about a generator, a metric or a parameter."""
    subject = subject_of(question)
    if subject == plain(question) and topic_of(question) != "unknown":
        return None
    if is_term(subject):
        return None
    names = {plain(name): name for name in facts.get("generators") or ()}
    return _generator(names[subject], facts) if subject in names else described(question)


def _topic(question: str, generators: tuple[str, ...]) -> str:
    """The topic of a question; why a generator was picked is asked of the generator."""
    topic = topic_of(question, generators)
    if topic != "choice":
        return topic
    named = [m for m in find_generators(plain(question), generators) if not m.group]
    return f"generator:{named[0].values[0]}" if len(named) == 1 else topic


def define(term: str) -> str:
    """A glossary entry in full."""
    entry = book("glossary")[term]
    return f"{entry['title']}: {entry['short']} {entry['long']}"


def summary(facts: Mapping[str, Any]) -> str:
    """What there is to say without a question: status, results and what comes next."""
    parts = [_status(facts)]
    if facts.get("verdicts"):
        parts.append(_results(facts))
    parts.append(_next(facts))
    return " ".join(parts)


def _says(key: str) -> str:
    return str(book("answers")[key])


def _fill(key: str, values: Mapping[str, Any], otherwise: str = "") -> str:
    """The sentences of a template whose facts are all known."""
    template = book("answers")[key]
    known = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    lines = [
        _filled(line, known) for line in ([template] if isinstance(template, str) else template)
    ]
    return " ".join(line for line in lines if line) or otherwise


def _filled(line: str, known: Mapping[str, Any]) -> str:
    try:
        return line.format_map(known)
    except KeyError:
        return ""


def _can_ask(facts: Facts) -> str:
    names = list(facts.get("generators") or ())[:4]
    return _says("can_ask").format(generators=", ".join(names) if names else "by its name")


def _choice(facts: Facts) -> str:
    decision = facts.get("choice") or {}
    if not decision:
        return _says("choice_none")
    low, high = decision.get("interval", (0.0, 1.0))
    others = [
        f"{_words(a['action'])} (value {a['score']:.2f})"
        for a in decision.get("alternatives", ())[:3]
    ]
    masked = [f"{_words(name)} ({why})" for name, why in decision.get("masked", {}).items()]
    episode = decision.get("episode")
    values = {
        "action": _words(decision.get("action", "")),
        "in_episode": f" in {episode}" if episode else " now",
        "why": _sentence(decision.get("why") or f"its value was {decision.get('score', 0.0):.2f}"),
        "confidence": f"{decision.get('confidence', 0.0):.0%}",
        "low": f"{low:.0%}",
        "high": f"{high:.0%}",
        "evidence": str(decision.get("evidence", 0)),
        "alternatives": ", ".join(others),
        "masked": ", ".join(masked[:3]),
    }
    return _fill("choice", values)


def _generator(name: str, facts: Facts) -> str:
    entry = (facts.get("generators") or {}).get(name)
    if not entry:
        return f"{_says('generator_none').format(name=name)} {_can_ask(facts)}"
    values = {key: _joined(value) for key, value in entry.items()}
    said = _fill("generator", {"summary": "a generator.", "title": name} | values)
    plan = facts.get("plan") or {}
    reason = next((g["reason"] for g in plan.get("generators", ()) if g["generator"] == name), "")
    if not reason and name in plan.get("requested", ()):
        reason = _says("generator_asked_for")
    chosen = {g["generator"] for g in plan.get("generators", ())}
    if chosen and name not in chosen:
        said += " " + _says("generator_absent").format(title=values.get("title", name))
    if reason:
        title = values.get("title", name)
        said += " " + _says("generator_choice").format(title=title, reason=_sentence(reason))
    return said


def _next(facts: Facts) -> str:
    if facts.get("next"):
        return _fill("next_given", {"next": _sentence(str(facts["next"]))})
    if facts.get("waiting_for"):
        return _fill("next_waiting", facts)
    order = list(get_args(EpisodeName))
    if facts.get("episode") not in order:
        return _says("next_none")
    place = order.index(facts["episode"])
    if place + 1 == len(order):
        return _says("next_last")
    return _fill("next_order", {"episode": order[place], "following": order[place + 1]})


def _status(facts: Facts) -> str:
    candidates = facts.get("candidates")
    counted = {}
    if candidates:
        ready = sum(c.get("status") == "ok" for c in candidates)
        counted = {"ready": str(ready), "failed": str(len(candidates) - ready)}
    return _fill("status", {**facts, **counted}, _says("status_none"))


def _cost(facts: Facts) -> str:
    values = dict(facts)
    if facts.get("seconds") is not None:
        values["time"] = _time(float(facts["seconds"]))
    if facts.get("memory_mb") is not None:
        values["memory"] = f"{float(facts['memory_mb']):,.0f} MB"
    return _fill("cost", values, _says("cost_none"))


def _results(facts: Facts) -> str:
    said = []
    for verdict in facts.get("verdicts") or ():
        numbers = [f"{name} {value:.3g}" for name, value in verdict.get("headline", {}).items()]
        values = {
            "candidate": verdict.get("candidate"),
            "state": verdict.get("state"),
            "headline": ", ".join(numbers) or "no headline numbers",
            "not_assessed": ", ".join(verdict.get("not_assessed", ())),
        }
        said.append(_fill("results", values))
    return " ".join([*said, _says("results_after")]) if said else _says("results_none")


def _gate_now(facts: Facts) -> str:
    gate = facts.get("gate") or facts.get("waiting_for")
    text = book("answers")["gates"].get(gate, "")
    return _fill("gate_now", {"gate": gate, "gate_text": text}) if text else _says("gate_none")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def _joined(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(str(item).rstrip(".") for item in value)
    return str(value).rstrip(".") if value is not None else ""


def _time(seconds: float) -> str:
    return f"about {seconds:.0f} seconds" if seconds < 90 else f"about {seconds / 60:.0f} minutes"


_TOPICS: dict[str, Callable[[Facts], str]] = {
    "choice": _choice,
    "next": _next,
    "status": _status,
    "cost": _cost,
    "results": _results,
    "gate_now": _gate_now,
    "privacy_model": lambda facts: _fill("privacy_told", facts) or _says("privacy_model"),
    "help": lambda facts: f"{_says('help')} {_can_ask(facts)}",
}
