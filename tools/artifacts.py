"""The write-once store: every file is named by the SHA-256 of its bytes."""

from __future__ import annotations

import errno
import fcntl
import glob
import hashlib
import io
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import NotFoundError, StoreError
from synthcraft.graph.records import ArtifactRef

if TYPE_CHECKING:
    import pandas as pd

HALF = ".tmp-"
"""How the name of a file begins that is still being written."""
_LONGEST = 200
"""Characters of a name; with what is added it stays below what file systems take."""
_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
# EFBIG is what a file-size limit of the account looks like.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def store_error(error: OSError, folder: Path) -> StoreError:
    """The sentence for a write that failed; a full disk has a code of its own."""
    if error.errno in _NO_ROOM:
        return StoreError(
            f"The disk is full: a file could not be written to {folder}.",
            "Free some space or choose another --home; everything saved before is intact.",
            code="E_DISK_FULL",
        )
    return StoreError(
        f"A file could not be written to {folder} ({errno.errorcode.get(error.errno or 0, '?')}).",
        "Check that the folder exists and that you may write there.",
    )


def replace_file(path: Path, chunks: Iterable[bytes], mode: int = 0o600) -> None:
    """Write beside the target first: a reader sees the old file or the new one, never a half.

    What an earlier writer of the same file left half-written goes.
    """
    for half in path.parent.glob(f"{glob.escape(_half_of(path))}*"):
        _clear(half)
    handle, name = _begin(path)
    try:
        with open(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(name, mode)
            os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _half_of(path: Path) -> str:
    """How the name of a file begins that is to become this one."""
    return f"{HALF}{path.name[:_LONGEST]}-"


def _begin(path: Path) -> tuple[int, str]:
    """A new file beside the target; while its lock is held, somebody is writing."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_half_of(path))
        with suppress(OSError):  # not every file system knows locks
            fcntl.flock(handle, fcntl.LOCK_SH)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # before it was locked, somebody took it for one that was left


def _clear(half: Path) -> None:
    """Remove a half-written file, if nobody is writing it."""
    with suppress(OSError), half.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        half.unlink()


def abandoned(folder: Path) -> Iterator[Path]:
    """Half-written files below a folder whose writer is gone: nobody will finish them."""
    return (path for path in folder.rglob(f"{HALF}*") if is_free(path))


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock of a file; one that is gone is nobody's to free."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def private_folder(path: Path) -> None:
    """Make a folder that only this account may enter, with those above it that are missing."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)


def publish(path: Path, data: bytes) -> None:
    """Write a file for whoever may enter the folder that it is for, whole or not at all."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700 | _mode(folder.parent) & 0o055, exist_ok=True)
    replace_file(path, [data], mode=0o600 | _mode(path.parent) & 0o044)


def _mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def publish_texts(out: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """Publish texts by name below a folder; returns name -> path.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    try:
        for name, text in texts.items():
            publish(out / name, text.encode("utf-8", "replace"))
    except OSError as error:
        raise store_error(error, out) from error
    return {name: str(out / name) for name in texts}


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a private file; what the system refuses becomes a `StoreError`."""
    try:
        private_folder(path.parent)
        replace_file(path, chunks)
    except OSError as error:
        raise store_error(error, path.parent) from error


def mark_used(path: Path) -> None:
    """Somebody counts on this file from now on, however old it is: see `graph.retention`."""
    with suppress(OSError):
        os.utime(path)


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: equal values, equal bytes."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def hash_file(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


class ArtifactStore:
    """Files under `root/aa/<sha256>`, private to the account, never changed once written."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def path(self, sha: str) -> Path:
        """Where the bytes of this hash lie (whether or not they are there).

        Raises:
            NotFoundError: it is no hash, and might lead out of the store.
        """
        if not _SHA256.fullmatch(sha):
            raise NotFoundError(f"The store has no file {sha[:12] or '(no hash)'}.")
        return self.root / sha[:2] / sha

    def has(self, sha: str) -> bool:
        """Whether the bytes are there and still the ones that were written."""
        if not _SHA256.fullmatch(sha):
            return False
        path = self.path(sha)
        return path.is_file() and hash_file(path) == sha

    def put_bytes(self, data: bytes, kind: str, producer: str = "") -> ArtifactRef:
        """Keep some bytes."""
        return self._put(hashlib.sha256(data).hexdigest(), len(data), (data,), kind, producer)

    def put_json(self, obj: Any, kind: str, producer: str = "") -> ArtifactRef:
        """Keep a JSON value in its canonical form."""
        return self.put_bytes(canonical_json(obj), kind, producer)

    def put_frame(self, frame: pd.DataFrame, kind: str, producer: str = "") -> ArtifactRef:
        """Keep a table as Parquet, without its index."""
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, engine="pyarrow", compression="zstd")
        return self.put_bytes(buffer.getvalue(), kind, producer)

    def put_file(self, path: Path, kind: str, producer: str = "") -> ArtifactRef:
        """Keep a copy of a file."""
        return self._put(hash_file(path), path.stat().st_size, _chunks(path), kind, producer)

    def read_bytes(self, sha: str) -> bytes:
        """The bytes of this hash, checked.

        Raises:
            NotFoundError: nothing of this name was kept.
            StoreError: the file was changed after it was written.
        """
        path = self.path(sha)
        if not path.is_file():
            raise NotFoundError(
                f"The store has no file {sha[:12]}.",
                "It may have been deleted; the step that made it can be run again.",
            )
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha:
            raise StoreError(
                f"The stored file {sha[:12]} was changed after it was written.",
                "Begin the run anew on the same data: what is damaged is noticed and made again.",
                code="E_ARTIFACT_CHANGED",
            )
        return data

    def read_json(self, sha: str) -> Any:
        """The JSON value of this hash."""
        return json.loads(self.read_bytes(sha))

    def read_frame(self, sha: str) -> pd.DataFrame:
        """The table of this hash."""
        import pandas as pd

        return pd.read_parquet(io.BytesIO(self.read_bytes(sha)), engine="pyarrow")

    def _put(
        self, sha: str, size: int, chunks: Iterable[bytes], kind: str, producer: str
    ) -> ArtifactRef:
        mark_used(self.path(sha))
        if not self.has(sha):
            write_atomically(self.path(sha), chunks)
        return ArtifactRef(sha256=sha, kind=kind, bytes=size, producer=producer)
