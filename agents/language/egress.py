"""The only way out: one address, every byte on the ledger before it leaves, answers of a limit."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import urlsplit

import httpx

from synthcraft.agents.language.ledger import Ledger
from synthcraft.graph.errors import GuardError, InputError

Mode = Literal["none", "local", "approved"]
MOST_ANSWERED = 200_000
"""Bytes of one answer."""


def check_address(url: str, mode: Mode, consent: bool) -> str:
    """Host and port that may be spoken to.

    Raises:
        InputError: the address does not belong to the mode, or consent is missing.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise InputError(
            "The address of the language model cannot be used.",
            "It looks like http://127.0.0.1:8080/v1; a key is given apart from it.",
        )
    if mode == "local" and not _is_local(parts.hostname):
        raise InputError(
            f"{parts.hostname} is not on this machine or in a private network.",
            "For a named service use --llm approved, if the licence of the data allows it.",
        )
    if (
        mode == "approved"
        and (not consent or parts.scheme != "https")
        and not _is_local(parts.hostname)
    ):
        raise InputError(
            "A language model outside needs https and the consent of whoever answers for the data.",
            "Set SYNTHCRAFT_LLM_CONSENT=yes once the licence of the data allows it.",
        )
    return parts.netloc.casefold()


def _is_local(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_link_local)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends to one address; what leaves and what comes back is on the ledger."""

    def __init__(
        self,
        address: str,
        ledger: Ledger,
        prompts: dict[str, str],
        inner: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address
        self.ledger = ledger
        self.prompts = prompts
        self.inner = inner or httpx.AsyncHTTPTransport(retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one request on, if it goes where requests may go."""
        if request.url.netloc.decode().casefold() != self.address:
            raise GuardError("A request to another address than the language model's was stopped.")
        body = await request.aread()
        self.ledger.enter("request", body, str(request.url.copy_with(query=None)), self.prompts)
        response = await self.inner.handle_async_request(request)
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise GuardError("The language model's answer came in a form that cannot be recorded.")
        response.stream = _Recorded(response.stream, self.ledger, self.address)
        return response

    async def aclose(self) -> None:
        """Close connections."""
        await self.inner.aclose()


class _Recorded(httpx.AsyncByteStream):
    """An answer as it comes in; on the ledger when it has ended, however it ends."""

    def __init__(self, inner: httpx.AsyncByteStream, ledger: Ledger, address: str) -> None:
        self.inner = inner
        self.ledger = ledger
        self.address = address
        self.answer = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.inner:
            self.answer += part
            if len(self.answer) > MOST_ANSWERED:
                raise GuardError("The language model answered far more than was asked for.")
            yield part

    async def aclose(self) -> None:
        self.ledger.enter("answer", self.answer[:MOST_ANSWERED], self.address)
        await self.inner.aclose()
