"""Python loads this at its start: writes down every address that is not this computer's own.

An audit hook sees what no patch of `socket` sees, in every process that inherits the path.
"""

from __future__ import annotations

import os
import sys

_OURS = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None)
_ASKS = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _ASKS:
        return
    asked = arguments[0] if event.startswith("socket.get") else arguments[1]
    host = asked[0] if isinstance(asked, tuple) else asked
    if isinstance(host, bytes):
        host = host.decode()
    local_socket = not isinstance(asked, tuple) and not event.startswith("socket.get")
    if host not in _OURS and not local_socket:
        with open(os.environ["REACHED"], "a", encoding="utf-8") as kept:
            kept.write(f"{event} {host}\n")


if "REACHED" in os.environ:
    sys.addaudithook(_watch)
