"""Tracebacks of our own bugs, without the words of the errors: those may quote cells."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path


def places(error: BaseException) -> str:
    """Where an error came from and of which kind it and its causes are; nothing that it says."""
    return "Caused by:\n".join(_place(one) for one in _chain(error))


def _place(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{frames}{type(error).__name__}\n"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def keep_traceback(error: BaseException, home: Path) -> Path | None:
    """Append the traceback to `home/logs/error.log` (mode 0600); None where that cannot be."""
    log = home.expanduser() / "logs" / "error.log"
    try:
        for folder in (home.expanduser(), log.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(places(error))
    except OSError:
        return None
    return log
