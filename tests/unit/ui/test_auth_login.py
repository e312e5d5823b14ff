"""Logging in: guessing is slowed down, and a login ends when it must."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from synthcraft.ui.auth import login
from synthcraft.ui.auth.attempts import LIMITS, WINDOW_S, Attempts
from synthcraft.ui.auth.login import LIFETIME_S, LoginError, Logins
from synthcraft.ui.auth.users import User, UsersFile, hashed, write_users

WORDS = "correct horse battery"
HERE, THERE = "10.0.0.1", "10.0.0.2"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "users.toml"
    write_users(path, {"anna": User(role="analyst", password=hashed(WORDS))})
    return path


@pytest.fixture
def logins(path: Path, clock: Clock) -> Logins:
    return Logins(UsersFile(path), clock)


async def refusal(logins: Logins, name: str, password: str, address: str = HERE) -> LoginError:
    with pytest.raises(LoginError) as caught:
        await logins.log_in(name, password, address)
    return caught.value


async def test_the_right_password_opens_and_logging_out_closes(logins: Logins) -> None:
    token = await logins.log_in(" Anna ", WORDS, HERE)
    person = logins.person(token)
    assert person is not None
    assert (person.name, person.role) == ("anna", "analyst")
    other = await logins.log_in("anna", WORDS, THERE)
    assert other != token
    logins.log_out(token)
    assert logins.person(token) is None
    assert logins.person(other) is not None


async def test_unknown_names_are_hashed_and_told_the_same(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[User | None] = []
    real = login.matches
    monkeypatch.setattr(
        login, "matches", lambda user, word: checked.append(user) or real(user, word)
    )
    wrong = await refusal(logins, "anna", "wrong")
    unknown = await refusal(logins, "nobody", "wrong")
    assert str(wrong) == str(unknown)
    assert [user is None for user in checked] == [False, True]


@pytest.mark.parametrize("name", ["anna", "nobody"])
async def test_after_five_failures_even_the_right_password_waits(
    logins: Logins, clock: Clock, name: str
) -> None:
    for _ in range(LIMITS["name at address"]):
        assert (await refusal(logins, name, "wrong")).wait_s == 0
        clock.now += 1
    assert "Too many" in str(await refusal(logins, name, WORDS))
    if name == "anna":
        assert await logins.log_in(name, WORDS, THERE)
        clock.now += WINDOW_S
        assert await logins.log_in(name, WORDS, HERE)


async def test_a_login_ends_with_the_day_the_password_and_the_entry(
    logins: Logins, clock: Clock, path: Path
) -> None:
    token = await logins.log_in("anna", WORDS, HERE)
    clock.now += LIFETIME_S - 1
    assert logins.person(token) is not None
    clock.now += 1
    assert logins.person(token) is None
    token = await logins.log_in("anna", WORDS, HERE)
    write_users(path, {"anna": User(role="analyst", password=hashed("another password"))})
    assert logins.person(token) is None
    token = await logins.log_in("anna", "another password", HERE)
    write_users(path, {"ben": User(role="steward", password=hashed(WORDS))})
    assert logins.person(token) is None


def test_many_at_once_and_many_addresses_are_no_way_round(clock: Clock) -> None:
    attempts = Attempts(clock)
    at_once = [attempts.begin("anna", HERE) for _ in range(50)]
    assert at_once.count(0.0) == LIMITS["name at address"]
    spread = [attempts.begin("ben", f"10.1.0.{n}") for n in range(50)]
    assert spread.count(0.0) == LIMITS["name"]
    names = [attempts.begin(f"user{n}", THERE) for n in range(50)]
    assert names.count(0.0) == LIMITS["address"]
    clock.now += WINDOW_S
    assert attempts.begin("anna", HERE) == 0.0


def test_right_passwords_of_others_do_not_clear_a_guesser(clock: Clock) -> None:
    attempts = Attempts(clock)
    for _ in range(LIMITS["name at address"]):
        attempts.begin("anna", HERE)
    attempts.begin("ben", HERE)
    attempts.succeeded("ben", HERE)
    assert attempts.begin("anna", HERE) > 0
