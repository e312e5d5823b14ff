"""The log of evaluations of one real file: the plan is written down before any result exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from synthcraft.tools.amendments import Amendment, changed_fields
from synthcraft.tools.audit import ROOT, Entry, audit_log
from synthcraft.tools.plan_file import EvaluationPlan

PLANNED, DONE = "plan", "results"


class Ledger:
    """An audit log beside those of the projects, one for each real file."""

    def __init__(self, home: Path, real_sha256: str) -> None:
        self._log = audit_log(home, f"evaluate-{real_sha256[:16]}")

    def planned(self, plan: EvaluationPlan, files: Iterable[str], at: str) -> tuple[Amendment, ...]:
        """Write down what will be asked; returns how the plan was changed in knowledge of results.

        Args:
            plan: what is about to be measured.
            files: SHA-256 of the synthetic files.
            at: UTC time, ISO 8601.
        """
        wanted = sorted(set(files))
        entries = self._log.all()
        body = {"kind": PLANNED, "at": at, "files": wanted, "evaluation_plan": plan.agreement()}
        now = Entry(seq=0, prev="", hash="", body=body)
        self._log.append(body, entries[-1].hash if entries else ROOT)
        return amendments([*entries, now], frozenset(wanted))

    def done(self, plan: EvaluationPlan, states: Mapping[str, str], at: str) -> None:
        """Write down that results exist: file (SHA-256) -> state of the decision aid."""
        entries = self._log.all()
        body = {"kind": DONE, "at": at, "digest": plan.digest, "files": dict(states)}
        self._log.append(body, entries[-1].hash if entries else ROOT)


def amendments(entries: Iterable[Entry], files: frozenset[str]) -> tuple[Amendment, ...]:
    """Changes of the plan for any of these files after a result of it was there."""
    found: dict[tuple[str, str], Amendment] = {}
    plans: dict[str, dict[str, Any]] = {}
    seen = ""
    for body in (e.body for e in entries if files & set(e.body.get("files", ()))):
        if body["kind"] == DONE:
            seen = body["digest"]
            continue
        agreed = body["evaluation_plan"]
        plans[agreed["digest"]] = agreed["plan"]
        change = (seen, agreed["digest"])
        if seen in plans and seen != agreed["digest"]:
            fields = changed_fields(plans[seen], agreed["plan"])
            made = Amendment(at=body["at"], fields=fields, before=change[0], after=change[1])
            found.setdefault(change, made)
    return tuple(found.values())
