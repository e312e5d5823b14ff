"""The pages in docs/ that are made from what they describe: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from synthcraft.agents.language.phrasebook import book
from synthcraft.graph.build import builder
from synthcraft.tools.artifacts import publish

FLOW = re.compile(r"(<!-- flow: begin -->\n).*?(<!-- flow: end -->)", re.DOTALL)
_ABOUT = (
    "Written by `make docs` from `agents/language/phrases/glossary.toml`, which the page and the "
    "conversation explain terms from; do not edit."
)


def flow() -> str:
    """The state machine as a Mermaid diagram, drawn from the graph that runs."""
    drawn = builder().compile().get_graph().draw_mermaid(with_styles=False)
    lines = [line.strip().rstrip(";") for line in drawn.splitlines()]
    named = [line.replace("__start__", "start").replace("__end__", "finish") for line in lines]
    return "\n".join(["```mermaid", *filter(None, named), "```", ""])


def architecture(page: str) -> str:
    """The page with the diagram as the graph is now."""
    return FLOW.sub(lambda found: f"{found[1]}{flow()}{found[2]}", page)


def glossary() -> str:
    """Every term that the page explains, by its title."""
    entries = sorted(book("glossary").values(), key=lambda entry: entry["title"].lower())
    terms = [f"**{one['title']}.** {one['short']} {one['long']}" for one in entries]
    return "\n\n".join(["# Glossary", _ABOUT, *terms]) + "\n"


def main(folder: Path) -> None:
    """Write the pages anew."""
    page = folder / "architecture.md"
    publish(page, architecture(page.read_text(encoding="utf-8")).encode())
    publish(folder / "glossary.md", glossary().encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
