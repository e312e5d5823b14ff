"""Sees files appear and change at once, from outside of the process that writes them (Linux)."""

from __future__ import annotations

import ctypes
import os
import select
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

APPEARED, CHANGED = 0x100, 0x2  # IN_CREATE, IN_MODIFY of inotify(7)
_HEAD = struct.Struct("iIII")
_ENOUGH = 1 << 16


class Watch:
    """What happens in some folders, in the order in which it happens."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._folders: dict[int, Path] = {}

    def add(self, folder: Path) -> None:
        """See into a folder, not into those below it; it is made if it is missing."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = _libc().inotify_add_watch(
            self._handle, os.fsencode(folder), ctypes.c_uint32(APPEARED | CHANGED)
        )
        if number < 0:
            raise OSError(ctypes.get_errno(), "cannot be watched", str(folder))
        self._folders[number] = folder

    def seen(self, patience_s: float) -> Iterator[Path]:
        """Paths that appeared or changed since the last call, waiting for the first."""
        ready, _, _ = select.select([self._handle], [], [], patience_s)
        data = os.read(self._handle, _ENOUGH) if ready else b""
        while data:
            number, _, _, length = _HEAD.unpack_from(data)
            name = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0")
            data = data[_HEAD.size + length :]
            yield self._folders[number] / os.fsdecode(name)


@contextmanager
def watching() -> Iterator[Watch]:
    """A watch that is let go of at the end."""
    handle = _libc().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "no folder can be watched")
    try:
        yield Watch(handle)
    finally:
        os.close(handle)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
