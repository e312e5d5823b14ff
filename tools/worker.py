"""The warm worker: imports heavy libraries once, forks one process a job, watches them all.

`python -m synthcraft.tools.worker --home DIR [--import MODULE]` reads one JSON line an order on
standard input (`{"job": ...}` or `{"cancel": id}`) and writes one JSON line an event. The main
thread imports and forks; a second thread listens, reaps, and keeps time and memory, so that a
long import never delays a cancel or a limit.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import select
import shutil
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthcraft.graph.errors import JobError
from synthcraft.tools import limits_os
from synthcraft.tools.artifacts import private_folder
from synthcraft.tools.error_log import places
from synthcraft.tools.generators.engines import remember
from synthcraft.tools.worker_child import JobOrder, explain, order_of, run_child, send

_POLL = 0.1


@dataclass
class Running:
    """A job's process."""

    order: JobOrder
    pid: int
    deadline: float
    base_mb: float = 0.0
    """What it began with: the libraries that were imported before the fork."""
    peak_mb: float = 0.0
    verdict: str = ""
    """Why we killed it: cancelled, memory or timeout."""


class Supervisor(threading.Thread):
    """Listens to the parent and keeps the limits."""

    def __init__(self, protocol: int, orders: queue.Queue[JobOrder | None]) -> None:
        super().__init__(daemon=True)
        self.protocol = protocol
        self.orders = orders
        self.lock = threading.Lock()
        self.running: dict[str, Running] = {}
        self.waiting: set[str] = set()
        self._pending = b""

    def run(self) -> None:
        """Until the parent is gone."""
        try:
            while self._listen():
                self._reap()
                self._watch()
        finally:
            # Whatever ends this thread, nothing may outlive it.
            with self.lock:
                for job in self.running.values():
                    limits_os.kill_group(job.pid)
                    shutil.rmtree(job.order.workdir, ignore_errors=True)
            os._exit(0)

    def claim(self, order: JobOrder) -> bool:
        """Whether a waiting job is still wanted."""
        return order.id in self.waiting

    def started(self, order: JobOrder, pid: int) -> None:
        """A job has its process now; the caller holds the lock."""
        self.waiting.discard(order.id)
        deadline = time.monotonic() + order.spec.timeout_s
        self.running[order.id] = Running(order, pid, deadline, limits_os.tree_mb(pid))

    def ended(self, order: JobOrder, status: str, **more: Any) -> None:
        """Tell the parent that nothing of this job is left."""
        shutil.rmtree(order.workdir, ignore_errors=True)
        send(self.protocol, event="ended", id=order.id, status=status, **more)

    def _listen(self) -> bool:
        ready, _, _ = select.select([0], [], [], _POLL)
        if not ready:
            return True
        data = os.read(0, 1 << 16)
        if not data:
            return False
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in filter(None, lines):
            self._obey(json.loads(line))
        return True

    def _obey(self, message: dict[str, Any]) -> None:
        if "job" in message:
            self._take(message["job"])
            return
        job_id = message["cancel"]
        with self.lock:
            if job_id in self.waiting:
                self.waiting.discard(job_id)
                send(self.protocol, event="ended", id=job_id, status="cancelled", peak_mb=0.0)
            elif job_id in self.running:
                self._kill(self.running[job_id], "cancelled")

    def _take(self, said: Any) -> None:
        """Put a job in the queue; an order that cannot be read ends that job and no other."""
        try:
            order = order_of(said)
        except JobError as error:
            job_id = said.get("id") if isinstance(said, dict) else None
            if not isinstance(job_id, str):
                raise
            code, message = explain(error)
            send(self.protocol, event="failed", id=job_id, code=code, message=message)
            send(self.protocol, event="ended", id=job_id, status="exited", peak_mb=0.0)
            return
        with self.lock:
            self.waiting.add(order.id)
        self.orders.put(order)

    def _kill(self, job: Running, verdict: str) -> None:
        job.verdict = job.verdict or verdict
        limits_os.kill_group(job.pid)

    def _reap(self) -> None:
        with self.lock:
            jobs = list(self.running.values())
        for job in jobs:
            pid, status, usage = os.wait4(job.pid, os.WNOHANG)
            if not pid:
                continue
            # Its own children, if it left any behind.
            limits_os.kill_group(job.pid)
            with self.lock:
                del self.running[job.order.id]
            died = os.WIFSIGNALED(status)
            ending = job.verdict or ("died" if died else "exited")
            peak = round(max(job.peak_mb, usage.ru_maxrss / 1024), 1)
            self.ended(job.order, ending, peak_mb=peak, base_mb=round(job.base_mb, 1))

    def _watch(self) -> None:
        now = time.monotonic()
        with self.lock:
            jobs = [job for job in self.running.values() if not job.verdict]
        for job in jobs:
            job.peak_mb = max(job.peak_mb, limits_os.tree_mb(job.pid))
            if job.peak_mb > job.order.spec.memory_mb:
                self._kill(job, "memory")
            elif now > job.deadline:
                self._kill(job, "timeout")


def _quiet(log: Path) -> int:
    """Keep the protocol to ourselves: whatever libraries print goes to a private log file."""
    private_folder(log.parent)
    protocol = os.dup(1)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    return protocol


def _fork(order: JobOrder, supervisor: Supervisor) -> None:
    """Start a job's process, unless it was cancelled meanwhile."""
    parent = os.getpid()
    with supervisor.lock:
        if not supervisor.claim(order):
            return
        pid = os.fork()
        if pid:
            with suppress(OSError):
                os.setpgid(pid, pid)
            supervisor.started(order, pid)
            return
    code = 1
    try:
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        code = run_child(order, supervisor.protocol, parent)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        # No clean-up of the parent's objects, no handlers, no second main loop.
        os._exit(code)


def _serve(modules: list[str], supervisor: Supervisor) -> None:
    import importlib

    from synthcraft.tools.job_kinds import warm_up

    send(supervisor.protocol, event="ready", pid=os.getpid())
    while True:
        order = supervisor.orders.get()
        if order is None:
            return
        try:
            for module in modules:
                importlib.import_module(module)
            warm_up(order.spec.kind, order.spec.params)
        except Exception as error:
            sys.stderr.write(places(error))
            code, message = explain(error)
            send(supervisor.protocol, event="failed", id=order.id, code=code, message=message)
            with supervisor.lock:
                supervisor.waiting.discard(order.id)
            supervisor.ended(order, "exited", peak_mb=0.0)
            continue
        _fork(order, supervisor)


def main() -> None:
    """Run until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--import", dest="modules", action="append", default=[])
    parser.add_argument("--path", action="append", default=[])
    options = parser.parse_args()
    limits_os.give_way()
    os.umask(0o077)  # whatever libraries write is nobody else's
    os.environ.update(limits_os.ONE_THREAD)
    remember(options.home)
    sys.path.extend(options.path)
    protocol = _quiet(options.home / "logs" / f"worker-{os.getpid()}.log")
    supervisor = Supervisor(protocol, queue.Queue())
    supervisor.start()
    _serve(options.modules, supervisor)


if __name__ == "__main__":
    main()
