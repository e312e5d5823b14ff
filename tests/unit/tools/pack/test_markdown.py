"""Whatever a column, a group or an error is called, the Markdown of a pack shows it as text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synthcraft.tools.pack.model_card import _environment

RENDER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render
TEMPLATE = _environment().from_string("Group {{ name }} end")
ROW = _environment().from_string("| a | b |\n| --- | --- |\n| {{ name | cell }} | x |\n")


def shown(name: str) -> str:
    """What a reader sees; fails on any markup but the paragraph."""
    rendered = RENDER(TEMPLATE.render(name=name)).strip()
    assert set(re.findall(r"</?(\w+)", rendered)) <= {"p"}, rendered
    return html.unescape(re.sub(r"</?p>", "", rendered))


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "![x](http://evil.example/x.png)",
        "[click](javascript:alert(1))",
        "&lt;b&gt; &#60;b&#62;",
        "**bold** _it_ ~~gone~~ `code` a|b",
        "<http://evil.example> \\<b>",
    ],
)
def test_markup_is_shown_as_text(name: str) -> None:
    assert shown(name) == f"Group {name} end"


@given(
    st.text(
        alphabet=st.characters(min_codepoint=32, exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")),
        max_size=40,
    )
)
def test_any_text_is_shown_as_it_is(name: str) -> None:
    assert shown(name) == f"Group {name} end"


@given(st.text(max_size=40))
def test_a_cell_stays_one_cell(name: str) -> None:
    rendered = RENDER(ROW.render(name=name))
    assert rendered.count("<td") == 2 and rendered.count("<tr") == 2
