"""The ledger of releases: one signed, hash-chained log of a workspace, by source data set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from synthcraft.graph.errors import NotFoundError
from synthcraft.tools.audit import AuditLog, audit_log

LEDGER = "releases"
"""Name of the log, beside those of the projects."""
Tier = Literal["internal", "registered", "public"]
Standing = Literal["in force", "expired", "withdrawn"]


class Child(BaseModel):
    """What somebody made from a released table: a model trained on it, a table drawn from that.

    Attributes:
        what: its name, and where it is.
        contact: who answers for it.
        by: who has written it down.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    contact: str
    by: str
    at: str


class Release(BaseModel):
    """What a steward released, to whom and until when.

    Attributes:
        id: R with the number of its line in the ledger.
        data: keyed fingerprint of the real data.
        sha256: of the synthetic file; the file that was evaluated.
        decision: what the decision aid said of it.
        reason: the steward's, where that was for a person to judge.
        until: last day, ISO 8601.
        evaluations: how many the data had seen by then.
        earlier: releases from the same data before this one.
        withdrawn: day on which it was withdrawn.
        children: what was made from it, as far as it was told: a withdrawal has to reach them.
    """

    model_config = ConfigDict(frozen=True)

    id: str = ""
    session: str
    data: str
    candidate: str
    sha256: str
    decision: str
    tier: Tier
    terms: str
    until: str
    steward: str
    reason: str = ""
    evaluations: int = 0
    earlier: int = 0
    at: str = ""
    withdrawn: str = ""
    children: tuple[Child, ...] = ()

    def state(self, today: str) -> Standing:
        """Where it stands on a day."""
        if self.withdrawn:
            return "withdrawn"
        return "expired" if today[:10] > self.until else "in force"

    def shown(self) -> dict[str, str]:
        """What a list of gates says of it."""
        names = ("candidate", "tier", "terms", "until", "steward", "reason", "at")
        return {name: str(getattr(self, name)) for name in names if getattr(self, name)}


class ReleaseLedger:
    """Reads and continues the ledger of a workspace."""

    def __init__(self, home: Path) -> None:
        self.log: AuditLog = audit_log(home, LEDGER)

    def add(self, release: Release) -> Release:
        """Write a release down; returns it with its number."""
        body = release.model_dump(exclude={"id", "withdrawn", "children"})
        made = self.log.extend({"kind": "release", **body})
        line = next(e for e in reversed(self.log.all()) if e.hash == made)
        return release.model_copy(update={"id": f"R{line.seq}"})

    def withdraw(self, name: str, actor: str, reason: str, at: str) -> Release:
        """Write a withdrawal down; returns what was withdrawn.

        Raises:
            NotFoundError: there is no such release.
        """
        found = self._find(name)
        body = {"release": found.id, "actor": actor, "reason": reason, "at": at}
        self.log.extend({"kind": "withdrawal", **body})
        return found.model_copy(update={"withdrawn": at[:10]})

    def add_child(self, name: str, child: Child) -> Release:
        """Write down what was made from a release; returns the release with it.

        Raises:
            NotFoundError: there is no such release.
        """
        found = self._find(name)
        self.log.extend({"kind": "child", "release": found.id, **child.model_dump()})
        return found.model_copy(update={"children": (*found.children, child)})

    def _find(self, name: str) -> Release:
        found = next((r for r in self.all() if r.id == name.upper()), None)
        if found is None:
            raise NotFoundError(
                f"There is no release {name[:20]!r}.", "See `synthcraft release list`."
            )
        return found

    def all(self) -> tuple[Release, ...]:
        """Every release, the oldest first, with its withdrawal and what was made from it."""
        entries = self.log.all()
        made = _children(e.body for e in entries)
        gone = dict(_withdrawals(e.body for e in entries))
        return tuple(
            Release.model_validate(
                {k: v for k, v in e.body.items() if k in Release.model_fields}
            ).model_copy(
                update={
                    "id": f"R{e.seq}",
                    "withdrawn": gone.get(f"R{e.seq}", ""),
                    "children": tuple(made[f"R{e.seq}"]),
                }
            )
            for e in entries
            if e.body.get("kind") == "release"
        )

    def of_session(self, session: str) -> tuple[Release, ...]:
        """Those of a project."""
        return tuple(each for each in self.all() if each.session == session)

    def of_data(self, data: str) -> tuple[Release, ...]:
        """Those from a source data set."""
        return tuple(each for each in self.all() if each.data == data)


def _withdrawals(bodies: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for body in bodies:
        if body.get("kind") == "withdrawal":
            yield str(body["release"]), str(body["at"])[:10]


def _children(bodies: Iterable[dict[str, Any]]) -> dict[str, list[Child]]:
    found: dict[str, list[Child]] = defaultdict(list)
    for body in bodies:
        if body.get("kind") == "child":
            found[str(body["release"])].append(
                Child.model_validate({k: body[k] for k in Child.model_fields})
            )
    return found


def evaluations(logs: Iterable[AuditLog], sha256: str) -> int:
    """How many evaluations the projects that are still here have made of one source data set.

    Each shows something of the rows that were kept away, whatever came of it.
    """
    found: set[str] = set()
    for log in logs:
        first = log.first()
        if first is not None and (first.body.get("source") or {}).get("sha256") == sha256:
            calls = (call for e in log.naming("evaluate") for call in e.body.get("jobs", ()))
            found |= {str(call["key"]) for call in calls if call.get("job") == "evaluate"}
    return len(found)


def latest(on: str, months: int = 24) -> str:
    """Last day that a release of a day may hold: the same day so many months later."""
    day = date.fromisoformat(on[:10])
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):  # a day that the other month lacks
        try:
            return date(day.year + year, month + 1, last).isoformat()
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
