"""A gate's proposal as a card on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthcraft.ui.commands.output import print_table, printable

if TYPE_CHECKING:
    from rich.console import Console

    from synthcraft.graph.contracts import Proposal

HOW_TO_ANSWER = "Answer in plain words: yes / change ... / a question? / stop / revert / later"


def show_card(proposal: Proposal, console: Console) -> None:
    """Title, sentences, the small table, what it costs and what may be changed."""
    from rich.panel import Panel
    from rich.text import Text

    parts = [[proposal.reply], proposal.lines, [proposal.question], _footer(proposal)]
    paragraphs = ["\n".join(line for line in part if line) for part in parts]
    body = Text(printable("\n\n".join(text for text in paragraphs if text)))
    console.print(Panel(body, title=Text(printable(proposal.title)), title_align="left"))
    if proposal.table:
        columns = list(dict.fromkeys(name for row in proposal.table for name in row))
        print_table(proposal.table, columns, console.file)


def _footer(proposal: Proposal) -> list[str]:
    from synthcraft.ui.present import aspect
    from synthcraft.ui.text import duration

    footer = []
    if proposal.seconds is not None:
        footer.append(f"Expected time: about {duration(proposal.seconds)}.")
    if proposal.memory_mb is not None:
        footer.append(f"Expected memory: up to {proposal.memory_mb:,.0f} MB.")
    if proposal.editable:
        footer.append(
            f"You may change: {', '.join(name.replace('_', ' ') for name in proposal.editable)}."
        )
    if proposal.aspects:
        footer.append(f"You may ask for: {', '.join(map(aspect, proposal.aspects))}.")
    return footer
