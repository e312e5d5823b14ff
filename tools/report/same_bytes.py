"""Whether files are the ones that were recorded; `reproduce.py` carries a copy of this source.

Nothing but the standard library may be used here.
"""

import hashlib
import json
from pathlib import Path

SAME, OTHER, MISSING = "bit-identical", "different", "missing"


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        for chunk in iter(lambda: handle.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def state_of(recorded: str, here: str | None) -> str:
    """What two hashes say; none: there is no such file."""
    return MISSING if not here else SAME if here == recorded else OTHER


def compare_files(files: dict[str, str], out: Path) -> dict[str, str]:
    """File -> its state, by the hash that was recorded."""
    there = {name: sha256(out / name) for name in files if (out / name).is_file()}
    return {name: state_of(digest, there.get(name)) for name, digest in files.items()}


def compare_fits(fits: dict[str, dict[int, str]], out: Path) -> dict[str, str]:
    """The same for further fits, whose hashes the run has written down."""
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    found = {
        (candidate["id"], fit["number"]): fit["sha256"]
        for candidate in results.get("candidates", [])
        for fit in candidate.get("replicates", [])
    }
    return {
        f"{name}, fit {number + 1}": state_of(digest, found.get((name, number)))
        for name, numbers in fits.items()
        for number, digest in numbers.items()
    }
