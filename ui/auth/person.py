"""Who clicked: the name that the gate has given to the request behind an event of the page."""

from __future__ import annotations

import html

from synthcraft.graph.team import Person


def name_here() -> str:
    """Name of who caused the running event; empty where nobody has logged in."""
    from gradio.context import LocalContext

    request = LocalContext.request.get(None)
    return str(request.username or "") if request is not None else ""


def badge(person: Person | None) -> dict[str, object]:
    """Name, role and the way out; nothing for the local operator."""
    if person is None:
        return {"value": "", "visible": False}
    return {
        "value": f"<form method='post' action='logout'><span>{html.escape(person.name)} · "
        f"{person.role}</span> <button type='submit'>Log out</button></form>",
        "visible": True,
    }
