"""Marked values through every flow beside a talkative model: none may leave, none may be logged."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from synthcraft.agents.language.ledger import Ledger
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.audit import audit_log
from synthcraft.tools.audit_verify import lost_prompts
from synthcraft.ui import conversation
from synthcraft.ui.project import Project
from synthcraft.ui.projects import Projects
from tests.canaries import CELLS, NAMES, forms, found, planted, written
from tests.integration.conftest import FAULTS, register_faults
from tests.model_double import Double, served

ALL = CELLS | NAMES
KEY = {"key": "sk-Wolkenkratzer-4711-q"}
"""What opens the language model: for its server alone, and for no other process."""
ODD = "my colleagues abroad cannot get the real {}, they will get this one"
VAGUE = "and how about all of it then, in the light of {}?"
COMMAND = """
from synthcraft.ui.cli import main
from tests.integration.conftest import register_faults
with register_faults():
    main()
"""


@dataclass
class Flown:
    """What is left after all flows."""

    home: Path
    out: Path
    double: Double
    sessions: tuple[str, ...]
    said: list[str]
    seen: list[str]
    """What others on this machine see of our processes, and what those below ours were given."""


def talkative(asked: dict[str, Any]) -> str:
    """Gives back all that it was told, and says yes to everything."""
    told = json.dumps(asked["messages"])
    if "response_format" in asked:
        return json.dumps({"means": "yes", "echo": told})
    return f"approved: {told}"


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with served() as server:
        server.answer = talkative
        yield server


@pytest.fixture(scope="module")
async def flown(double: Double, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Flown]:
    base = tmp_path_factory.mktemp("flown")
    table, out = planted(base), base / "out"
    env = {
        "SYNTHCRAFT_LLM": "local",
        "SYNTHCRAFT_LLM_BASE_URL": double.url,
        "SYNTHCRAFT_LLM_MODEL": "double",
        "SYNTHCRAFT_LLM_API_KEY": KEY["key"],
        "SYNTHCRAFT_HOME": str(base / "home"),
        "OMP_NUM_THREADS": "1",
    }
    settings = Settings.from_env(environ=env, actor="tester")
    said: list[str] = []
    seen: list[str] = []
    with register_faults():
        async with open_runner(settings) as runner:
            runner.deps.jobs.executor.modules = (FAULTS,)
            view = await _run(runner, table, said)
            await runner.export(view.session, out / "run")
            page = await _page(settings, runner, table, said)
        synthetic = next((out / "run" / "synthetic").glob("*.csv"))
        commands = (
            ["report", view.session, "--format", "html", "--out", str(out / "report.html")],
            ["evaluate", str(table), *map(str, _files(synthetic, base)), "--target", "stroke",
             "--tier", "quick", "--out", str(out / "evaluate")],
        )  # fmt: skip
        for words in commands:
            said.append(await in_a_process(words, env, seen))
    yield Flown(settings.home, out, double, (view.session, page), said, seen)


async def in_a_process(words: list[str], env: dict[str, str], seen: list[str]) -> str:
    """What a command says; it has a process to itself, as people start it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMAND, *words),
        cwd=Path(__file__).parents[2],
        env=os.environ | env,
        stdout=PIPE,
        stderr=STDOUT,
    )
    looking = asyncio.create_task(_look(process.pid, seen))
    printed, _ = await process.communicate()
    looking.cancel()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def _look(pid: int, seen: list[str]) -> None:
    """As `ps` does, until cancelled; also at what processes below were given to know."""
    while True:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            seen += [" ".join(process.cmdline())]
            for below in process.children(recursive=True):
                seen += [" ".join(below.cmdline()), repr(below.environ())]
        await asyncio.sleep(0.2)


def _files(synthetic: Path, base: Path) -> tuple[Path, Path]:
    """A file of ours, and one whose numbers are words."""
    spoilt = base / "spoilt.csv"
    pd.read_csv(synthetic).assign(bmi=CELLS["text among numbers"]).to_csv(spoilt, index=False)
    return synthetic, spoilt


async def _run(runner: Runner, table: Path, said: list[str]) -> SessionView:
    asked = Changes(target="stroke", include=("raises", "cart"), tier="quick")
    view = await runner.start(
        [table], asked, seed=1, on_event=lambda event: said.append(event.text)
    )
    hidden = [form.decode() for word in CELLS.values() for form in _speakable(word)]
    while view.status == "waiting":
        await _talk(runner, view, hidden, said)
        question = Answer(verdict="question", comment=VAGUE.format("that"), actor="Jane")
        view = await runner.answer(view.session, view.interrupt_id or "", question)
        assert view.proposal is not None
        said.append(view.proposal.reply)
        view = await runner.answer(
            view.session, view.interrupt_id or "", Answer(verdict="approve", actor="Jane")
        )
    assert view.status == "finished", view.message
    assert {c.generator: c.status for c in view.candidates} == {"raises": "failed", "cart": "ok"}
    return view


