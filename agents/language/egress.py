"""The only way out: one address, every byte on the ledger before it leaves, answers of a limit."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import httpx

from synthcraft.agents.language.ledger import Ledger
from synthcraft.graph.errors import GuardError, InputError

Mode = Literal["none", "local", "approved"]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
MOST_ANSWERED = 200_000
"""Bytes of one answer."""


def check_address(url: str, mode: Mode, consent: bool) -> str:
    """Host and port that may be spoken to.

    Raises:
        InputError: the address does not belong to the mode, or consent is missing.
    """
    parts = _parts(url)
    if parts is None or not parts.hostname:
        raise InputError(
            "The address of the language model cannot be used.",
            "It looks like http://127.0.0.1:8080/v1; a key is given apart from it.",
        )
    if mode == "local" and not _is_local(parts.hostname):
        raise InputError(
            f"{parts.hostname} is not on this machine or in a private network.",
            "For a named service use --llm approved, if the licence of the data allows it.",
        )
    if mode == "approved" and _is_inside(parts.hostname):
        raise InputError(
            f"{parts.hostname} is no service outside: it is on this machine or in its network.",
            "For a model of your own use --llm local.",
        )
    if mode == "approved" and (not consent or parts.scheme != "https"):
        raise InputError(
            "A language model outside needs https and the consent of whoever answers for the data.",
            "Set SYNTHCRAFT_LLM_CONSENT=yes once the licence of the data allows it.",
        )
    return parts.netloc.casefold()


def _parts(url: str) -> SplitResult | None:
    """The parts of a plain web address; None where there is more in it, or less."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    more = parts.username is not None or "?" in url or "#" in url or "\\" in url
    plain = url.isprintable() and " " not in url
    return parts if parts.scheme in ("http", "https") and plain and not more else None


def _is_local(host: str) -> bool:
    """Whether it is this machine or one of a private network; a name says nothing of that."""
    if host.casefold() == "localhost":
        return True
    address = _address(host)
    return address is not None and (
        address.is_loopback or (address.is_private and not address.is_link_local)
    )


def _is_inside(host: str) -> bool:
    """Whether it is an address that nobody outside can have; a name is looked at when it is met."""
    address = _address(host)
    return host.casefold() == "localhost" or (address is not None and not address.is_global)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is given by, if it is not given by a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends to one address; what leaves and what comes back is on the ledger.

    Args:
        address: host and port, from `check_address`.
        ledger: of the project.
        prompts: name of a fixed prompt -> its checksum.
        mode: which machines the host may turn out to be.
        inner: what sends.
    """

    def __init__(
        self,
        address: str,
        ledger: Ledger,
        prompts: dict[str, str],
        mode: Mode = "local",
        inner: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address
        self.mode = mode
        self.ledger = ledger
        self.prompts = prompts
        self.inner = inner or httpx.AsyncHTTPTransport(retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one request on, if it goes where requests may go."""
        if request.url.netloc.decode().casefold() != self.address:
            raise GuardError("A request to another address than the language model's was stopped.")
        request.extensions["trace"] = self._met
        body = await request.aread()
        self.ledger.enter("request", body, str(request.url.copy_with(query=None)), self.prompts)
        response = await self.inner.handle_async_request(request)
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise GuardError("The language model's answer came in a form that cannot be recorded.")
        response.stream = _Recorded(response.stream, self.ledger, self.address)
        return response

    async def _met(self, event: str, about: dict[str, Any]) -> None:
        """Look who answers at the address before a byte is sent: a name may lead anywhere."""
        if event != "connection.connect_tcp.complete":
            return
        peer = str(about["return_value"].get_extra_info("server_addr")[0]).partition("%")[0]
        if not (_is_local(peer) if self.mode == "local" else not _is_inside(peer)):
            raise GuardError(
                "The name of the language model leads to a machine of another network."
            )

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
