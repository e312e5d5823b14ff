"""How the page may be reached: from where, under which name, and by whom."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError
from synthcraft.ui.auth.users import UsersFile

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from synthcraft.ui.projects import Projects

_LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
_EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Access:
    """Without users: one person, on this computer."""

    host: str = "127.0.0.1"
    users: UsersFile | None = None
    public_name: str = ""
    """Name under which a proxy serves the page over https; empty: there is no proxy."""

    def __post_init__(self) -> None:
        """Refuse what would let everybody in.

        Raises:
            InputError: others could reach the page without a login, or the name is none.
        """
        if self.users is None and (self.public_name or not is_loopback(self.host)):
            raise InputError(
                "Without logins the page is for this computer alone: "
                "it is not offered to other computers.",
                "Say who may log in with --auth users.toml, or leave out --host and "
                "--behind-https.",
            )
        if self.public_name and not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*)", self.public_name):
            raise InputError(
                f"{self.public_name[:60]!r} is not the name of a computer.",
                "Give it without https:// and without a path: --behind-https data.example.org",
            )

    @property
    def unencrypted(self) -> bool:
        """Whether passwords would cross the network in the clear."""
        return not is_loopback(self.host) and not self.public_name

    @property
    def hosts(self) -> list[str]:
        """Names by which the page may be asked for; another name may be a trap of another site.

        On every address any name is taken: the login is bound to the name in the browser.
        """
        own = [self.public_name] if self.public_name else []
        return ["*"] if self.host in _EVERYWHERE else [*_LOOPBACK, self.host, *own]


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guard(app: FastAPI, access: Access, projects: Projects) -> None:
    """Put the checks of origin and host, and with users the gate and the login, before the app."""
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from synthcraft.ui.auth.origin import SameOrigin

    if access.users is not None:
        from synthcraft.ui.auth.files import PageFiles
        from synthcraft.ui.auth.gate import Gate
        from synthcraft.ui.auth.login import Logins
        from synthcraft.ui.auth.page import add_login

        https = bool(access.public_name)
        cookie = "__Host-synthcraft" if https else "synthcraft"
        logins = Logins(access.users)
        projects.team = access.users.person
        projects.files = PageFiles(projects)
        add_login(app, logins, cookie, https=https)
        app.add_middleware(Gate, logins=logins, files=projects.files, cookie=cookie)
    app.add_middleware(SameOrigin)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=access.hosts)


def name_of(request: Request) -> str | None:
    """Name of who sent a request through the gate."""
    person = request.state.person
    return person.name if person is not None else None
