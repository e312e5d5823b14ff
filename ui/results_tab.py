"""The tab Results: the files, what each scored, and what is good or bad about every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthcraft.graph.records import Candidate, Verdict
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.report.words import STATUS_WORDS
from synthcraft.ui import present, tables, terms
from synthcraft.ui.project import Project
from synthcraft.ui.text import duration, number, one_line, plain

if TYPE_CHECKING:
    from synthcraft.agents.measured import Measure, Reading

NO_RESULTS = "No synthetic table has been made yet."
HOW_TO_READ = (
    "<p>A number alone says little: read it beside what real rows reach (good) and what a useless "
    "file scores (bad). Click on a header to sort.</p>"
)
_DIRECTIONS = {"lower": "lower", "higher": "higher", "target": "nearer"}


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the components of the tab."""
    view = project.view
    if view is None or not view.candidates:
        return {"results": {"value": ""}, "results_notes": {"value": NO_RESULTS}}
    measures = project.sheets.measures if project.sheets else {}
    return {
        "results": {"value": shown(view.candidates, view.verdicts, measures)},
        "results_notes": {"value": present.verdict_notes(view.verdicts)},
    }


def shown(
    candidates: Sequence[Candidate],
    verdicts: Sequence[Verdict],
    measures: Mapping[str, Measure],
) -> str:
    """Files, main measures, and all measures folded away, as HTML."""
    parts = ["<h3>Synthetic files</h3>", files(candidates, verdicts)]
    main = {key: measures[key] for key in headline_titles() if key in measures}
    names = [one.id for one in candidates if one.status == "ok"]
    if main:
        titles = headline_titles()
        titled = {titles[key].partition(" (")[0]: one for key, one in main.items()}
        parts += ["<h3>Main measures</h3>", HOW_TO_READ, _measures(titled, names, "Main measures")]
    known = {one.title: one for one in measures.values() if one.readings}
    if known:
        parts.append(
            f"<details><summary>All {len(known)} measures</summary>"
            f"{_measures(known, names, 'All measures', family=True)}</details>"
        )
    return "".join(parts)


def files(candidates: Sequence[Candidate], verdicts: Sequence[Verdict]) -> str:
    """One line a file: what the decision aid says, what made it, what it took."""
    judged = {one.candidate: one.state for one in verdicts}
    headers = ["File", "Decision aid", "Generator", "Claim level", "Rows", "Time", "Note"]
    rows = [
        [
            one.id,
            judged.get(one.id) or tables.not_judged(one),
            one.generator,
            one.claim_level,
            f"{one.rows:,}",
            duration(one.seconds),
            one_line(one.message),
        ]
        for one in candidates
    ]
    if not any(row[-1] for row in rows):
        headers, rows = headers[:-1], [row[:-1] for row in rows]
    return tables.sortable((headers, rows), "Synthetic files", numeric=("Rows",))


def _measures(
    measures: Mapping[str, Measure], names: Sequence[str], caption: str, *, family: bool = False
) -> str:
    headers = ["Measure", *(["Kind"] if family else []), *names, "Good", "Bad"]
    rows = [
        [
            title,
            *([plain(measure.family)] if family else []),
            *(reading(measure.readings.get(name)) for name in names),
            good(measure),
            terms.bad(measure) or "–",
        ]
        for title, measure in measures.items()
    ]
    return tables.sortable((headers, rows), caption, numeric=names)


def reading(found: Reading | None) -> str:
    """A number with its interval and what the limits say of it."""
    if found is None or found.value is None:
        return STATUS_WORDS[found.status].lower() if found else "–"
    interval = (
        f" ({number(found.low)} to {number(found.high)})"
        if found.low is not None and found.high is not None
        else ""
    )
    judged = found.status in ("pass", "refer", "fail")
    verdict = f" · {STATUS_WORDS[found.status].lower()}" if judged else ""
    return f"{number(found.value)}{interval}{verdict}"


def good(measure: Measure) -> str:
    """Direction, what real rows reach, and the agreed limit."""
    way = _DIRECTIONS[measure.direction]
    ideal = "" if measure.ideal is None else f", {number(measure.ideal)} is ideal"
    limit = f"accepted: {measure.limit}" if measure.limit else ""
    return "; ".join(part for part in (f"{way}{ideal}", terms.good(measure), limit) if part)


def on_card(measures: Mapping[str, Measure]) -> dict[str, str]:
    """Title of a main measure -> what is good and bad, for the table of a card."""
    return {
        title: terms.compared(measures[key])
        for key, title in headline_titles().items()
        if key in measures
    }
