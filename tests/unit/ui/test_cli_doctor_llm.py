"""`doctor --llm` on endpoints that are good, odd, closed or slow; modes and consent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthcraft.agents.language import probe
from synthcraft.graph.deps import Settings, endpoint_of, language_of
from synthcraft.graph.errors import InputError
from synthcraft.ui.cli import app
from synthcraft.ui.commands import keepers
from tests.model_double import Double, served


@pytest.fixture
def double() -> Iterator[Double]:
    with served() as server:
        yield server


def _understands(asked: dict[str, Any]) -> str:
    said = asked["messages"][-1]["content"]
    for means in ("leave out num_01", "it is for sharing"):
        if f"- {means}" in said:
            return json.dumps({"means": means})
    return json.dumps({"means": "do not use ctgan"})


def _doctor(
    home: Path, url: str, *, llm: bool = True, **more: str
) -> tuple[int, dict[str, dict[str, str]]]:
    named = {"SYNTHCRAFT_LLM_BASE_URL": url, "SYNTHCRAFT_LLM_MODEL": "double"}
    command = ["doctor", *(["--llm"] if llm else []), "--json", "--home", str(home)]
    done = CliRunner().invoke(app, command, env=named | more)
    found = json.loads(done.stdout)["checks"]
    checks = {check["name"]: check for check in found}
    assert len(checks) == len(found)
    return done.exit_code, checks


def test_without_being_told_to_it_asks_no_model(double: Double, tmp_path: Path) -> None:
    _, checks = _doctor(tmp_path, double.url, llm=False)
    assert "double at 127.0.0.1" in checks["language model"]["detail"]
    assert double.received == []
    env = {"SYNTHCRAFT_LLM": "none"}
    _, checks = _doctor(tmp_path, double.url, llm=False, **env)
    assert checks["language model"]["detail"].startswith("none")


def test_a_good_endpoint(double: Double, tmp_path: Path) -> None:
    double.answer = _understands
    code, checks = _doctor(tmp_path, double.url)
    assert code == 0
    for name in ("language model", "typed answers", "understanding", "speed"):
        assert checks[name]["status"] == "ok", checks[name]
    assert "3 of 3" in checks["understanding"]["detail"]


def test_an_endpoint_without_schemas(double: Double, tmp_path: Path) -> None:
    double.answer = "I am ready to help you with that."
    code, checks = _doctor(tmp_path, double.url)
    assert code == 0 and checks["typed answers"]["status"] == "note"
    assert "0 of 3" in checks["typed answers"]["detail"]


@pytest.mark.parametrize(("status", "advice"), [(401, "key"), (404, "key"), (500, "later")])
def test_a_wrong_key_or_model(status: int, advice: str, double: Double, tmp_path: Path) -> None:
    double.answer = status
    code, checks = _doctor(tmp_path, double.url, SYNTHCRAFT_LLM_API_KEY="sk-very-private")
    found = checks["language model"]
    assert code == 2 and found["status"] == "fail" and advice in found["hint"]
    assert "sk-very-private" not in json.dumps(checks)


def test_nobody_there(tmp_path: Path) -> None:
    code, checks = _doctor(tmp_path, "http://127.0.0.1:9/v1")
    assert code == 2 and "gave no answer" in checks["language model"]["detail"]


def test_a_slow_endpoint(double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SLOW_S", 0.0)
    double.answer = _understands
    code, checks = _doctor(tmp_path, double.url)
    assert code == 0 and checks["speed"]["status"] == "note"
    assert "quicker" in checks["speed"]["hint"]


@pytest.mark.parametrize(
    ("mode", "url", "consent", "words"),
    [
        ("approved", "https://api.example.org/v1", "", "consent"),
        ("approved", "http://api.example.org/v1", "yes", "https"),
        ("local", "https://api.example.org/v1", "yes", "private network"),
        ("local", "http://8.8.8.8/v1", "yes", "private network"),
        ("local", "", "", "none is named"),
    ],
)
def test_what_a_mode_does_not_allow_is_refused_before_anything_begins(
    mode: str, url: str, consent: str, words: str, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n")
    env = {"SYNTHCRAFT_LLM_BASE_URL": url, "SYNTHCRAFT_LLM_MODEL": "m"}
    env |= {"SYNTHCRAFT_LLM_CONSENT": consent}
    home = tmp_path / "home"
    done = CliRunner().invoke(app, ["run", str(table), "--llm", mode, "--home", str(home)], env=env)
    assert done.exit_code == 2 and words in done.stderr.replace("\n", " ")
    assert not list((home / "audit").glob("*")) if home.exists() else True


def test_no_mode_becomes_another(tmp_path: Path) -> None:
    env = {"SYNTHCRAFT_LLM_BASE_URL": "https://api.example.org/v1", "SYNTHCRAFT_LLM_MODEL": "m"}
    env |= {"SYNTHCRAFT_LLM_CONSENT": "yes"}
    # an address alone is asked in the mode of this machine, which it does not fit
    with pytest.raises(InputError, match="private network"):
        language_of(Settings.from_env(home=tmp_path, environ=env))
    off = Settings.from_env(home=tmp_path, environ=env, llm="none")
    assert endpoint_of(off).mode == "none" and not language_of(off).sends
    named = Settings.from_env(home=tmp_path, environ=env, llm="approved")
    assert endpoint_of(named).mode == "approved" and language_of(named).sends
    assert "m" in language_of(named).name
    assert not language_of(Settings.from_env(home=tmp_path, environ={})).sends


@pytest.mark.parametrize("mode", ["local", "none"])
def test_the_terminal_says_who_may_be_asked_and_what_was_held_back(
    mode: str,
    double: Double,
    tmp_path: Path,
    clinic_csv: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keepers, "somebody_is_there", lambda: True)
    env = {"SYNTHCRAFT_LLM_BASE_URL": double.url, "SYNTHCRAFT_LLM_MODEL": "double"}
    words = ["run", str(clinic_csv), "--llm", mode, "--home", str(tmp_path / "home")]
    said = "hmm, that is about Mrs Smith I reckon\nlater\n"
    done = CliRunner().invoke(app, [*words, "--target", "stroke"], input=said, env=env)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.exit_code == 3 and "<user>" not in double.texts
    assert ("may be sent to a language model (model double)" in told) is (mode == "local")
    assert ("I did not send this to the language model" in told) is (mode == "local")
    assert "is told this of the table, word for word" in told or mode == "none"
    assert "Smith" not in told
