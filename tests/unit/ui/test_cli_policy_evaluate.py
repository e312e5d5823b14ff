"""`synthcraft policy evaluate` on a workspace with real projects, and without any."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from synthcraft.graph import off_policy
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.past import AUTOMATIC, DAMAGED, UNFINISHED
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer
from synthcraft.ui.cli import app

TABLE = "age,sex,died\n" + "".join(
    f"{30 + n % 50},{'fm'[n % 2]},{int(n % 7 == 0)}\n" for n in range(120)
)


async def carry_out(runner: Runner, table: Path, actor: str, gates: int | None = None) -> str:
    """A project in which the second result of the person is sent back once."""
    view = await runner.start([table], Changes(target="died", include=("cart",)), prompt="died")
    answered = 0
    while view.status == "waiting" and answered != gates:
        answered += 1
        if view.waiting_for == "evaluation":
            view = await runner.skip(view.session, "evaluation", "not needed here", actor)
            continue
        revised = answered == 2 and not actor.startswith("auto:")
        answer = Answer(
            verdict="revise" if revised else "approve",
            reasons=("use_case",) if revised else (),
            actor=actor,
        )
        view = await runner.answer(view.session, view.interrupt_id or "", answer)
    return view.session


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A workspace with a finished project, an automatic one and an unfinished one."""
    folder = tmp_path_factory.mktemp("policy")
    (folder / "table.csv").write_text(TABLE)

    async def make() -> list[str]:
        async with open_runner(Settings.from_env(home=folder / "home", environ={})) as runner:
            table = folder / "table.csv"
            return [
                await carry_out(runner, table, "Dr Test"),
                await carry_out(runner, table, "auto:test"),
                await carry_out(runner, table, "Dr Test", gates=1),
            ]

    return folder / "home", asyncio.run(make())


@pytest.fixture
def home(made: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that workspace, and few runs in the model."""
    monkeypatch.setattr(off_policy, "RUNS", 1)
    return Path(shutil.copytree(made[0], tmp_path / "home"))


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["policy", "evaluate", *words, "--home", str(home)])


def as_json(home: Path, *words: str) -> Any:
    return json.loads(run(home, *words, "--json").stdout)


def test_what_was_logged_is_compared_and_what_teaches_nothing_is_told(home: Path) -> None:
    found = as_json(home, "--policy", "rules,fixed")
    assert (found["projects"], found["enough"], found["current"]) == (1, False, "veto")
    assert found["left_out"] == {UNFINISHED: 1, AUTOMATIC: 1}
    assert found["observed"] == 4 - 1  # two episodes were left out, one result was sent back
    veto, rules, fixed = found["policies"]
    assert [line["policy"] for line in (veto, rules, fixed)] == ["veto", "rules", "fixed"]
    assert veto["difference"]["value"] == 0
    assert fixed["net"]["value"] < rules["net"]["value"] + 1
    assert not fixed["ruling"]["may_replace"]
    assert found == as_json(home, "--policy", "rules", "--policy", "fixed")


def test_a_person_reads_a_table_and_that_one_project_tells_nothing(home: Path) -> None:
    result = run(home, "--policy", "fixed")
    assert result.exit_code == 0
    assert "From 1 project, 3.00 net reward each" in result.stdout
    assert f"Left out: 1 {UNFINISHED}; 1 {AUTOMATIC}." in result.stdout.replace("\n", " ")
    assert "not known" in result.stdout
    assert "1 project cannot tell policies apart: at least 10 are needed" in result.stdout


def test_with_enough_projects_the_rule_is_applied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(off_policy, "FEWEST", 1)
    text = run(home).stdout
    assert "random: It may lose" in text
    assert "nothing was tried out" in text
    assert "not known" not in text


def test_the_policy_in_use_is_the_one_of_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHCRAFT_POLICY", "fixed")
    found = as_json(home, "--policy", "rules")
    assert [line["policy"] for line in found["policies"]] == ["fixed", "rules"]


def refused(home: Path, *words: str) -> str:
    result = run(home, *words, "--json")
    assert result.exit_code == 2
    return str(json.loads(result.stdout)["error"]["message"])


def test_what_cannot_be_evaluated_is_said_in_a_sentence(
    home: Path, made: tuple[Path, list[str]], tmp_path: Path
) -> None:
    assert "no policy named 'magic'" in refused(home, "--policy", "magic")
    nowhere = tmp_path / "nowhere"
    assert "there are no projects" in refused(nowhere)
    assert not nowhere.exists()
    log = home / "audit" / f"{made[1][0]}.jsonl"
    whole = log.read_text()
    log.write_text(whole.replace("Dr Test", "Dr Nobody", 1))
    assert f"1 {DAMAGED}" in refused(home)
    log.write_text(whole[: len(whole) // 2])
    assert f"1 {DAMAGED}" in refused(home)
    log.write_bytes(b"\xff\xfe nonsense\n")
    assert f"1 {DAMAGED}" in refused(home)
    log.unlink()
    assert f"1 {DAMAGED}" in refused(home)
    log.write_text(whole)
    (home / "policy.json").write_text("{")
    assert "policy.json cannot be used" in refused(home)
    assert (home / "policy.json").read_text() == "{"
    shutil.rmtree(home / "artifacts")
    assert f"1 {DAMAGED}" in refused(home)
