"""One file, nothing from outside, every section, and no text that becomes code."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from synthcraft.graph.records import Source
from synthcraft.tools.report.record import Marginal, ReportRecord, TraceLine
from synthcraft.tools.report.render import render_html
from synthcraft.tools.report.results import Result, Results

_SECTIONS = """summary use data roles split generators plan sanity likeness fidelity diversity
detectability usefulness utility inference subgroup risks privacy failed limits decisions trace
language reproduction residual checklists paper"""
SECTIONS = _SECTIONS.split()
ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}$\\frac$\n\x00'"


class Page(HTMLParser):
    """Collects tags, attributes and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


def assert_self_contained(page: Page, html: str) -> None:
    for tag, attrs in page.tags:
        assert tag not in {"script", "iframe", "object", "embed", "link", "base", "form"}, tag
        assert not [name for name in attrs if name.startswith("on")], attrs
        for name in ("src", "srcset", "action", "poster", "background"):
            assert attrs.get(name, "data:").startswith("data:image/svg+xml;base64,") or (
                name not in attrs
            ), attrs
        assert re.match(r"#|figures/[A-Za-z0-9._-]+\.csv$", attrs.get("href", "#")), attrs
    assert "@import" not in html
    assert not re.search(r"url\(", html)


def svgs(html: str) -> list[str]:
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    return [base64.b64decode(each).decode() for each in found]


def test_equal_records_give_equal_bytes(record: ReportRecord, html: str) -> None:
    again = ReportRecord.model_validate_json(record.model_dump_json(by_alias=True))
    assert render_html(again) == html


def test_every_section_is_there_once(html: str) -> None:
    ids = Page(html).ids()
    assert [each for each in ids if each in SECTIONS] == SECTIONS
    assert len(ids) == len(set(ids))


def test_nothing_is_asked_for_from_outside(html: str) -> None:
    assert_self_contained(Page(html), html)
    assert len(svgs(html)) == 5
    for svg in svgs(html):
        loaded = re.findall(r"""(?:href|src)=["']([^"']+)""", svg)
        assert all(address.startswith("#") for address in loaded)


def test_what_a_reader_looks_for_is_said(html: str) -> None:
    text = Page(html).text
    for words in (
        "BLOCKED",
        "REFER",
        "NO FILE",
        "b" * 64,
        "stopped at its limit",
        "The logistic fit did not converge",
        "Needs at least 50 holdout rows",
        "0.741 to 0.853",
        "fewer than 10 rows",
        "struct_ max_ indegree",
        "Use 2,000 rows.",
        "1 earlier branch was left",
        "tvae-1 (tvae, file e7e7e7e7e7e7)",
        "The smallest attack success that could have been seen",
    ):
        assert words in text, words


def test_an_automatic_approval_is_marked_and_a_person_is_not(lean: ReportRecord) -> None:
    text = Page(render_html(lean)).text
    assert "approved automatically by demo — no person looked" in text
    assert "1 of 3 decisions were approved automatically" in text
    assert "approved automatically by Dr. Jane Roe" not in text
    people = lean.model_copy(update={"approvals": lean.approvals[:2], "auto_approver": None})
    assert "automatically" not in Page(render_html(people)).text


def test_every_status_is_said_in_words(html: str) -> None:
    text = Page(html).text
    for words in ("Pass", "Refer to a person", "Fail", "Error: not computed", "Not assessed"):
        assert words in text
    assert "Uninformative here" in text


def test_tables_and_pictures_can_be_read_aloud(html: str) -> None:
    tags = Page(html).tags
    assert [tag for tag, _ in tags].count("h1") == 1
    assert all(attrs.get("alt") for tag, attrs in tags if tag == "img")
    assert all(attrs.get("scope") for tag, attrs in tags if tag == "th")
    counts = [tag for tag, _ in tags]
    assert counts.count("table") == counts.count("caption")


def test_texts_never_become_markup(record: ReportRecord) -> None:
    attacked = hostile(record)
    html = render_html(attacked)
    page = Page(html)
    assert_self_contained(page, html)
    assert "alert(1)" in page.text
    assert "{{ 7*7 }}" in page.text
    for svg in svgs(html):
        assert "<script" not in svg
        assert "\x00" not in svg


