"""Reporting checklists, each one a data file, filled from the records as far as they go."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.report.contents import CHAPTERS
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.residual import ATTACKS, VULNERABLE
from synthcraft.tools.report.sections import section_of

_FOLDER = Path(__file__).parent / "checklist_items"
ORDER = ("synthetic_data", "five_safes", "datasheet", "tripod_ai", "strobe_record")
Status = Literal["filled by tool", "needs author", "not applicable"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Part):
    """One item as its file has it.

    Attributes:
        chapter: where the report answers it; without one only an author can.
        needs: facts that must be on record for that.
        only_if: a fact without which the item does not apply, for the reason `otherwise`.
        author: what an author has to do where the records do not answer it.
    """

    number: str
    text: str
    chapter: str = ""
    needs: tuple[str, ...] = ()
    only_if: str = ""
    otherwise: str = ""
    author: str = ""


class Template(_Part):
    """One checklist; `only_if` and `otherwise` hold for all of its items."""

    name: str
    source: str
    about: str
    only_if: str = ""
    otherwise: str = ""
    items: tuple[Asked, ...]


class Item(_Part):
    """One item with its answer."""

    number: str
    text: str
    status: Status
    answer: str


class Checklist(_Part):
    """A checklist of this project."""

    name: str
    source: str
    about: str
    items: tuple[Item, ...]

    def with_status(self, status: Status) -> tuple[Item, ...]:
        """Items of one status."""
        return tuple(item for item in self.items if item.status == status)

    @property
    def open(self) -> tuple[Item, ...]:
        """Items that an author has to fill."""
        return self.with_status("needs author")


def checklists(record: ReportRecord) -> tuple[Checklist, ...]:
    """Every checklist, filled as far as the records go."""
    known = facts(record)
    return tuple(_filled(template(name), known) for name in ORDER)


@lru_cache
def template(name: str) -> Template:
    """A checklist as its file has it."""
    return Template.model_validate(tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8")))


def facts(record: ReportRecord) -> frozenset[str]:
    """Names of what is on record."""
    return frozenset(name for name, there in FACTS.items() if there(record))


def _filled(of: Template, known: frozenset[str]) -> Checklist:
    items = []
    for asked in of.items:
        status, answer = _answer(asked, of, known)
        items.append(Item(number=asked.number, text=asked.text, status=status, answer=answer))
    return Checklist(name=of.name, source=of.source, about=of.about, items=tuple(items))


def _answer(asked: Asked, of: Template, known: frozenset[str]) -> tuple[Status, str]:
    for rule in (of, asked):
        if rule.only_if and rule.only_if not in known:
            return "not applicable", rule.otherwise
    if asked.chapter and known.issuperset(asked.needs):
        return "filled by tool", chapter_named(asked.chapter)
    missing = [WORDS[name] for name in asked.needs if name not in known]
    gap = f"Not on record: {', '.join(missing)}." if missing else ""
    return "needs author", asked.author or gap or "State it."


def chapter_named(key: str) -> str:
    """Number and title of a chapter."""
    return next(f"Chapter {i}, {c.title}" for i, c in enumerate(CHAPTERS) if c.key == key)


def _measured(key: str) -> Callable[[ReportRecord], bool]:
    return lambda record: any(
        r.value is not None and section_of(r) == key for r in record.results.results
    )


def _all_attacks(record: ReportRecord) -> bool:
    tried = {r.metric_id for r in record.results.results if r.value is not None}
    return all(tried.intersection(measures) for _, measures in ATTACKS.values())


def _people(record: ReportRecord) -> bool:
    return bool(record.approvals) and not record.automatic


def _agreed(record: ReportRecord) -> bool:
    return bool(record.results.evaluation_plan and record.results.evaluation_plan.agreed)


def _made(record: ReportRecord) -> bool:
    return any(c.status == "ok" for c in record.results.candidates)


FACTS: dict[str, Callable[[ReportRecord], bool]] = {
    "source": lambda r: r.source is not None,
    "profile": lambda r: bool(r.profile),
    "codebook": lambda r: bool(r.codebook and r.codebook.matched),
    "plan": lambda r: r.plan is not None,
    "agreed": _agreed,
    "target": lambda r: bool(r.results.plan.target),
    "survival": lambda r: r.results.plan.task == "survival",
    "sensitive": lambda r: bool(r.plan and r.plan.sensitive),
    "split": lambda r: r.split is not None,
    "attempts": lambda r: bool(r.results.candidates),
    "candidates": _made,
    "replicates": lambda r: any(f.status == "ok" for c in r.results.candidates
                                for f in c.replicates),
    "results": lambda r: bool(r.results.results),
    "sanity": _measured("sanity"),
    "fidelity": _measured("fidelity"),
    "diversity": _measured("diversity"),
    "utility": _measured("utility"),
    "inference": _measured("inference"),
    "fairness": _measured("subgroup"),
    "privacy": _measured("privacy"),
    "attacks": _all_attacks,
    "detectable": lambda r: any(x.mde is not None and section_of(x) == "privacy"
                                for x in r.results.results),
    "vulnerable": lambda r: any(x.metric_id == VULNERABLE and x.value is not None
                                for x in r.results.results),
    "intervals": lambda r: any(x.ci_low is not None for x in r.results.results),
    "people": _people,
    "versions": lambda r: bool(r.environment),
    "audit": lambda r: bool(r.audit_head),
    "created": lambda r: bool(r.created),
}  # fmt: skip
"""Name of a fact -> whether it is on record."""

WORDS = {
    "source": "a table", "profile": "a profile of the table", "codebook": "a confirmed codebook",
    "plan": "a plan", "agreed": "an agreed evaluation plan", "target": "an outcome",
    "survival": "a time until an event", "sensitive": "sensitive columns", "split": "a split",
    "attempts": "an attempt at generation", "candidates": "a synthetic file",
    "replicates": "further independent fits", "results": "results", "sanity": "sanity checks",
    "fidelity": "measures of fidelity", "diversity": "measures of diversity",
    "utility": "measures of utility", "inference": "measures of inference",
    "fairness": "results by group", "privacy": "measures of privacy",
    "attacks": "all four kinds of attack", "detectable": "smallest detectable effects",
    "vulnerable": "the attack on the most exposed", "intervals": "intervals",
    "people": "decisions by people alone", "versions": "versions", "audit": "the audit log",
    "created": "a date",
}  # fmt: skip
