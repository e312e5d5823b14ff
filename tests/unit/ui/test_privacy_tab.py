"""The tab Privacy: every word that left, as text, and what never does."""

from __future__ import annotations

import html
import json
import re

from synthcraft.agents.language.ledger import Sent, What
from synthcraft.agents.sheets import Sheets
from synthcraft.agents.told import Told
from synthcraft.graph.records import Source
from synthcraft.ui import privacy_tab
from synthcraft.ui.project import Project
from synthcraft.ui.text import exact

EVIL = "<img src=http://evil.example/x onerror=alert(1)>\n  {value} $x"
SPOKEN = {"model": "m", "messages": [{"role": "system", "content": "Rules:\n- one"},
                                     {"role": "user", "content": EVIL}]}  # fmt: skip
AT = "2026-11-29T08:00:00.123456+00:00"


def sent(what: What, text: str) -> Sent:
    return Sent(at=AT, what=what, to="http://127.0.0.1:1/v1", text=text)


REQUEST, REPLY = sent("request", json.dumps(SPOKEN)), sent("answer", "Yes, indeed.")


def project(told: Told) -> Project:
    source = Source(name="t.csv", format="csv", rows=9, columns=1, sha256="")
    return Project(key="s", sheets=Sheets(source=source, columns=(), told=told))


def words_of(shown: str) -> str:
    """What a reader sees: the page's markup away, entities resolved."""
    return html.unescape(re.sub(r"<[^>]+>", "", shown))


def test_a_request_is_shown_word_for_word_and_byte_for_byte_but_never_as_markup() -> None:
    shown = privacy_tab.entries([REQUEST], "")
    assert "<img" not in shown
    assert "{" not in shown and "$" not in shown
    assert "Rules:\n- one" in words_of(shown)
    assert EVIL in words_of(shown)
    assert json.dumps(SPOKEN) in words_of(shown)


def test_the_newest_come_first_and_a_search_finds_words_in_any_case() -> None:
    both = privacy_tab.entries([REQUEST, REPLY], "")
    assert both.index("indeed") < both.index("Rules")
    found = privacy_tab.entries([REQUEST, REPLY], "INDEED")
    assert "Rules" not in found and "indeed" in found
    assert "No entry holds" in privacy_tab.entries([REQUEST], "<b>")
    assert privacy_tab.entries([], "") == ""


def test_a_long_record_says_where_the_rest_is() -> None:
    shown = privacy_tab.entries([REPLY] * (privacy_tab.SHOWN + 3), "")
    assert shown.count("<details") == privacy_tab.SHOWN
    assert "3 older ones" in shown


def test_without_a_model_nothing_was_sent() -> None:
    for one in (Project(key="new"), project(Told())):
        shown = privacy_tab.part(one)
        assert shown["told_head"]["value"] == privacy_tab.NOTHING
        assert shown["find"] == {"visible": False}


def test_the_head_counts_and_says_when_the_record_was_changed() -> None:
    held = sent("held back", "a reason")
    told = Told(model=f"model {EVIL}", sent=(REQUEST, REPLY, held), size=9, faults=("Line 2: x",))
    shown = privacy_tab.part(project(told))
    assert "1 request was sent, 1 held back." in shown["told_head"]["value"]
    assert "Line 2: x" in shown["told_head"]["value"]
    assert "<img" not in shown["told_head"]["value"]
    assert shown["find"] == {"visible": True}
    more = privacy_tab.part(project(told.model_copy(update={"size": 10})))
    assert shown["told_version"] != more["told_version"]


def test_a_card_says_whether_a_person_let_it_out() -> None:
    card = Told(model="m", card="Table: about 240 people.\nnum_01: numeric")
    assert "nothing is told" in privacy_tab.card(card)
    let_out = privacy_tab.card(card.model_copy(update={"approved_by": "Dr <b>"}))
    assert "Approved by Dr &lt;b&gt;" in let_out
    assert "240 people.\nnum_01" in let_out


def test_exact_text_keeps_lines_and_shows_what_would_hide() -> None:
    assert exact("a  b\n\tc") == "a  b\n    c"
    assert exact("a\u202eb\x00") == "a\ufffdb\ufffd"
