"""The tab Generators: the catalogue as cards, what is planned, what runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synthcraft.tools.report.words import sentence
from synthcraft.ui.present import progress
from synthcraft.ui.project import Project
from synthcraft.ui.text import duration, md, tag

if TYPE_CHECKING:
    from synthcraft.agents.offers import Offer
    from synthcraft.agents.sheets import Sheets
    from synthcraft.graph.views import SessionView

NOTHING = "The catalogue is shown with its cost for your table once a table was read."
HOW_TO_CHOOSE = (
    "To choose, say it on a card: “use only ctgan and cart”, “leave out tvae”, “why not CTGAN?”."
)


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the components of the tab."""
    sheets = project.sheets
    jobs = project.busy and bool(project.jobs)
    return {
        "running_box": {"visible": jobs},
        "running": {"value": progress(project.jobs.values()) if jobs else ""},
        "offers_head": {"value": head(sheets) if sheets else NOTHING},
        "offers": {"value": cards(sheets, project.view) if sheets else ""},
    }


def head(sheets: Sheets) -> str:
    """What the costs are for, and how to choose."""
    columns = f"{sheets.source.columns:,} columns"
    return (
        f"Times and memory are predicted for {sheets.rows:,} rows of {columns} on this computer, "
        f"on one processor. {md(HOW_TO_CHOOSE)}"
    )


def cards(sheets: Sheets, view: SessionView | None) -> str:
    """Every generator: planned ones, those that may be chosen, and the others folded away."""
    planned = [o for o in sheets.offers if o.planned]
    open_ = [o for o in sheets.offers if not o.planned and not _closed(o)]
    closed = [o for o in sheets.offers if not o.planned and _closed(o)]
    made = {c.id: c.status for c in view.candidates} if view else {}
    parts = [
        _group("In the plan", [card(o, made) for o in planned]),
        _group("Available", [card(o, made) for o in open_]),
    ]
    if closed:
        inside = "".join(card(o, made) for o in closed)
        parts.append(
            f"<details><summary>Not for this project, or not available here ({len(closed)})"
            f'</summary><div class="sc-offers">{inside}</div></details>'
        )
    inside = "".join(parts)
    return (
        f'<div class="sc-scroll" tabindex="0" role="region" aria-label="Catalogue">{inside}</div>'
    )


def _closed(offer: Offer) -> bool:
    return bool(offer.barred) or not offer.spec.available


def _group(title: str, inside: list[str]) -> str:
    if not inside:
        return ""
    return f'<h3>{title}</h3><div class="sc-offers">{"".join(inside)}</div>'


def card(offer: Offer, made: Mapping[str, str]) -> str:
    """One generator as HTML."""
    spec = offer.spec
    rows = [
        ("Strengths", spec.strengths),
        ("Weaknesses", spec.weaknesses),
        ("Claim level", spec.claim_level),
        ("Cost here", cost(offer)),
    ]
    if _closed(offer):
        rows.append(("Why not here", " ".join(filter(None, (offer.barred, sentence(spec.reason))))))
    rows += [("Plan", _stands(g.id, made.get(g.id))) for g in offer.planned]
    body = "".join(f"<dt>{tag(name)}</dt><dd>{tag(text)}</dd>" for name, text in rows)
    css = "sc-offer sc-planned" if offer.planned else "sc-offer"
    title = f"<h4>{tag(spec.title)} <code>{tag(spec.name)}</code></h4>"
    return f'<article class="{css}">{title}<dl>{body}</dl></article>'


def cost(offer: Offer) -> str:
    """Time and memory in words; what was agreed stands above the catalogue."""
    seconds = offer.planned[0].seconds if offer.planned else offer.seconds
    memory = offer.planned[0].memory_mb if offer.planned else offer.memory_mb
    if seconds is None or memory is None:
        return "not measured"
    return f"about {duration(seconds)}, up to {memory:,.0f} MB"


def _stands(name: str, status: str | None) -> str:
    told = {None: "proposed, has not run", "ok": "has made its table"}
    return f"{name}: {told.get(status, status)}"
