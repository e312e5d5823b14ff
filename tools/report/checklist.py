"""What a careful reader asks of a synthetic data set, answered from the records alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.report.results import Results
from synthcraft.tools.report.words import is_auto

Status = Literal["done", "not done", "needs author"]


class ChecklistItem(BaseModel):
    """One question, its answer, and where the answer comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    status: Status
    answer: str


Answer = tuple[Status, str]


def _split(r: Results) -> Answer:
    if not r.data.holdout:
        return "not done", "There was no split."
    return "done", f"{r.data.holdout} rows were set aside before any generator ran."


def _validated(r: Results) -> Answer:
    given = [a for a in r.approvals if a.gate == "parameters" and a.verdict == "approve"]
    if not given:
        return "not done", "No generator ran."
    return "done", f"Approved by {given[-1].actor} before training."


def _people(r: Results) -> Answer:
    auto = [a for a in r.approvals if is_auto(a.actor)]
    if auto:
        return "not done", f"{len(auto)} of {len(r.approvals)} decisions were automatic."
    return "done", f"All {len(r.approvals)} decisions were taken by a person."


def _same_file(r: Results) -> Answer:
    made = [c for c in r.candidates if c.status == "ok"]
    seen = {record.candidate for record in r.results}
    left = [c.id for c in made if c.id not in seen]
    if left or not made:
        return "not done", f"Not evaluated: {', '.join(left) or 'there is no file'}."
    return "done", "The evaluated file is the one delivered; its SHA-256 is given."


def _computed(r: Results) -> Answer:
    wrong = sum(record.status == "error" for record in r.results)
    if not r.results:
        return "not done", "Nothing was measured."
    return ("not done", f"{wrong} could not be computed.") if wrong else ("done", "All computed.")


def _open_items(r: Results) -> Answer:
    count = len(r.decision.not_assessed)
    return ("not done", f"{count} things, all listed.") if count else ("done", "Nothing is open.")


def _author(text: str) -> Callable[[Results], Answer]:
    return lambda _: ("needs author", text)


QUESTIONS: dict[str, Callable[[Results], Answer]] = {
    "Were rows set aside before any generator saw the data?": _split,
    "Were the parameters approved before training?": _validated,
    "Did people take the decisions?": _people,
    "Is the delivered file the evaluated file?": _same_file,
    "Could every number be computed?": _computed,
    "Was everything assessed that this use asks for?": _open_items,
    "On what legal basis were the real data used?": _author("State it."),
    "Who may use the file, for what and until when?": _author("State it before release."),
    "Who decides on release?": _author("Name the person."),
}


def checklist(results: Results) -> tuple[ChecklistItem, ...]:
    """Every question with its answer."""
    return tuple(
        ChecklistItem(question=question, status=status, answer=answer)
        for question, ask in QUESTIONS.items()
        for status, answer in (ask(results),)
    )
