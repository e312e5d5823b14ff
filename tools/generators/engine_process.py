"""An engine in another interpreter: one process, one JSON line a message, files for tables."""

from __future__ import annotations

import json
import os
import subprocess
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import Progress
from synthcraft.tools.limits_os import ONE_THREAD

_LINE = 1 << 16
_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
"""All that an engine sees of our environment: no key, no path of ours."""
_MEMORY = "The engine needed more memory than it was given."


def _stop(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()
    process.kill()
    process.wait()


class EngineProcess:
    """A running engine.

    It stays in the process group of the job, so that the job's limits and its cancelling reach it,
    and it ends when its standard input does. At any time only one side writes: we send one line
    and then read until the answer, and the engine's other output goes to the log.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=kept | ONE_THREAD,
        )
        weakref.finalize(self, _stop, self._process)

    def ask(self, message: dict[str, Any], answer: str, progress: Progress) -> dict[str, Any]:
        """Send a message and wait for its answer.

        Raises:
            JobError: the engine failed, ended, or said something else.
        """
        pipe = self._process.stdin
        assert pipe is not None
        # An engine that has ended is noticed below.
        with suppress(BrokenPipeError):
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()
        while True:
            event = self._event()
            kind = event.get("event")
            if kind == "progress":
                progress(*_share(event))
            elif kind == answer:
                return event
            elif kind == "failed":
                raise _failure(event)
            else:
                raise _garbage()

    def _event(self) -> dict[str, Any]:
        pipe = self._process.stdout
        assert pipe is not None
        line = pipe.readline(_LINE)
        if not line:
            raise self._death()
        try:
            event = json.loads(line)
        except ValueError:
            raise _garbage() from None
        if not isinstance(event, dict):
            raise _garbage()
        return event

    def _death(self) -> JobError:
        code = self._process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return JobError(
            f"The engine {how} before it answered.",
            "The details are in the worker's log on this machine.",
            code="E_ENGINE_DIED",
        )


def _share(event: dict[str, Any]) -> tuple[float, str]:
    try:
        return float(event["fraction"]), str(event["message"])
    except (KeyError, TypeError, ValueError):
        raise _garbage() from None


def _failure(event: dict[str, Any]) -> JobError:
    """Its code and the name of its error; never its text, which may quote the table."""
    if event.get("code") == "E_MEMORY":
        return JobError(_MEMORY, code="E_MEMORY")
    name = str(event.get("name", ""))
    name = name if name.isidentifier() and len(name) <= 60 else "an error without a name"
    return JobError(
        f"The engine could not do this ({name}).",
        "Another generator may do; the details are in the worker's log on this machine.",
        code="E_FIT_FAILED",
    )


def _garbage() -> JobError:
    return JobError(
        "The engine answered with something that is no answer.",
        "Install it again: `synthcraft engines install`.",
        code="E_ENGINE_PROTOCOL",
    )
