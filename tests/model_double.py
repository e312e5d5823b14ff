"""A language model server for tests: speaks the chat protocol, answers as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = str | bytes | int | Callable[[dict[str, Any]], str]
"""Words of the model; raw bytes of the whole answer; a status; or words made from the request."""


@dataclass
class Double:
    """The server's address, what it answers, and every body that it got."""

    url: str = ""
    answer: Answer = "{}"
    wait: float = 0.0
    pause: float = 0.0
    """Seconds between two pieces of a stream."""
    ends: str = "well"
    """How a stream ends: well, cut, length, error, dead."""
    streamed: list[bytes] = field(default_factory=list)
    """Every stream as it was sent."""
    received: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """What stood in the header that holds the key."""

    @property
    def texts(self) -> str:
        """All that was received, as one text."""
        return "\n".join(body.decode("utf-8", "replace") for body in self.received)


class _Handler(BaseHTTPRequestHandler):
    """Answers as the double says."""

    double: Double

    def do_GET(self) -> None:
        self._send(200, json.dumps({"data": [{"id": "double"}]}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.double.received.append(body)
        self.double.keys.append(self.headers.get("authorization", ""))
        time.sleep(self.double.wait)
        answer = self.double.answer
        if isinstance(answer, int):
            self._send(answer, b'{"error": {"message": "no", "type": "server_error"}}')
        elif isinstance(answer, bytes):
            self._send(200, answer)
        else:
            asked = json.loads(body)
            text = answer(asked) if callable(answer) else answer
            if asked.get("stream"):
                self._stream(text)
                return
            self._send(200, completion(text).encode())

    def _stream(self, text: str) -> None:
        """Words one after the other, as events; half of them where it ends badly."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        if self.double.ends == "dead":  # promises more than comes
            self.send_header("content-length", "1000000")
        self.end_headers()
        words = text.split(" ")
        if self.double.ends != "well":
            words = words[: len(words) // 2]
        streamed, number = self.double.streamed, len(self.double.streamed)
        streamed.append(b"")
        for part in [*map(piece, [w + " " for w in words]), *_ENDINGS[self.double.ends]]:
            streamed[number] += part
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(part)
                self.wfile.flush()
            time.sleep(self.double.pause)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the other side had enough
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a real one does not turn away twenty who come at once


@contextmanager
def served() -> Iterator[Double]:
    """A double on the loopback interface."""
    double = Double()
    handler = type("Handler", (_Handler,), {"double": double})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


def completion(text: str, **message: Any) -> str:
    """A complete answer of the protocol."""
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "double",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text, **message},
                }
            ],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
        }
    )


def piece(text: str, finish: str | None = None) -> bytes:
    """One event of a stream."""
    delta = {"role": "assistant", "content": text} if finish is None else {}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "double",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


_DONE = b"data: [DONE]\n\n"
_ENDINGS: dict[str, list[bytes]] = {
    "well": [piece("", "stop"), _DONE],
    "length": [piece("", "length"), _DONE],
    "cut": [],
    "dead": [],
    "error": [b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'],
}
