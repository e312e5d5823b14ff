"""Files that come in through the page: checked, moved to a private folder, temp copy deleted."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path

from synthcraft.graph.errors import InputError, StoreError
from synthcraft.tools.artifacts import private_folder
from synthcraft.tools.table_limits import Limits

SUFFIXES = (
    ".csv",
    ".tsv",
    ".txt",
    ".parquet",
    ".xlsx",
    ".xpt",
    ".sas7bdat",
    ".sav",
    ".zsav",
    ".dta",
)
MAX_MEGABYTES = 1024
LIMITS = (
    f"{MAX_MEGABYTES:,} MB, {Limits().max_rows:,} rows, {Limits().max_columns:,} columns, "
    f"from {Limits().min_rows} rows on"
)
"""What is taken, in words, from the numbers that refuse the rest."""
LEFT_S = 24 * 3600.0
"""Seconds after which files of a draft that never began, and downloads, are deleted."""
_UNUSUAL = re.compile(r"[^\w .+-]")


def accept(
    upload: Path,
    home: Path,
    *,
    max_bytes: int = MAX_MEGABYTES * 2**20,
    suffixes: tuple[str, ...] = SUFFIXES,
) -> Path:
    """Move an uploaded file into the workspace and return its new path.

    The copy in the page's temp folder is deleted, whether the file is accepted or not.

    Raises:
        InputError: the kind or the size of the file cannot be used.
        StoreError: the workspace cannot be written.
    """
    try:
        _check(upload, max_bytes, suffixes)
        folder = home / "uploads" / secrets.token_hex(8)
        private_folder(folder)
        target = folder / safe_name(upload.name)
        shutil.copyfile(upload, target)
        target.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"The file could not be saved in the workspace ({error.strerror or 'I/O error'}).",
            "Check the free space of the disk and try again.",
        ) from error
    finally:
        forget_temp(upload, home)
    return target


def discard(files: list[Path], home: Path) -> None:
    """Delete accepted files: their table is in the store, or they are no longer wanted."""
    root = (home / "uploads").resolve()
    for file in files:
        if file.resolve().is_relative_to(root):
            shutil.rmtree(file.parent, ignore_errors=True)


def sweep(home: Path, now: float | None = None) -> None:
    """Delete what an earlier server left behind: uploads that began nothing, old downloads."""
    end = (time.time() if now is None else now) - LEFT_S
    for place in (home / "uploads", page_folder(home) / "downloads"):
        for folder in place.glob("*"):
            if folder.stat().st_mtime < end:
                shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """A file name without path parts or unusual characters, its suffix kept."""
    cleaned = _UNUSUAL.sub("_", Path(name.replace("\\", "/")).name).lstrip(". ")
    stem, suffix = Path(cleaned).stem, Path(cleaned).suffix
    return f"{stem[:80] or 'data'}{suffix}"


def _check(upload: Path, max_bytes: int, suffixes: tuple[str, ...]) -> None:
    suffix = upload.suffix.lower()
    if suffix not in suffixes:
        raise InputError(
            f"Files of the kind {suffix or '(no suffix)'} cannot be read.",
            f"Choose one of: {', '.join(suffixes)}.",
        )
    if not upload.is_file():
        raise InputError("The upload did not arrive.", "Please choose the file again.")
    size = upload.stat().st_size
    if size == 0:
        raise InputError("The file is empty.", "Choose a file with a header line and rows.")
    if size > max_bytes:
        raise InputError(
            f"The file has {size / 2**20:,.0f} MB; at most {max_bytes / 2**20:,.0f} MB are taken.",
            "Use fewer rows or columns, or the command line.",
        )


def forget_temp(upload: Path, home: Path) -> None:
    """Delete an upload from the page's temp folder; anything elsewhere stays."""
    temp = page_folder(home).resolve()
    folder = upload.resolve().parent
    if folder != temp and folder.is_relative_to(temp):
        shutil.rmtree(folder, ignore_errors=True)


def page_folder(home: Path) -> Path:
    """Where the page keeps temporary files; private to this account."""
    return home / "page"
