"""Other sites cannot act through this page: requests that change something come from itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOKING = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class SameOrigin:
    """Refuses what another site sends, and keeps the page out of foreign frames."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if is_foreign(scope["method"], Headers(scope=scope)):
            refusal = PlainTextResponse("This request came from another site.", status_code=403)
            await refusal(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)


def is_foreign(method: str, headers: Headers) -> bool:
    """Whether a browser says that another site caused the request; a script says nothing."""
    origin, host = headers.get("origin"), headers.get("host", "")
    site = headers.get("sec-fetch-site", "same-origin")
    if method in _LOOKING:
        return site == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
    if origin is not None:
        return urlsplit(origin).netloc.lower() != host.lower()
    return site not in ("same-origin", "none")
