"""The log of a played project as text for a reader who knows neither code nor statistics."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synthcraft.evals.traces.play import SEED, Played
from synthcraft.evals.traces.scenarios import Scenario
from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES, SELF_CHECK
from synthcraft.tools.artifacts import write_atomically
from synthcraft.tools.report.words import setting

WIDTH = 128
LONGEST_MESSAGE = 170
NO_BREAK = "\N{NO-BREAK SPACE}%"
COMMAND = "synthcraft bench traces"
HOW_TO_READ = (
    "How to read it. Each step begins with the router's own sentence for why it does this now. "
    "Below stand the action; the net reward that it expects of the episode (an approval is 1, each "
    "question or rejection costs 1); the probability that the person would approve the result as "
    "it stands; how many observations of this workspace stand behind the choice; and the two next "
    "best actions with how much less they are worth. Brackets hold 90 % intervals. What the guards "
    "forbid is named once in an attempt. The arrow tells what came back and what it cost the "
    "person. No value of the table is shown."
)
_MEASURED = re.compile(r" in [\d.,]+ s\b| in \d+ (?:min|h) \d+ (?:s|min)\b| \([\d.,]+ MB[^)]*\)")
"""Times and memory, which differ from one machine to the next."""
_USUAL = re.compile(
    r"done|failed in|needs .* first|must be tried|nothing new|checked|no result yet"
)
"""Reasons that only say that it is not the moment."""
_OUTCOMES = {
    "ok": "worked",
    "fail": "did not work",
    "pass": "passed",
    "gap": "found a gap",
    "approved": "approved",
    "rejected": "sent back",
    "answered": "answered",
}


def render(scenario: Scenario, played: Played) -> str:
    """The whole trace: who, what, every step, how it ended."""
    parts = [
        scenario.title,
        "=" * len(scenario.title),
        _filled(f"Who. {scenario.story}"),
        _filled(f"What to look for. {scenario.reacts}"),
        _filled(_setting(scenario, played)),
        _filled(HOW_TO_READ),
        *_Reader().lines(played.log),
        "",
        _filled(f"The end. {played.message} {_totals(played.log)}"),
    ]
    return "\n".join(parts) + "\n"


def write(scenario: Scenario, played: Played, out: Path) -> Path:
    """Keep a trace in a folder."""
    path = out / f"{scenario.name}.txt"
    write_atomically(path, (render(scenario, played).encode(),))
    return path


def _setting(scenario: Scenario, played: Played) -> str:
    request = scenario.request.named()
    form = ", ".join(f"{k.replace('_', ' ')} {setting(v)}" for k, v in request.items())
    wrote = f'wrote "{scenario.prompt}"' if scenario.prompt else "wrote nothing"
    return (
        f"Set-up. NHANES 2017-2018, {played.rows:,} adults drawn at random, {played.columns} "
        f"columns; seed {SEED}; a new workspace, which has learnt nothing yet. On the form: "
        f"{form or 'nothing'}. The person {wrote}. Made with: {COMMAND}"
    )


def _totals(log: tuple[dict[str, Any], ...]) -> str:
    steps = sum(body["kind"] == "decision" for body in log)
    costs = sum(body.get("cost", 0) for body in log if body["kind"] == "feedback")
    cards = sum(body["kind"] == "proposal" for body in log)
    return (
        f"{steps} decisions, {cards} cards; questions, rejections and the last word cost {costs}."
    )


class _Reader:
    """Turns entries into lines; remembers where it is so that nothing is said twice."""

    def __init__(self) -> None:
        self.place: tuple[str, int] | None = None
        self.told: set[tuple[str, str]] = set()
        self.card = self.said = ""

    def lines(self, log: tuple[dict[str, Any], ...]) -> Iterator[str]:
        """Lines of the whole log."""
        tell: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
            "decision": self._decision,
            "feedback": self._feedback,
        }
        for body in log:
            if body["kind"] in tell:
                yield from tell[body["kind"]](body)
            elif body["kind"] == "proposal":
                self.card = body["title"]
            elif body["kind"] == "approval":
                self.said = f'Card "{self.card}" The person: "{body["comment"]}"{_boxes(body)} '

    def _decision(self, body: dict[str, Any]) -> Iterator[str]:
        place = (body["episode"], body["attempt"])
        if place != self.place:
            self.place, self.told = place, set()
            yield from ("", _heading(body))
        yield _filled(f"{body['step']}. {body['why']}")
        others = [
            f"{a['action']} {_signed(a['score'] - body['score'])}" for a in body["alternatives"]
        ]
        drawn = " (drawn among near-equals)" if body["sampling_changed"] else ""
        facts = [
            f"{body['action']}{drawn}",
            f"net {_signed(body['score'])}{_between(body.get('score_interval'), _signed)}",
            f"approval {_percent(body['confidence'])}{_between(body['interval'], _percent)}",
            f"seen {body['evidence']}",
            f"next {', '.join(others[:2]) or 'nothing'}",
        ]
        yield _filled(" | ".join(facts), "    ")
        if barred := self._barred(body["masked"]):
            yield _filled(f"not allowed: {barred}", "    ")

    def _barred(self, masked: Mapping[str, str]) -> str:
        reasons: dict[str, list[str]] = {}
        for action, reason in masked.items():
            if not _USUAL.search(reason) and (action, reason) not in self.told:
                self.told.add((action, reason))
                reasons.setdefault(reason, []).append(action)
        return "; ".join(f"{', '.join(names)} ({why})" for why, names in reasons.items())

    def _feedback(self, body: dict[str, Any]) -> Iterator[str]:
        approved = body["source"] == "user" and body["outcome"] == "approved"
        message = "" if approved else _MEASURED.sub("", body["message"])
        if body["action"] == SELF_CHECK:
            message = message.partition(": ")[2]
        text = textwrap.shorten(message, LONGEST_MESSAGE, placeholder=" ...")
        said, self.said = self.said, ""
        came = f"{said}-> {_OUTCOMES[body['outcome']]}, cost {body['cost']}"
        yield _filled(f"{came}: {text}" if text else f"{came}.", "    ")


def _heading(body: dict[str, Any]) -> str:
    again = f", attempt {body['attempt'] + 1}" if body["attempt"] else ""
    flags = body["situation"]["flags"]
    known = [name.replace("_", " ") for name, value in flags.items() if value is True]
    known.append(f"privacy {flags['privacy']}")
    title = EPISODES[body["episode"]].title
    return f"--- {title}{again} --- the router knows: {', '.join(known)}"


def _between(ends: Sequence[float] | None, form: Callable[[float], str]) -> str:
    return f" ({' to '.join(map(form, ends))})" if ends else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}"  # never "-0.00"


def _boxes(body: dict[str, Any]) -> str:
    """What the person ticked or changed beside the words."""
    ticked = [ASPECT_WORDS.get(reason, reason) for reason in body["reasons"]]
    changed = [
        f"{name.replace('_', ' ')} = {setting(value)}"
        for name, value in body["changes"].items()
        if value
    ]
    return (f" [ticks: {', '.join(ticked)}]" if ticked else "") + (
        f" [changes: {', '.join(changed)}]" if changed else ""
    )


def _filled(text: str, indent: str = "") -> str:
    """Lines of the common width; the lines after the first, and all of a part, are indented."""
    kept = text.replace(" %", NO_BREAK)
    later = indent or "    " * text[:1].isdigit()
    lines = textwrap.fill(kept, WIDTH, initial_indent=indent, subsequent_indent=later)
    return lines.replace(NO_BREAK, " %")
