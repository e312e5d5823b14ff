"""The parent's end of a warm worker: start it, talk to it, notice when it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthcraft.tools import limits_os
from synthcraft.tools.worker_child import JobOrder

_SECRET = re.compile("KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
"""Variables that no library in a worker has any business with."""


@dataclass
class Ending:
    """How a job's process ended."""

    status: str
    """exited, died, cancelled, memory, timeout, or lost when the worker itself is gone."""
    peak_mb: float = 0.0
    base_mb: float = 0.0
    """Of this, what imported libraries took before the job began."""
    code: str = ""
    message: str = ""
    cached: bool = False
    done: bool = False


@dataclass
class _Ticket:
    ended: asyncio.Future[Ending]
    progress: Callable[[float, str], None]
    ending: Ending = field(default_factory=lambda: Ending("exited"))


class WorkerClient:
    """One worker process. Belongs to the event loop that started it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.loop = asyncio.get_running_loop()
        self.process = process
        self._tickets: dict[str, _Ticket] = {}
        self._pending = b""
        self._lost = False
        # A plain pipe and no transport: it may be dropped after its loop was closed.
        self._output = process.stdout.fileno()
        self.loop.add_reader(self._output, self._readable)

    @classmethod
    def start(cls, home: Path, modules: tuple[str, ...]) -> WorkerClient:
        """Start a worker; it imports nothing heavy before the first job."""
        arguments = ["-m", "synthcraft.tools.worker", "--home", str(home)]
        for module in modules:
            # "folder:module" names a module outside the installed packages.
            folder, _, name = module.rpartition(":")
            arguments += ["--path", folder] if folder else []
            arguments += ["--import", name]
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={n: v for n, v in os.environ.items() if not _SECRET.search(n)}
            | limits_os.ONE_THREAD,
            # Ctrl-C in the terminal reaches the parent only, which then decides.
            start_new_session=True,
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        """Whether it can take another job from this event loop."""
        running = self.process.poll() is None and not self._lost
        return running and self.loop is asyncio.get_running_loop()

    async def run(self, order: JobOrder, progress: Callable[[float, str], None]) -> Ending:
        """Hand over a job and wait until nothing of it is left."""
        ticket = _Ticket(self.loop.create_future(), progress)
        self._tickets[order.id] = ticket
        self._send({"job": order.model_dump(mode="json")})
        try:
            return await asyncio.shield(ticket.ended)
        except asyncio.CancelledError:
            self._send({"cancel": order.id})
            await self._gone(ticket)
            raise
        finally:
            self._tickets.pop(order.id, None)

    def kill(self) -> None:
        """End the worker and everything under it; a second call finds nothing to do."""
        assert self.process.stdout is not None
        if self.process.stdout.closed:
            return  # the number of its pipe may belong to somebody else by now
        if not self.loop.is_closed():
            self.loop.remove_reader(self._output)
        # At the end of its input it kills its children; if it cannot, the kernel does.
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._lose()

    async def _gone(self, ticket: _Ticket) -> None:
        try:
            await asyncio.wait_for(asyncio.shield(ticket.ended), 10)
        except TimeoutError:
            self.kill()

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin:
                self.process.stdin.write(json.dumps(message).encode() + b"\n")

    def _readable(self) -> None:
        data = os.read(self._output, 1 << 16)
        if not data:
            self.loop.remove_reader(self._output)
            self._lose()
            return
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in filter(None, lines):
            event = json.loads(line)
            if ticket := self._tickets.get(event.get("id", "")):
                self._handle(event, ticket)

    def _lose(self) -> None:
        """Nothing more will come: whoever still waits is told so."""
        self._lost = True
        if self.loop.is_closed():
            return
        for ticket in self._tickets.values():
            if not ticket.ended.done():
                ticket.ended.set_result(Ending("lost"))

    def _handle(self, event: dict[str, Any], ticket: _Ticket) -> None:
        match event["event"]:
            case "progress":
                ticket.progress(event["fraction"], event["message"])
            case "done":
                ticket.ending.done, ticket.ending.cached = True, event["cached"]
            case "failed":
                ticket.ending.code, ticket.ending.message = event["code"], event["message"]
            case "ended" if not ticket.ended.done():
                ticket.ending.status = event["status"]
                ticket.ending.peak_mb = event["peak_mb"]
                ticket.ending.base_mb = event.get("base_mb", 0.0)
                ticket.ended.set_result(ticket.ending)
