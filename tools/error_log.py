"""Tracebacks of our own bugs: kept in a private file, because they may quote cells."""

from __future__ import annotations

import os
import traceback
from pathlib import Path


def keep_traceback(error: BaseException, home: Path) -> Path | None:
    """Append the traceback to `home/logs/error.log` (mode 0600); None where that cannot be."""
    log = home.expanduser() / "logs" / "error.log"
    try:
        for folder in (home.expanduser(), log.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as stream:
            traceback.print_exception(error, file=stream)
    except OSError:
        return None
    return log
