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
    received: list[bytes] = field(default_factory=list)

    @property
    def texts(self) -> str:
        """All that was received, as one text."""
        return "\n".join(body.decode("utf-8", "replace") for body in self.received)


@contextmanager
def served() -> Iterator[Double]:
    """A double on the loopback interface."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, json.dumps({"data": [{"id": "double"}]}).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            double.received.append(body)
            time.sleep(double.wait)
            answer = double.answer
            if isinstance(answer, int):
                self._send(answer, b'{"error": {"message": "no", "type": "server_error"}}')
            elif isinstance(answer, bytes):
                self._send(200, answer)
            else:
                asked = json.loads(body)
                text = answer(asked) if callable(answer) else answer
                self._send(200, completion(text).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the other side had enough
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