def hostile(record: ReportRecord) -> ReportRecord:
    """The same project with hostile names wherever a name or text can stand."""
    assert record.plan is not None
    results = record.results
    return record.model_copy(
        update={
            "source": Source(
                name=ATTACK, format=ATTACK, rows=1, columns=1, sha256=ATTACK, notes=(ATTACK,)
            ),
            "plan": record.plan.model_copy(update={"target": ATTACK, "sensitive": (ATTACK,)}),
            "profile": {
                "schema_section": {"rows": 9, "columns": [{"name": ATTACK, "kind": ATTACK}]},
                "identifiers": {"columns": {ATTACK: ATTACK}},
            },
            "messages": (ATTACK,),
            "always_said": (ATTACK,),
            "trace": (TraceLine(action=ATTACK, why=ATTACK, message=ATTACK, outcome=ATTACK),),
            "marginals": {
                ATTACK: (Marginal(column=ATTACK, labels=(ATTACK,), real=(1.0,), synthetic=(1.0,)),)
            },
            "environment": {ATTACK: ATTACK},
            "thresholds": {ATTACK: ATTACK},
            "inputs": {ATTACK: ATTACK},
            "results": results.model_copy(
                update={
                    "session": ATTACK,
                    "candidates": [
                        results.candidates[0].model_copy(
                            update={"id": ATTACK, "params": {ATTACK: ATTACK}, "message": ATTACK}
                        )
                    ],
                    "results": [
                        Result(
                            candidate=ATTACK,
                            metric_id="utility.x",
                            title=ATTACK,
                            column=ATTACK if column else None,
                            value=0.5,
                            ci_low=0.4,
                            ci_high=0.6,
                            anchors={"A0": 0.1, "A1": 0.9},
                            message=ATTACK,
                        )
                        for column in (True, False)
                    ],
                }
            ),
        }
    )


def test_a_run_without_anything_still_has_a_report(empty_record: ReportRecord) -> None:
    html = render_html(empty_record)
    page = Page(html)
    assert [each for each in page.ids() if each in SECTIONS] == SECTIONS
    assert "No generator has run" in page.text
    assert "No evaluation has been carried out" in page.text
    assert "CRITERIA MET" not in page.text
    assert_self_contained(page, html)


PARTS = """source split plan profile thresholds trace approvals verdicts marginals environment
artefacts generators messages"""


@pytest.mark.parametrize("part", PARTS.split())
def test_any_part_may_be_missing(lean: ReportRecord, part: str) -> None:
    empty = ReportRecord.model_fields[part].get_default(call_default_factory=True)
    page = Page(render_html(lean.model_copy(update={part: empty})))
    assert [each for each in page.ids() if each in SECTIONS] == SECTIONS


def test_limits_of_what_was_not_run_are_under_its_name(lean: ReportRecord) -> None:
    limits = {"privacy.linkage": {"text": "none"}}
    html = render_html(lean.model_copy(update={"thresholds": limits}))
    assert "Linking two partial records" in html and "Privacy linkage" not in html


def test_all_generators_failed(lean: ReportRecord) -> None:
    failed = [
        c.model_copy(update={"status": "cancelled", "message": "Cancelled.", "sha256": ""})
        for c in lean.results.candidates
    ]
    results = lean.results.model_copy(update={"candidates": failed, "results": []})
    page = Page(render_html(lean.model_copy(update={"results": results, "verdicts": ()})))
    assert page.text.count("NO FILE") == 3
    assert "no synthetic rows" in page.text


def test_a_failing_column_is_shown_before_hundreds_that_pass() -> None:
    rows = [
        Result(
            candidate="a",
            metric_id="fidelity.d",
            column=f"column{i}",
            status="fail" if i == 399 else "pass",
            value=0.01,
        )
        for i in range(400)
    ]
    html = render_html(
        ReportRecord(results=Results(session="wide", status="finished", results=rows))
    )
    text = Page(html).text
    assert "column399" in text
    assert "370 further rows that pass are in results.json" in text


def test_a_waiting_run_says_for_what(lean: ReportRecord) -> None:
    results = lean.results.model_copy(update={"status": "waiting", "waiting_for": "evaluation"})
    text = Page(render_html(lean.model_copy(update={"results": results}))).text
    assert "waiting for a person at the gate “evaluation”" in text
