"""A steward completes the gates of a real project on the command line, without a language model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import Answer
from synthcraft.tools.audit import audit_log
from synthcraft.ui.auth.users import User, hashed, write_users
from synthcraft.ui.cli import app

WORD = "correct horse battery"
GATES = {
    "G0": ("custodian=City Hospital", "legal_basis=consent", "classification=C2",
           "synthesis_allowed=yes"),
    "G1": ("free_text=yes", "dates=yes", "geography=yes", "unit=patient"),
    "G6": ("contact=data office", "incident_route=phone", "withdrawal_route=mail",
           "retest=2027-01-01"),
}  # fmt: skip


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished project of Ann's, who works in a team."""
    from tests.conftest import clinic

    base = tmp_path_factory.mktemp("release")
    clinic().to_csv(base / "clinic.csv", index=False)
    asked = Changes(target="stroke", include=("cart",), use_case="development")
    async with open_runner(Settings.from_env(base / "home", {}, actor="tester")) as runner:
        view = await runner.start([base / "clinic.csv"], asked, seed=1, owner="ann")
        while view.status == "waiting" and view.waiting_for != "documentation":
            answer = Answer(verdict="approve", actor="ann")
            view = await runner.answer(view.session, view.interrupt_id or "", answer)
    assert view.waiting_for == "documentation", view.message
    return base / "home", view.session


def call(home: Path, *words: object, typed: str = "") -> tuple[int, Any]:
    words = (*words, "--home", home, "--json")
    done = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    assert "Traceback" not in done.output
    return done.exit_code, json.loads(done.stdout)


def states(home: Path, session: str) -> dict[str, str]:
    _, told = call(home, "gates", session)
    return {each["gate"]: each["state"] for each in told["gates"]}


def test_from_intake_to_withdrawal(place: tuple[Path, str], tmp_path: Path) -> None:
    home, session = place
    before = states(home, session)
    assert (before["G0"], before["G2"], before["G3"]) == ("blocked", "met", "met")
    users = tmp_path / "users.toml"
    people = {
        "ann": User(role="steward", password=hashed(WORD)),
        "sten": User(role="steward", password=hashed(WORD)),
        "eve": User(role="analyst", password=hashed(WORD)),
    }
    write_users(users, people)
    issue = ["release", "issue", session, "--tier", "registered", "--until", "2027-06-30"]
    issue += ["--terms", "as in the agreement of March", "--password-stdin", "--users", users]
    issue += ["--reason", "Small test site; the users know of the wide intervals."]

    code, told = call(home, *issue, "--steward", "sten", typed=f"{WORD}\n")
    assert (code, told["error"]["code"]) == (2, "E_RELEASE"), "G0 and G1 say nothing yet"
    for gate, words in GATES.items():
        code, told = call(home, "gates", "set", session, gate, *words, "--actor", "ann")
        assert (code, told["by"]) == (0, "ann")
    assert set(states(home, session).values()) == {"met", "open"}

    for steward, word in (("ann", WORD), ("sten", "wrong"), ("eve", WORD), ("nobody", WORD)):
        code, told = call(home, *issue, "--steward", steward, typed=f"{word}\n")
        assert (code, told["error"]["code"]) == (2, "E_ROLE"), steward
    alone = [w for w in issue if w not in ("--password-stdin", "--users", users)]
    code, told = call(home, *alone, "--steward", "sten")
    assert (code, told["error"]["code"]) == (2, "E_ROLE"), "a team's project takes its file"
    assert call(home, "release", "list")[1]["releases"] == []

    code, made = call(home, *issue, "--steward", "sten", typed=f"{WORD}\n")
    assert code == 0, made
    assert (made["id"], made["earlier"]) == ("R1", 0) and made["evaluations"] > 0
    assert made["data"].startswith("hmac:")
    assert states(home, session) == dict.fromkeys(before, "met")
    code, again = call(home, *issue, "--steward", "sten", typed=f"{WORD}\n")
    assert (again["id"], again["earlier"]) == ("R2", 1)
    _, told = call(home, "gates", session)
    assert (told["evaluations"], told["released"]) == (made["evaluations"], 2)

    page = tmp_path / "report.html"
    done = CliRunner().invoke(app, ["report", session, "--out", str(page), "--home", str(home)])
    assert done.exit_code == 0, done.output
    for said in ("City Hospital", "data office", "registered, until 2027-06-30"):
        assert said in page.read_text(), said

    words = ("--what", "stroke model 2", "--contact", "ward 3", "--actor", "sten")
    assert call(home, "release", "child", "R2", *words)[0] == 0
    told = call(home, "gates", session)[1]["gates"][-1]
    assert told["known"]["made from it"] == "stroke model 2 (ward 3)"
    assert "G0 does not allow that" in told["notes"][0], "models were never allowed"
    code, gone = call(home, "release", "withdraw", "R2", "--reason", "a new attack")
    assert [each["contact"] for each in gone["children"]] == ["ward 3"]
    _, told = call(home, "release", "list")
    assert [each["state"] for each in told["releases"]] == ["in force", "withdrawn"]
    assert set(told["releases_by_source"].values()) == {2}

    kinds = [entry.body["kind"] for entry in audit_log(home, session).all()]
    said = [kind for kind in kinds if kind in ("gate", "release", "child", "withdrawal")]
    assert said == ["gate", "gate", "gate", "release", "release", "child", "withdrawal"]
    assert call(home, "audit", "verify", session)[0] == 0
    code, _ = call(home, "audit", "export", session, "--out", tmp_path)
    left = (tmp_path / f"{session}.jsonl").read_text()
    assert not [w for w in ("City Hospital", "ward 3", "agreement of March") if w in left]


def test_what_cannot_be_done_is_a_sentence(place: tuple[Path, str]) -> None:
    home, session = place
    for words in (
        ("gates", "nobody"),
        ("gates", "set", session, "G9", "a=b"),
        ("gates", "set", session, "G0", "custodian"),
        ("gates", "set", session, "G0", "llm_egress=perhaps"),
        ("release", "withdraw", "R99", "--reason", "x"),
        ("release", "withdraw", "R1", "--reason", " "),
        ("release", "child", "R99", "--what", "a model", "--contact", "x"),
        ("release", "child", "R1", "--what", "a model", "--contact", " "),
    ):
        code, told = call(home, *words)
        assert (code, set(told)) == (2, {"error"}), words
