"""Logging in and out: a token in the browser, its digest and an end in memory."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from math import ceil

from synthcraft.graph.errors import InputError
from synthcraft.graph.team import Person
from synthcraft.ui.auth.attempts import Attempts
from synthcraft.ui.auth.users import UsersFile, matches

LIFETIME_S = 12 * 3600.0
"""A working day; then, and after a restart of the server, everybody logs in again."""
LONGEST_NAME = 64
AT_ONCE = 2
"""Passwords hashed at the same time: each takes 64 MB and a core."""


class LoginError(InputError):
    """Name and password were refused; `wait_s` is above 0 when no further attempt counts now."""

    code = "E_LOGIN"

    def __init__(self, message: str, hint: str = "", wait_s: float = 0.0) -> None:
        super().__init__(message, hint)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Login:
    """Somebody's login: void as soon as the password changes."""

    name: str
    password: str
    """The hash at that time."""
    ends: float


class Logins:
    """Who is logged in."""

    def __init__(self, file: UsersFile, clock: Callable[[], float] = time.monotonic) -> None:
        """Let in who is in the file."""
        self.file = file
        self._clock = clock
        self._attempts = Attempts(clock)
        self._logins: dict[str, Login] = {}
        self._hashing = asyncio.Semaphore(AT_ONCE)

    async def log_in(self, name: str, password: str, address: str) -> str:
        """A fresh token for the browser.

        Raises:
            LoginError: wrong, or too often wrong; the words are the same for unknown names.
        """
        name = name.strip().lower()[:LONGEST_NAME]
        if wait := self._attempts.begin(name, address):
            minutes = ceil(wait / 60)
            raise LoginError(
                "Too many attempts.",
                f"Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
                wait_s=wait,
            )
        user = self.file.users.get(name)
        async with self._hashing:
            right = await asyncio.to_thread(matches, user, password)
        if user is None or not right:
            raise LoginError("Name or password is wrong.", "Try again.")
        self._attempts.succeeded(name, address)
        self._forget_old()
        token = secrets.token_urlsafe(32)
        self._logins[_digest(token)] = Login(name, user.password, self._clock() + LIFETIME_S)
        return token

    def person(self, token: str) -> Person | None:
        """Who holds this token, with the role that they have now."""
        login = self._logins.get(_digest(token))
        user = self.file.users.get(login.name) if login else None
        if login is None or user is None:
            return None
        if login.ends <= self._clock() or not compare_digest(login.password, user.password):
            return None
        return Person(name=login.name, role=user.role)

    def log_out(self, token: str) -> None:
        """Make a token worthless."""
        self._logins.pop(_digest(token), None)

    def _forget_old(self) -> None:
        now = self._clock()
        self._logins = {key: login for key, login in self._logins.items() if login.ends > now}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
