"""What the records say of use, risk, threats and language models stands in numbered chapters."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from synthcraft.agents.language.ledger import Sent
from synthcraft.graph.records import FurtherFit
from synthcraft.tools.report.checklists import FACTS, ORDER, WORDS, checklists, facts, template
from synthcraft.tools.report.contents import CHAPTERS
from synthcraft.tools.report.governance import Governance
from synthcraft.tools.report.language_use import language_use
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.render import render_html
from synthcraft.tools.report.residual import residual_risk
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.steward import NO_PRIVACY, brief
from synthcraft.tools.report.threats import threats


def attack(value: float, status: str = "pass", **more: object) -> Result:
    return Result.model_validate(
        {"metric_id": "privacy.membership", "title": "Guessing", "candidate": "ctgan", "mde": 0.07,
         "family": "privacy", "value": value, "status": status, **more}
    )  # fmt: skip


def with_results(record: ReportRecord, *more: Result) -> ReportRecord:
    results = [*record.results.results, *more]
    return record.model_copy(
        update={"results": record.results.model_copy(update={"results": results})}
    )


def test_chapters_are_numbered_in_order_and_listed_at_the_front(html: str) -> None:
    found = re.findall(r'<h2 id="(\w+)-title"><span class="number">(\d+)</span> ([^<]+)</h2>', html)
    assert found == [(c.key, str(i), c.title) for i, c in enumerate(CHAPTERS)]
    contents = html[html.index("<nav") : html.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', contents)[:3] == ["summary", "use", "data"]
    assert html.index('id="summary"') < html.index("<nav") < html.index('id="use"')


def test_the_worst_attack_is_told_with_what_it_could_have_seen(lean: ReportRecord) -> None:
    told = brief(with_results(lean, attack(0.53), attack(0.71, "fail"))).privacy
    assert "0.710" in told[0] and "Fail" in told[0]
    assert "0.070" in told[1]


def test_among_equals_the_nearest_to_memorised_rows_is_the_worst(lean: ReportRecord) -> None:
    bare = lean.model_copy(update={"results": lean.results.model_copy(update={"results": []})})
    anchors = {"A1": 0.5, "A2": 0.9}
    far, near = attack(0.54, anchors=anchors), attack(0.6, anchors=anchors)
    assert "0.600" in brief(with_results(bare, far, near)).privacy[0]
    assert brief(bare).privacy == (NO_PRIVACY,)


def test_the_steward_reads_what_is_left_to_decide(lean: ReportRecord) -> None:
    decide = " ".join(brief(lean).decide)
    assert "is blocked and must not be passed on" in decide
    assert "1 decisions that no person looked at" in decide
    assert "custodian" in decide and "users" in decide
    said = lean.model_copy(update={"governance": Governance(custodian="The hospital")})
    assert "custodian" not in " ".join(brief(said).decide)
    assert "The hospital" in render_html(said)


def test_what_is_lost_is_named(lean: ReportRecord) -> None:
    gone = lean.model_copy(update={"lost": ("No longer in the store: profile (ab12).",)})
    assert render_html(gone).count("No longer in the store: profile (ab12).") == 2


def test_threats_follow_from_the_records(lean: ReportRecord, empty_record: ReportRecord) -> None:
    told = " ".join(threats(lean))
    assert "1 of 3 decisions were automatic" in told
    assert "One fit and one split" in told and "Other branches were tried" in told
    assert threats(empty_record) == ()
    fit = FurtherFit(number=1, fit_seed=1, sample_seed=1)
    fitted = [c.model_copy(update={"replicates": [fit]}) for c in lean.results.candidates]
    results = lean.results.model_copy(update={"candidates": fitted})
    assert "One fit" not in " ".join(threats(lean.model_copy(update={"results": results})))


def test_residual_risk_says_what_was_not_tested(lean: ReportRecord) -> None:
    lines = {
        line.label.split(" (")[0]: line for line in residual_risk(with_results(lean, attack(0.6)))
    }
    assert "MDE 0.070" in lines["Goal: membership"].text
    assert lines["Goal: linkage"].text == "Not tested."
    assert lines["Harms if this is wrong"].open and not lines["Legal status"].open


def sent(what: str, body: object, **more: object) -> Sent:
    text = body if isinstance(body, str) else json.dumps(body)
    return Sent.model_validate({"at": "t", "what": what, "text": text, **more})


def test_use_of_a_model_is_counted_from_the_ledger(lean: ReportRecord) -> None:
    pieces = 'data: {"model": "m-2024", "choices": []}\n\ndata: {"usage": {"prompt_tokens": 5}}\n'
    use = language_use(
        [
            sent(
                "request", {"model": "m", "temperature": 0.0}, to="http://h/v1", prompts={"p": "1"}
            ),
            sent(
                "answer", {"model": "m-2024", "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
            ),
            sent("request", {"model": "m", "temperature": 0.0}, to="http://h/v1"),
            sent("answer", pieces),
            sent("answer", "broken"),
            sent("held back", "an identifier"),
        ]
    )
    assert (use.models, use.served, use.temperatures) == (("m",), ("m-2024",), (0.0,))
    assert (use.calls, use.answers, use.held_back, use.uncounted) == (2, 3, 1, 1)
    assert (use.prompt_tokens, use.answer_tokens, use.prompts) == (14, 2, {"p": "1"})
    html = render_html(lean.model_copy(update={"language": use}))
    assert "m-2024" in html and "14 sent, 2 received" in html
    assert "No language model was asked anything" in render_html(lean)


@pytest.mark.parametrize("name", ORDER)
def test_every_item_can_be_answered(name: str) -> None:
    items = template(name).items
    assert len({item.number for item in items}) == len(items) > 5
    chapters = {chapter.key for chapter in CHAPTERS}
    for item in items:
        assert item.chapter in chapters or item.author, item.number
        assert set(item.needs) | ({item.only_if} - {""}) <= FACTS.keys()
        assert bool(item.only_if) == bool(item.otherwise)
    assert FACTS.keys() == WORDS.keys()


def test_items_follow_the_records(lean: ReportRecord, empty_record: ReportRecord) -> None:
    ours = {item.number: item for item in checklists(lean)[0].items}
    assert ours["9"].status == "filled by tool" and "Chapter 4" in ours["9"].answer
    assert ours["14"].status == "needs author" and "No person" in ours["14"].answer
    empty = {item.number: item for item in checklists(empty_record)[0].items}
    assert empty["9"].status == "needs author" and "a split" in empty["9"].answer
    tripod = next(c for c in checklists(empty_record) if c.name == "TRIPOD+AI")
    assert {item.status for item in tripod.items} == {"not applicable"}
    assert facts(empty_record) == frozenset()


def test_open_items_stand_at_the_front(lean: ReportRecord) -> None:
    html = render_html(lean)
    front = html[: html.index('id="use"')]
    for each in checklists(lean):
        assert each.name in front
        assert ", ".join(item.number for item in each.open) in front


def test_no_word_of_the_rendered_report_is_a_verdict(html: str) -> None:
    path = Path(__file__).parents[1] / "test_forbidden_words.py"
    spec = importlib.util.spec_from_file_location("forbidden_words", path)
    assert spec is not None and spec.loader is not None
    lint = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lint)
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert lint.verdicts(text) == []
    assert lint.verdicts(text + " The file is safe.") == ["safe"]
