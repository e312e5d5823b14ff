"""A pack that is read back: its facts, and whether its files are the ones that were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from synthcraft.graph.errors import InputError
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.pack.write import MANIFEST, REPRODUCTION
from synthcraft.tools.report.reproduce import Reproduction

_HINT = "Give the folder that `synthcraft report SESSION --pack LEVEL` wrote."


def read_reproduction(folder: Path) -> Reproduction:
    """What a pack says of its run.

    Raises:
        InputError: it is no pack, or the file was changed so that it cannot be read.
    """
    path = folder / REPRODUCTION
    try:
        return Reproduction.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"The folder {str(folder)!r} is no evidence pack: {REPRODUCTION}: {error.strerror}.",
            _HINT,
        ) from error
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "the file"
        raise InputError(f"{REPRODUCTION} of the pack cannot be used: {place}.", _HINT) from None


def damaged(folder: Path) -> Iterator[str]:
    """Files of a pack that are gone or are not as they were written, in sentences."""
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        yield f"{MANIFEST} is missing, so nothing says whether the pack is whole."
        return
    for line in lines:
        sha256, _, name = line.partition("  ")
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            yield f"{MANIFEST} names a file outside of the pack."
        elif not path.is_file():
            yield f"{name} is missing from the pack."
        elif hash_file(path) != sha256:
            yield f"{name} is not as it was written."


def check_data(told: Reproduction, given: Mapping[Path, str]) -> None:
    """Refuse files that the recorded run was not given; `given` are those with their SHA-256.

    Raises:
        InputError: one is another, or one is not there.
    """
    if not told.data:
        return
    for path, sha256 in given.items():
        if sha256 not in told.data.values():
            raise InputError(
                f"{path.name} is not a file that the recorded run used: its SHA-256 differs.",
                f"Give with --data: {', '.join(told.data)}.",
            )
    lost = [name for name, sha256 in told.data.items() if sha256 not in given.values()]
    if lost:
        raise InputError(
            f"The real data were not given: {', '.join(lost)}.", "Name every file with --data."
        )
