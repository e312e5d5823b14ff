"""Gates and releases of a project: read from its records, written into the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.deps import Deps
from synthcraft.tools.audit import AuditLog, audit_log, ledger_path
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.signing import Keys

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.tools.release.decide import Asked
    from synthcraft.tools.release.gates import Gate, Project
    from synthcraft.tools.release.ledger import Child, Release
    from synthcraft.tools.release.sheet import GateSheet


async def project_of(runner: Runner, session: str) -> Project:
    """What the gates of a project are judged by."""
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.release.gates import Project, statements
    from synthcraft.tools.release.ledger import ReleaseLedger
    from synthcraft.tools.report.results import Results

    view = await runner.view(session)
    results = Results.model_validate(await runner.results(view.session))
    home = runner.deps.settings.home
    sent, _ = AuditLog(ledger_path(home, view.session)).tip()
    return Project(
        results=results,
        plan=view.plan,
        said=statements(audit_log(home, view.session).all()),
        releases=ReleaseLedger(home).of_session(view.session),
        allowed=frozenset(catalogue()),
        owner=runner.info(view.session).owner,
        prompts=sent,
        today=utc_now(),
    )


async def gates(runner: Runner, session: str) -> tuple[Gate, ...]:
    """Where every gate of a project stands."""
    from synthcraft.tools.release.gates import gates_of

    return gates_of(await project_of(runner, session))


async def gate_sheet(runner: Runner, session: str) -> GateSheet:
    """Every gate of a project, with how often its source data were evaluated and released."""
    from synthcraft.tools.release.gates import gates_of
    from synthcraft.tools.release.ledger import ReleaseLedger
    from synthcraft.tools.release.sheet import GateSheet

    project = await project_of(runner, session)
    sha256 = project.results.data.sha256
    ledger = ReleaseLedger(runner.deps.settings.home)
    return GateSheet(
        session=project.results.session,
        gates=gates_of(project),
        releases=project.releases,
        evaluations=await _evaluations(runner, sha256),
        released=len(ledger.of_data(fingerprint(runner.deps, sha256))),
        today=project.today,
    )


async def _evaluations(runner: Runner, sha256: str) -> int:
    from synthcraft.tools.release.ledger import evaluations

    home = runner.deps.settings.home
    logs = [audit_log(home, info.session) for info in await runner.sessions()]
    return await asyncio.to_thread(evaluations, logs, sha256)


def written(home: Path, session: str) -> int:
    """Bytes of what gates are judged by beside the project itself: more of them, look again."""
    from synthcraft.tools.release.ledger import LEDGER

    paths = [audit_log(home, name).path for name in (session, LEDGER)]
    return sum(path.stat().st_size for path in paths if path.exists())


async def say(
    runner: Runner, session: str, gate: str, words: Mapping[str, str], actor: str, role: str
) -> Gate:
    """Write down what somebody says at a gate; returns where it stands now.

    Raises:
        InputError: there is no such gate or field.
    """
    from synthcraft.tools.release.records import checked

    name, fields = checked(gate, dict(words))
    body = {"gate": name, "fields": fields, "actor": actor, "role": role}
    await _note(runner, session, "gate", body)
    return next(each for each in await gates(runner, session) if each.gate == name)


async def release(runner: Runner, session: str, asked: Asked) -> Release:
    """Write down what a steward releases; nothing is sent anywhere.

    Raises:
        RoleError: the steward had a hand in the making.
        InputError: something stands before it.
    """
    from synthcraft.tools.release.decide import release_of
    from synthcraft.tools.release.ledger import ReleaseLedger

    project = await project_of(runner, session)
    sha256 = project.results.data.sha256
    ledger, data = ReleaseLedger(runner.deps.settings.home), fingerprint(runner.deps, sha256)
    asked_for = release_of(project, asked, data)
    counts = {
        "evaluations": await _evaluations(runner, sha256),
        "earlier": len(ledger.of_data(data)),
        "at": utc_now(),
    }
    made = ledger.add(asked_for.model_copy(update=counts))
    said = made.model_dump(exclude={"session", "withdrawn"})
    body = {**said, "gate": "G5", "actor": made.steward, "role": "steward"}
    await _note(runner, made.session, "release", body)
    return made


async def withdraw(runner: Runner, name: str, actor: str, reason: str) -> Release:
    """Write a withdrawal into the ledger, and into the log of the project where it is still here.

    Raises:
        NotFoundError: there is no such release.
    """
    from synthcraft.tools.release.ledger import ReleaseLedger

    home = runner.deps.settings.home
    gone = ReleaseLedger(home).withdraw(name, actor, reason, utc_now())
    if gone.session in {info.session for info in await runner.sessions()}:
        body = {"release": gone.id, "gate": "G6", "actor": actor, "reason": reason}
        await _note(runner, gone.session, "withdrawal", body)
    return gone


async def add_child(runner: Runner, name: str, child: Child) -> Release:
    """Write down what was made from a release, as a withdrawal is.

    Raises:
        NotFoundError: there is no such release.
    """
    from synthcraft.tools.release.ledger import ReleaseLedger

    made = ReleaseLedger(runner.deps.settings.home).add_child(name, child)
    if made.session in {info.session for info in await runner.sessions()}:
        body = {"release": made.id, "gate": "G6", **child.model_dump(exclude={"at"})}
        await _note(runner, made.session, "child", body)
    return made


def fingerprint(deps: Deps, sha256: str) -> str:
    """What stands for real data in a ledger that may be shown: an HMAC of their hash."""
    from synthcraft.tools.pack.levels import keyed

    return keyed(Keys(deps.settings.home))(sha256)


async def _note(runner: Runner, session: str, kind: str, body: Mapping[str, object]) -> None:
    view = await runner.view(session)
    log = audit_log(runner.deps.settings.home, view.session)
    await asyncio.to_thread(log.append, {"kind": kind, "at": utc_now(), **body}, view.audit_head)
