"""Whatever columns, files and people are called, the page shows it as text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synthcraft.ui.text import duration, md, number, one_line, plain, tag

RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render
NASTY = [
    "<script>alert(1)</script>",
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "https://evil.example/a and www.evil.example",
    "mail@evil.example",
    "# heading",
    "- item",
    "1. item",
    "---",
    "a | b",
    "$x$ `code` **bold** _it_ ~~gone~~",
    "&lt;b&gt;",
    "line one\n\n    code block",
    "__proto__",
    "heart_attack_ever",
]


def shown(markdown: str) -> str:
    """The text that a reader sees; fails on any markup but the paragraph."""
    rendered = RENDER(markdown).strip()
    assert re.findall(r"<(\w+)", rendered) in ([], ["p"])
    return html.unescape(rendered.removeprefix("<p>").removesuffix("</p>"))


@pytest.mark.parametrize("text", NASTY)
def test_markup_is_shown_as_text(text: str) -> None:
    assert shown(md(text)) == one_line(text)


@given(st.text(max_size=60))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert shown(md(text)) == one_line(text)


@given(st.text(max_size=60))
def test_any_text_inside_a_list_item_stays_text(text: str) -> None:
    rendered = RENDER(f"- {md(text)}")
    assert re.findall(r"<(\w+)", rendered) == ["ul", "li"]


@pytest.mark.parametrize("text", ["https://evil.example", "HTTP://x.y", "www.x.y", "a@b.example"])
def test_addresses_do_not_become_links(text: str) -> None:
    assert not re.search(r"://|www\.|@", md(text), re.IGNORECASE)


def test_usual_column_names_stay_readable_when_copied() -> None:
    assert md("heart_attack_ever, 3.5 mg/dl: 12 %") == "heart_attack_ever, 3.5 mg/dl: 12 %"


@pytest.mark.parametrize("text", [*NASTY, "${alert(1)}", "{{value}}", "\" onload='x'"])
def test_html_cannot_be_entered(text: str) -> None:
    escaped = tag(text)
    assert not re.search(r"[<>\"'{}$]", escaped)
    assert html.unescape(escaped) == one_line(text)


def test_direction_and_control_characters_are_removed() -> None:
    assert one_line("a\x00b\u202ec\n d") == "a b c d"


def test_numbers_and_names_for_people() -> None:
    assert plain("utility.tstr_auc") == "Utility TSTR AUC"
    assert [number(x) for x in (0.12345, 12345.6, float("nan"))] == [
        "0.123",
        "12,346",
        "not a number",
    ]
    assert [duration(s) for s in (0.2, 75, 600, 7200)] == ["1 s", "75 s", "10 min", "2.0 h"]
