"""The gate in front of everything: every address is closed to who has not logged in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse

from synthcraft.graph.team import Person
from synthcraft.ui.auth.files import PageFiles
from synthcraft.ui.auth.login import Logins

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = ("/health", "/login")
API = "/gradio_api"
_FILES = (f"{API}/file=", f"{API}/file/")
_STATIC = ("/assets/", "/static/", "/svelte/")
_MOST_TABS = 10_000


class Gate:
    """Lets only people through, and each only to what is theirs."""

    def __init__(self, app: ASGIApp, logins: Logins, files: PageFiles, cookie: str) -> None:
        self.app = app
        self.logins = logins
        self.files = files
        self.cookie = cookie
        self._tabs: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # the page has none
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        person = self.logins.person(request.cookies.get(self.cookie, ""))
        scope["state"] = {**scope.get("state", {}), "person": person}
        path = scope["path"]
        if path in OPEN:
            await self.app(scope, receive, send)
        elif person is None:
            await _refusal(request)(scope, receive, send)
        elif not self._may_reach(path, scope.get("query_string", b"").decode("latin-1"), person):
            refusal = JSONResponse({"detail": "This belongs to somebody else."}, status_code=403)
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, self._watched(path, person, send))

    def _may_reach(self, path: str, query: str, person: Person) -> bool:
        for prefix in _FILES:
            if path.startswith(prefix):
                return self.files.may_fetch(path.removeprefix(prefix), person)
        if path.startswith(f"{API}/proxy="):
            return False
        tabs = parse_qs(query).get("session_hash", [])
        if path.startswith(f"{API}/heartbeat/"):
            tabs.append(path.removeprefix(f"{API}/heartbeat/"))
        return all(self._own_tab(tab, person) for tab in tabs)

    def _own_tab(self, tab: str, person: Person) -> bool:
        """What a tab is told is for who opened it."""
        while len(self._tabs) > _MOST_TABS:
            self._tabs.pop(next(iter(self._tabs)))
        return self._tabs.setdefault(tab, person.name) == person.name

    def _watched(self, path: str, person: Person, send: Send) -> Send:
        """Nothing stays in the browser's cache; who sends a file is noted."""
        uploading = path.rstrip("/") == f"{API}/upload"
        answer = bytearray()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and not path.startswith(_STATIC):
                MutableHeaders(scope=message)["cache-control"] = "no-store"
            if uploading and message["type"] == "http.response.body":
                answer.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self.files.received(_paths(bytes(answer)), person)
            await send(message)

        return watched


def _refusal(request: Request) -> JSONResponse | RedirectResponse:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/login", status_code=303)
    return JSONResponse({"detail": "Log in first."}, status_code=401)


def _paths(answer: bytes) -> list[str]:
    """The paths that an upload was answered with; none where it was refused."""
    try:
        found = json.loads(answer)
    except ValueError:
        return []
    return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []
