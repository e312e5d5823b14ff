"""The model card of the generators: what they are for, what was measured, what was not."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from synthcraft.tools.pack import texts
from synthcraft.tools.pack.facts import PackFacts
from synthcraft.tools.report import words

_SIGNS = re.compile(r"""[\\`*\[\]<>|&~$]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.|@""", re.IGNORECASE)
"""What Markdown, or HTML within it, gives a meaning to."""


def model_card(facts: PackFacts) -> str:
    """The card as Markdown."""
    rows = facts.record.results.results
    return template("model_card.md.j2").render(
        facts=facts,
        title=texts.title(facts),
        use=texts.use(facts),
        prohibited=texts.PROHIBITED,
        confidential=texts.CONFIDENTIAL,
        decision=texts.decision(facts),
        biases=texts.biases(facts),
        maintenance=texts.maintenance(facts),
        measured=[r for r in rows if r.whole],
        words=words.STATUS_WORDS,
    )


def readme(facts: PackFacts, about: dict[str, str]) -> str:
    """What the pack holds, what this level leaves out, and what is missing."""
    return template("README.md.j2").render(
        facts=facts, title=texts.title(facts), about=about, confidential=texts.CONFIDENTIAL
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # Markdown, not HTML
        finalize=_literal,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=words.number, duration=words.duration, setting=words.setting, cell=_cell
    )
    return environment


def template(name: str) -> Template:
    """A document of the pack."""
    return _environment().get_template(name)


def _literal(value: object) -> object:
    """Whatever is filled in, so that a page made of the Markdown shows it as it is written."""
    return _SIGNS.sub(r"\\\g<0>", value) if isinstance(value, str) else value


def _cell(text: str) -> str:
    """A text that keeps to its cell."""
    return " ".join(str(text).split())