async def _talk(runner: Runner, view: SessionView, hidden: list[str], said: list[str]) -> None:
    """Say things that go to the model, and things that must not."""
    gate = view.interrupt_id
    if view.waiting_for == "intake":
        for word in hidden:
            turn = await runner.understand(view.session, ODD.format(word))
            assert "did not send" in turn.note and word not in turn.note, word
            assert "did not send" in await runner.ask(view.session, VAGUE.format(word))
        for name in ("column", "file", "folder"):
            turn = await runner.understand(view.session, ODD.format(NAMES[name]))
            assert turn.verdict() != "approve"
    turn = await runner.understand(view.session, ODD.format("thing"))
    assert turn.verdict() != "approve"
    now = await runner.view(view.session)
    assert (now.interrupt_id, now.waiting_for) == (gate, view.waiting_for)


def _speakable(word: str) -> list[bytes]:
    return [form for form in forms(word) if form.isascii() and form.decode().isprintable()][:4]


async def _page(settings: Settings, runner: Runner, table: Path, said: list[str]) -> str:
    """The chat page's own objects, up to the gate of the parameters."""
    projects = Projects(settings)
    await projects.connect(runner)
    project = projects.draft()
    project.files = [table]
    await conversation.say(projects, project, "for a class of students, please")
    projects.begin(project, seed=2, join_on=None)
    await _settled(project)
    for _ in range(2):
        await conversation.say(projects, project, ODD.format(CELLS["rare category"]))
        assert any("did not send" in message.text for message in project.messages)
        await conversation.say(projects, project, ODD.format("thing"))
        await conversation.say(projects, project, "yes")
        await _settled(project)
    said += [message.text for message in project.messages if message.role == "assistant"]
    return project.key


async def _settled(project: Project) -> None:
    assert project.task is not None
    await project.task


def test_the_model_was_told_something_and_no_canary(flown: Flown) -> None:
    assert len(flown.double.received) > 8
    assert "<card>" in flown.double.texts and "num_01" in flown.double.texts
    assert found(b"\n".join(flown.double.received), ALL) == set()


def test_ledgers_hold_what_was_sent_and_no_canary(flown: Flown) -> None:
    sent = []
    for session in flown.sessions:
        ledger = Ledger(flown.home / "ledger" / f"{session}.jsonl")
        assert ledger.log.verify() == []
        sent += [entry.body for entry in ledger.entries() if entry.what == "request"]
    assert sent == flown.double.received
    assert found(b"".join(written([flown.home / "ledger"]).values()), ALL) == set()


def test_the_log_names_every_prompt_job_and_file_that_left(flown: Flown) -> None:
    log = audit_log(flown.home, flown.sessions[0])
    entries = log.all()
    assert log.verify() == []
    kinds = {entry.body["kind"] for entry in entries}
    assert kinds == {"start", "decision", "feedback", "proposal", "approval", "export"}
    jobs = [call for entry in entries for call in entry.body.get("jobs", ())]
    assert {"ok", "failed"} == {call["status"] for call in jobs}
    folder, report = (e.body["files"] for e in entries if e.body["kind"] == "export")
    assert folder == {name: hash_file(flown.out / "run" / name) for name in folder}
    assert report == {"report.html": hash_file(flown.out / "report.html")}
    ledger = Ledger(flown.home / "ledger" / f"{flown.sessions[0]}.jsonl").log
    assert lost_prompts(entries, ledger.all()) == []
    assert len(lost_prompts(entries, ledger.all()[:1])) > 5


def test_no_cell_outside_the_store_of_tables(flown: Flown) -> None:
    """The audit log and checkpoints may name columns and files of the project, never cells."""
    files = written([flown.home], but=("/artifacts/", "/uploads/"))
    kinds = {"sessions.sqlite", "error.log", "audit", "logs", "ledger", "jobs"}
    there = {kind for kind in kinds if any(kind in name for name in files)}
    assert {"sessions.sqlite", "audit", "logs", "ledger"} <= there
    assert {name: leak for name, body in files.items() if (leak := found(body, CELLS))} == {}


def test_the_key_is_told_to_the_model_alone(flown: Flown) -> None:
    assert set(flown.double.keys) == {f"Bearer {KEY['key']}"}
    assert any("synthcraft.tools.worker" in line for line in flown.seen)
    assert any("'OMP_NUM_THREADS'" in line for line in flown.seen)
    files = written([flown.home, flown.out])
    assert {name: leak for name, body in files.items() if (leak := found(body, KEY))} == {}
    others = "\n".join([*flown.said, *flown.seen, flown.double.texts])
    assert found(others.encode(), KEY) == set()


def test_nobody_else_on_this_machine_may_look(flown: Flown) -> None:
    paths = [flown.home, *flown.home.rglob("*")]
    assert len(paths) > 100
    open_to_others = {
        str(path.relative_to(flown.home)): oct(mode)
        for path in paths
        if (mode := path.stat().st_mode & 0o777) != (0o700 if path.is_dir() else 0o600)
    }
    assert open_to_others == {}


def test_no_cell_in_reports_and_in_what_was_said(flown: Flown) -> None:
    files = written([flown.out], but=("/synthetic/",))
    assert any(name.endswith("report.html") for name in files)
    assert {name: leak for name, body in files.items() if (leak := found(body, CELLS))} == {}
    assert found("\n".join(flown.said).encode(), CELLS) == set()


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    table = planted(tmp_path)
    assert found(table.read_bytes(), CELLS) == set(CELLS)
    for name, word in ALL.items():
        for form in forms(word):
            assert name in found(b"x" + form + b"y", ALL), form
