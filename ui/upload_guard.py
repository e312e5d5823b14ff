"""Uploads that are too large are refused before the first byte of them is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

AROUND = 2**20
"""Bytes of an upload that are not its file."""


class UploadGuard:
    """Goes by the length that a request declares; one that declares none is not read."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 411 or 413."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            from starlette.responses import PlainTextResponse

            status, words = refusal
            answer = PlainTextResponse(words, status, headers={"connection": "close"})
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        if scope["method"] != "POST" or not scope["path"].rstrip("/").endswith("/upload"):
            return None
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if len(lengths) != 1 or not lengths[0].isdigit():
            return 411, "The upload does not say how large it is."
        if int(lengths[0]) > self.max_bytes + AROUND:
            return 413, f"At most {self.max_bytes / 2**20:,.0f} MB are taken."
        return None
