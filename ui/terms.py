"""Terms and measures explained on demand: a sentence, then what is good and against what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthcraft.agents.language.phrasebook import book
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.ui.project import Project
from synthcraft.ui.text import md, number

if TYPE_CHECKING:
    from synthcraft.agents.measured import Measure

DIRECTIONS = {
    "lower": "Lower is better",
    "higher": "Higher is better",
    "target": "Nearer to the ideal is better",
}


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the list of terms: the glossary, and what was measured in this project."""
    glossary = [(entry["title"], f"term {key}") for key, entry in book("glossary").items()]
    measures = project.sheets.measures if project.sheets else {}
    # under the words of the table, where it stands there
    titles = {key: one.title for key, one in measures.items()} | headline_titles()
    measured = [(titles[key], f"measure {key}") for key in measures]
    return {
        "term": {
            "choices": [*sorted(measured), *sorted(glossary)],
            "visible": project.view is not None,
        }
    }


def meaning(project: Project, term: object) -> str:
    """A term or a measure in a sentence and then at length, as Markdown; empty if unknown."""
    kind, _, key = term.partition(" ") if isinstance(term, str) else ("", "", "")
    entry = book("glossary").get(key) if kind == "term" else None
    if entry:
        return f"**{md(entry['title'])}**\n\n{md(entry['short'])}\n\n{md(entry['long'])}"
    measure = project.sheets.measures.get(key) if project.sheets and kind == "measure" else None
    return f"**{md(measure.title)}**\n\n{md(_told(measure))}" if measure else ""


def _told(measure: Measure) -> str:
    ideal = "" if measure.ideal is None else f"; {number(measure.ideal)} is ideal"
    against = compared(measure)
    parts = [
        measure.explanation,
        f"{DIRECTIONS[measure.direction]}{ideal}.",
        f"Compared with {against}." if against else "",
        f"Limit: {measure.limit}." if measure.limit else "",
    ]
    return " ".join(part for part in parts if part)


def compared(measure: Measure) -> str:
    """What a number of this measure is compared with, each with its own number."""
    return "; ".join(text for text in (good(measure), bad(measure)) if text)


def good(measure: Measure) -> str:
    """What real rows reach, which no synthetic file has to beat."""
    who = "trained on real rows" if measure.family == "utility" else "fresh real rows"
    return _anchor(measure, "A1", who)


def bad(measure: Measure) -> str:
    """What a useless file scores, and one that repeats the people it learnt from."""
    known = measure.anchors
    repeats = "A2" if known.get("A2") != known.get("A0") else ""  # else it is the floor
    parts = (
        _anchor(measure, "A0", measure.floor or "no information"),
        _anchor(measure, repeats, "memorised rows"),
    )
    return "; ".join(part for part in parts if part)


def _anchor(measure: Measure, key: str, who: str) -> str:
    return f"{who}: {number(measure.anchors[key])}" if key in measure.anchors else ""
