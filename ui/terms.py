"""Terms and measures explained on demand: a sentence, then what is good and against what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthcraft.agents.language.phrasebook import book
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.ui.project import Project
from synthcraft.ui.text import md, number

if TYPE_CHECKING:
    from synthcraft.agents.measured import Measure

_ANCHORS = {"A1": "fresh real rows", "A0": "no information", "A2": "memorised rows"}
_DIRECTIONS = {
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
        f"{_DIRECTIONS[measure.direction]}{ideal}.",
        f"Compared with {against}." if against else "",
        f"Limit: {measure.limit}." if measure.limit else "",
    ]
    return " ".join(part for part in parts if part)


def compared(measure: Measure) -> str:
    """What a number of this measure is compared with, each with its own number."""
    words = dict(_ANCHORS)
    if measure.family == "utility":
        words["A1"] = "trained on real rows"
    if measure.floor:
        words["A0"] = measure.floor
    known = measure.anchors
    shown = [key for key in words if key in known]
    if known.get("A2") == known.get("A0") and "A2" in shown:
        shown.remove("A2")  # memorised rows are the floor of this measure
    return "; ".join(f"{words[key]}: {number(known[key])}" for key in shown)
