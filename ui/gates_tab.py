"""The gates G0 to G6 in the tab Report: where each stands, what it waits for, who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthcraft.tools.release.sheet import DECIDES, unsaid
from synthcraft.ui.project import Project
from synthcraft.ui.tables import html_table
from synthcraft.ui.text import one_line, plain, tag

if TYPE_CHECKING:
    from synthcraft.tools.release.gates import Gate
    from synthcraft.tools.release.ledger import Release
    from synthcraft.tools.release.sheet import GateSheet

NOTHING = "<p>The gates of a release are listed here once a table was read.</p>"
_HEADERS = ["Release", "Table", "For whom", "Steward", "Last day", "State", "Made from it"]


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the component."""
    return {"gates": {"value": page(project.gates) if project.gates else NOTHING}}


def page(sheet: GateSheet) -> str:
    """Counts, gates, releases of this project and how one is made, as HTML."""
    gates = "".join(_gate(gate, sheet.session) for gate in sheet.gates)
    return (
        f"<h3>Gates before a release</h3><p>{tag(sheet.counts)}</p>"
        f'<ol class="sc-gates">{gates}</ol>{_releases(sheet)}{_how(sheet.session)}'
    )


def _gate(gate: Gate, session: str) -> str:
    """One gate: state in words, who decides, what is missing; what is known is folded."""
    until = gate.known.get("until", "") if gate.state != "open" else ""  # it was withdrawn
    said = f"; last word: {gate.by} ({gate.role}), {gate.at[:10]}" if gate.by else ""
    waits = "".join(f"<li>{tag(text)}</li>" for text in gate.missing)
    notes = "".join(f"<li>{tag(text)}</li>" for text in gate.notes)
    return (
        f'<li class="sc-gate sc-{gate.state}"><h4><span>{gate.gate} {tag(gate.title)}</span>'
        f'<span class="sc-state">{gate.state}</span></h4>'
        f"<p>Decides: {tag(DECIDES[gate.gate] + said)}.</p>"
        + (f"<p>Last day: {tag(until)}.</p>" if until else "")
        + (f"<p>Waits for:</p><ul>{waits}</ul>" if waits else "")
        + (f"<p>To bear in mind:</p><ul>{notes}</ul>" if notes else "")
        + _known(gate)
        + _to_say(gate, session)
        + "</li>"
    )


def _known(gate: Gate) -> str:
    rows = "".join(
        f"<dt>{tag(plain(name))}</dt><dd>{tag(value)}</dd>"
        for name, value in gate.known.items()
        if value not in ("", "unknown")
    )
    return f"<details><summary>What is known</summary><dl>{rows}</dl></details>" if rows else ""


def _to_say(gate: Gate, session: str) -> str:
    """The command that fills what is still open."""
    fields = " ".join(f"{name}=…" for name in unsaid(gate) if gate.missing or gate.notes)
    words = f"synthcraft gates set {session} {gate.gate} {fields}"
    return f"<p>To fill it in: <code>{tag(words)}</code></p>" if fields else ""


def _releases(sheet: GateSheet) -> str:
    rows = [_release(each, sheet.today) for each in sheet.releases]
    told = html_table((_HEADERS, rows), "Releases of this project")
    return f"<h3>Releases of this project</h3>{told}" if told else ""


def _release(release: Release, today: str) -> list[str]:
    shown = (release.id, release.candidate, release.tier, release.steward, release.until)
    made = "; ".join(child.what for child in release.children)
    return [*map(one_line, shown), release.state(today), one_line(made) or "nothing told"]


def _how(session: str) -> str:
    """Nothing is released by a click: a second person says so under their own name."""
    words = (
        f"synthcraft release issue {session} --steward NAME --tier registered "
        '--terms "…" --until YYYY-MM-DD'
    )
    return (
        "<h3>How a release is made</h3><p>The tool releases nothing by itself. Once G0 to G4 are "
        "met, a steward who had no hand in the making says so on the command line of this "
        f"computer, for 24 months at most: <code>{tag(words)}</code></p>"
    )
