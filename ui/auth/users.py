"""`users.toml`: who may log in to the page of a team, with a hashed password and a role."""

from __future__ import annotations

import logging
import re
import secrets
import stat
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.errors import InputError
from synthcraft.graph.team import Person, Role
from synthcraft.tools.artifacts import replace_file

if TYPE_CHECKING:
    from argon2 import PasswordHasher

NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")
SHORTEST, LONGEST = 12, 256
"""Characters of a password."""
_FIELDS = {"role", "password"}
_LEAST_HASH, _LEAST_SALT = 16, 8
"""Bytes; shorter ones are cut or made by hand."""
log = logging.getLogger(__name__)


class User(Frozen):
    """One entry of the file."""

    role: Role
    password: str
    """Argon2id in the usual text form, with its salt and costs."""


class UsersFile:
    """The file as it is now: somebody who is taken out of it is out at their next click."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            InputError: it cannot be used.
        """
        self.path = path
        self._stamp = _stamp(path)
        self._users = read_users(path)

    @property
    def users(self) -> dict[str, User]:
        """Everybody by name; the last readable version while the file is spoilt."""
        stamp = _stamp(self.path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._users = read_users(self.path)
            except InputError as error:
                log.error("%s The version from before stays in force.", error)
        return self._users

    def person(self, name: str) -> Person | None:
        """Who has this name, or nobody."""
        user = self.users.get(name)
        return Person(name=name, role=user.role) if user else None


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        seen = path.stat()
    except OSError:
        return ()
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino, seen.st_mode)


def read_users(path: Path) -> dict[str, User]:
    """Everybody in the file.

    Raises:
        InputError: others may read it, or an entry cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}.",
            f"Make it: synthcraft users add NAME --role steward --file {path}",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The file {path} cannot be read.", "Is it a text file of yours?") from (
            error
        )
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(
            f"The file {path} can be read or changed by others on this computer.",
            f"Keep it to yourself: chmod 600 {path}",
        )
    entries = _entries(text, path)
    if not entries:
        raise InputError(
            f"Nobody is in the file {path}.",
            f"Add somebody: synthcraft users add NAME --role steward --file {path}",
        )
    return {name: _user(name, entry, path) for name, entry in entries.items()}


def write_users(path: Path, users: dict[str, User]) -> None:
    """Replace the file in one step, readable by this account alone."""
    lines = ["# Written by `synthcraft users`: names, roles and hashed passwords.\n"]
    for name, user in sorted(users.items()):
        lines.append(f'[users."{name}"]\nrole = "{user.role}"\npassword = "{user.password}"\n')
    replace_file(path, ["\n".join(lines).encode()])


def check_name(name: str) -> str:
    """The name, if it can be used.

    Raises:
        InputError: it cannot.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"The name {name[:40]!r} cannot be used.",
            "Take up to 32 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter.",
        )
    return name


def hashed(password: str) -> str:
    """The form in which a password is kept.

    Raises:
        InputError: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"A password has {SHORTEST} to {LONGEST} characters.", "Several words are easy to keep."
        )
    return _hasher().hash(password)


def matches(user: User | None, password: str) -> bool:
    """Whether it is this user's password; nobody's takes as long as somebody's."""
    from argon2.exceptions import InvalidHashError, VerificationError

    nobody = _nobody()  # made at the first call, whoever that is for
    try:
        _hasher().verify(user.password if user else nobody, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return user is not None


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def _entries(text: str, path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The words of the parser name the line, and an entry that is there twice.
        raise InputError(
            f"The file {path} is not valid TOML, or names somebody twice: {error}.",
            "Mend that line.",
        ) from error
    entries: dict[str, Any] = content.pop("users", {})
    if content or not isinstance(entries, dict):
        raise InputError(
            f"The file {path} has entries outside [users].",
            'An entry looks like [users.anna] with role = "analyst" and password = "…".',
        )
    return entries


def _user(name: str, entry: Any, path: Path) -> User:
    where = f"The entry {name[:40]!r} in {path}"
    check_name(name)
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        raise InputError(f"{where} needs a role and a password, and nothing else.", "Mend it.")
    if entry["role"] not in get_args(Role):
        raise InputError(
            f"{where} has an unknown role.", f"Roles are: {', '.join(get_args(Role))}."
        )
    if not _is_hash(entry["password"]):
        raise InputError(
            f"{where} has no password that was hashed by SynthCraft (Argon2id).",
            f"Make it: synthcraft users add {name} --replace --role {entry['role']} --file {path}",
        )
    return User(role=entry["role"], password=entry["password"])


def _is_hash(text: object) -> bool:
    from argon2 import extract_parameters
    from argon2.exceptions import InvalidHashError
    from argon2.low_level import Type

    try:
        found = extract_parameters(text) if isinstance(text, str) else None
    except (InvalidHashError, ValueError):
        return False
    return (
        found is not None
        and found.type is Type.ID
        and found.hash_len >= _LEAST_HASH
        and found.salt_len >= _LEAST_SALT
    )
