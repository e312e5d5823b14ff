"""The file of users: written by the command, read with sentences, never readable by others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthcraft.graph.errors import InputError
from synthcraft.ui.auth.users import UsersFile, hashed, matches, read_users
from synthcraft.ui.cli import app

WORDS = "correct horse battery"
HASH = hashed(WORDS)


def entry(name: str = "anna", role: str = "analyst", password: str = HASH) -> str:
    return f'[users.{name}]\nrole = "{role}"\npassword = "{password}"\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write_file(text: str) -> Path:
        path = tmp_path / "users.toml"
        path.touch(0o600)
        path.write_text(text)
        return path

    return write_file


def command(*words: str, typed: str = f"{WORDS}\n") -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["users", *words, "--json"], input=typed)
    return done.exit_code, json.loads(done.stdout)


def test_the_command_makes_a_private_file_without_the_password(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    file = ("--file", str(path), "--password-stdin")
    assert command("add", "anna", "--role", "analyst", *file)[0] == 0
    assert command("add", "ben", "--role", "steward", *file)[0] == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert WORDS not in path.read_text()
    users = read_users(path)
    assert {name: user.role for name, user in users.items()} == {
        "anna": "analyst",
        "ben": "steward",
    }
    assert users["anna"].password != users["ben"].password
    assert matches(users["anna"], WORDS)
    assert not matches(users["anna"], WORDS.upper())
    assert not matches(None, WORDS)


def test_an_entry_is_replaced_only_when_asked_and_the_last_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    file = ("--file", str(path))
    add = ("add", "anna", "--role", "analyst", *file, "--password-stdin")
    assert command(*add)[0] == 0
    code, told = command(*add)
    assert (code, told["error"]["code"]) == (2, "E_INPUT")
    assert command(*add, "--replace", typed="another long password\n")[0] == 0
    assert matches(read_users(path)["anna"], "another long password")
    assert command("remove", "nobody", *file)[1]["error"]["code"] == "E_NOT_FOUND"
    assert "only one" in command("remove", "anna", *file)[1]["error"]["message"]
    assert list(read_users(path)) == ["anna"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Anna", WORDS), ("auto:x", WORDS), ("a" * 33, WORDS), ('x"]', WORDS), ("anna", "short")],
)
def test_a_name_or_password_that_cannot_be_used_writes_nothing(
    tmp_path: Path, name: str, typed: str
) -> None:
    path = tmp_path / "users.toml"
    words = ("add", name, "--role", "analyst", "--file", str(path), "--password-stdin")
    assert command(*words, typed=f"{typed}\n")[0] == 2
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Nobody is in"),
        ("[users]", "Nobody is in"),
        ("users = 3", "outside"),
        ("not toml at all", "not valid TOML"),
        (entry() + entry(), "names somebody twice"),
        (entry(role="admin"), "unknown role"),
        (entry(name="Anna"), "cannot be used"),
        (entry(password="secret"), "no password that was hashed"),
        (entry(password=HASH[:60]), "no password that was hashed"),
        (entry(password="$2b$12$" + "a" * 53), "no password that was hashed"),
        (entry() + 'mail = "x"', "nothing else"),
        ("[users]\nanna = 1", "nothing else"),
        ("top = 1\n" + entry(), "outside"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    write: Callable[[str], Path], text: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_users(write(text))
    assert HASH not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_reach_is_refused(write: Callable[[str], Path], mode: int) -> None:
    path = write(entry())
    path.chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        read_users(path)
    with pytest.raises(InputError, match="chmod 600"):
        UsersFile(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="synthcraft users add"):
        read_users(tmp_path / "users.toml")


def test_a_change_of_the_file_counts_at_once_and_a_spoilt_one_does_not(
    write: Callable[[str], Path],
) -> None:
    path = write(entry() + entry("ben", "steward"))
    file = UsersFile(path)
    path.write_text(entry(role="steward"))
    found = file.person("anna")
    assert found is not None
    assert found.role == "steward"
    assert file.person("ben") is None
    path.write_text("spoilt")
    assert file.person("anna") == found
