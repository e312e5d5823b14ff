"""What an ethics committee asks: protocol summary, data flow, risk, a draft of the request."""

from __future__ import annotations

from collections.abc import Iterator

from synthcraft.graph.records import KEPT_OUT
from synthcraft.tools.disclosure.report import released_report
from synthcraft.tools.pack import texts
from synthcraft.tools.pack.facts import PackFacts
from synthcraft.tools.pack.model_card import template
from synthcraft.tools.report.governance import intended_use, source_lines
from synthcraft.tools.report.language_use import LanguageUse
from synthcraft.tools.report.lines import Line, asked, told
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.residual import residual_risk

NAME = "ethics.md"


def ethics(facts: PackFacts) -> str:
    """The document as Markdown; what only people know is marked as such. Source: evaluation 5.8."""
    record = released_report(facts.record).value
    return template("ethics.md.j2").render(
        facts=facts,
        title=texts.title(facts),
        protocol=tuple(_protocol(facts, record)),
        flow=tuple(_flow(facts, record)),
        risks=residual_risk(record),
        sensitive=texts.SENSITIVE,
    )


def _protocol(facts: PackFacts, record: ReportRecord) -> Iterator[Line]:
    yield from intended_use(record.results, record.governance, record.created)
    yield from source_lines(record.governance)
    yield told("Method", texts.collection(facts))
    yield told("Decision aid", f"{texts.decision(facts)}; it releases nothing, a person does.")
    yield asked("Investigator", "", "Name, institution, training in research ethics.")
    yield asked("Analyses planned on the synthetic data", "")


def _flow(facts: PackFacts, record: ReportRecord) -> Iterator[str]:
    """Where the real data are at each step, and what leaves."""
    yield (
        "The custodian's table is read on the custodian's own computer into a private workspace. "
        "It is not in this pack."
    )
    out = [column for column, role in facts.plan.roles.items() if role in KEPT_OUT]
    yield (
        "Columns that point at a person, or were left out on purpose, were kept from every "
        f"generator: {len(out) or 'there are none'}."
    )
    yield "A holdout was set aside before anything was learnt; no generator has seen it."
    yield texts.collection(facts)
    yield (
        "The synthetic tables were measured against the real rows on the same computer. Numbers "
        "about real people leave rounded, with a least number of people behind each."
    )
    yield _language(record.language)
    yield f"{texts.CONFIDENTIAL} {texts.maintenance(facts)}"


def _language(use: LanguageUse) -> str:
    if not use.calls:
        return "No language model was asked anything: nothing was sent to a company that runs one."
    names = ", ".join(use.served or use.models) or "of a name that was not recorded"
    return (
        f"A language model ({names}) was sent {use.calls:,} requests: released figures under other "
        "names and what people typed, no row, cell or file name. The custodian keeps every byte."
    )
