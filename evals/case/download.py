"""The five public files, fetched when a person asks for it; what was cut off goes on."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO

from synthcraft.evals.case.nhanes import FILES, Part, checked
from synthcraft.graph.errors import DataError, InputError, StoreError

BASE = "https://wwwn.cdc.gov/Nchs/Data/Nhanes/Public/2021/DataFiles"
"""Where the agency publishes the cycle August 2021 to August 2023."""
_ATTEMPTS = 5
_CHUNK = 1 << 16
_PATIENCE_S = 60
_REST, _NOTHING_LEFT = 206, 416
Tell = Callable[[str], None]


def download(folder: Path, base: str = BASE, tell: Tell = lambda text: None) -> Path:
    """Fetch what is not there yet, and check every file's size and columns.

    Raises:
        InputError: the address does not answer, or ends early again and again.
        DataError: what came is not the published file.
        StoreError: the folder cannot be written to.
    """
    for name, part in FILES.items():
        target = folder / name
        if target.is_file() and target.stat().st_size == part.size:
            tell(f"{name} is there.")
        else:
            _fetch(f"{base}/{name}", target, part, tell)
        checked(target, part)
    return folder


def _fetch(url: str, target: Path, part: Part, tell: Tell) -> None:
    """One file, by way of `NAME.part`, which a later call goes on with."""
    begun = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for _ in range(_ATTEMPTS):
            have = begun.stat().st_size if begun.exists() else 0
            if have >= part.size:
                break
            rest = f", after the {have:,} that are there" if have else ""
            tell(f"{target.name}: {part.size:,} bytes{rest}")
            _go_on(url, begun, have, part.size)
    except OSError as error:
        raise StoreError(
            f"{target.name} cannot be kept in {target.parent.name!r} ({error.strerror}).",
            "Choose another folder with --data.",
        ) from error
    if (size := begun.stat().st_size if begun.exists() else 0) < part.size:
        raise InputError(
            f"{target.name} broke off at {size:,} of {part.size:,} bytes, {_ATTEMPTS} times.",
            "Give the same command again: it goes on from there.",
            code="E_DOWNLOAD",
        )
    if size > part.size:
        begun.unlink()
        raise DataError(
            f"What came for {target.name} is larger than the published {part.size:,} bytes.",
            "The address may answer with a page in place of the file; try again later.",
            code="E_SIZE",
        )
    begun.replace(target)


def _go_on(url: str, begun: Path, have: int, size: int) -> None:
    """Append what is still missing; a server that knows no ranges sends all of it again."""
    asked = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with (
            urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer,
            begun.open("ab" if answer.status == _REST else "wb") as file,
        ):
            _copy(answer, file, size)
    except urllib.error.HTTPError as error:
        if error.code == _NOTHING_LEFT:
            begun.unlink()
            return
        raise InputError(
            f"The address of {begun.stem} answered with {error.code} ({error.reason}).",
            f"Fetch the file by hand from {url.rpartition('/')[0]} and use --data.",
            code="E_DOWNLOAD",
        ) from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        if isinstance(error, urllib.error.URLError):
            raise InputError(
                f"The address of {begun.stem} cannot be reached.",
                "Look at the connection, or fetch the files elsewhere and use --data.",
                code="E_DOWNLOAD",
            ) from error
        # cut off on the way: what came is kept, and the next attempt goes on


def _copy(answer: IO[bytes], file: IO[bytes], size: int) -> None:
    """No more than a little over the published size: nothing else is worth the disk."""
    while (chunk := answer.read(_CHUNK)) and file.tell() <= size:
        file.write(chunk)
