"""A table with marked values in it, and the search for them in whatever a program wrote or sent."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.conftest import clinic

CELLS = {
    "identifier": "Quillfeather",
    "number": "918273.4456",
    "date": "1987-03-14",
    "rare category": "erythromelalgia",
    "free text": "slipped on the icy harbour stairs",
    "text among numbers": "Brackenthorpe",
}
"""Values of one person, none of which may leave the store of the real table."""
NAMES = {
    "column": "zanzibarwort",
    "level": "Moonglade",
    "file": "tamarindward",
    "folder": "vermilionkeep",
}
"""What a table calls things: for people and files on this machine, for no model."""
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def planted(folder: Path) -> Path:
    """The clinic with every canary in it, as a file whose path holds the rest."""
    frame = clinic()
    person = 7
    frame["site"] = frame["site"].replace("south", "Moonglade site")
    frame["zanzibarwort"] = frame["glucose"].round() % 50 + 1
    frame["note"] = [f"visit number {i} went well and without trouble" for i in range(len(frame))]
    frame["dose"] = (frame["bmi"].fillna(20) / 2).round(1).astype("object")
    frame["patient_id"] = frame["patient_id"].astype("object")
    frame.loc[person, "patient_id"] = CELLS["identifier"]
    frame.loc[person, "glucose"] = float(CELLS["number"])
    frame.loc[person, "visit"] = CELLS["date"]
    frame.loc[person, "site"] = CELLS["rare category"]
    frame.loc[person, "note"] = f"he {CELLS['free text']} at dawn in winter"
    frame.loc[person, "dose"] = CELLS["text among numbers"]
    path = folder / "vermilionkeep" / "tamarindward.csv"
    path.parent.mkdir(parents=True)
    frame.to_csv(path, index=False)
    return path


def forms(word: str) -> Iterator[bytes]:
    """A word in every form in which it could be written down."""
    for text in (word, word.upper(), word.lower(), word[::-1]):
        raw = text.encode()
        yield from (raw, raw.hex().encode(), raw.hex().upper().encode(), raw.hex(" ").encode())
        # base64 of a longer text that holds the word: by its place in the group of three
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + raw).decode()
            inner = coded[4 * bool(shift) : (len(raw) + shift) // 3 * 4]
            yield from (inner.encode(), inner.replace("+", "-").replace("/", "_").encode())
    if word.replace(".", "").isdigit():
        yield struct.pack(">d", float(word))
        yield struct.pack("<d", float(word))
        yield f"{float(word):,}".encode()
        spoken = [DIGITS[int(c)] for c in word.replace(".", "")]
        yield " ".join(spoken).encode()


def found(haystack: bytes, canaries: dict[str, str]) -> set[str]:
    """Which canaries stand in some bytes, in whatever form."""
    return {name for name, word in canaries.items() if any(f in haystack for f in forms(word))}


def written(places: Iterable[Path], but: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Every file below some places, except those with one of some words in their path."""
    files = [f for p in places for f in ([p] if p.is_file() else p.rglob("*")) if f.is_file()]
    return {str(f): f.read_bytes() for f in files if not any(word in str(f) for word in but)}
