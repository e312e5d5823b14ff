"""Look at a text file in one bounded pass: is it text, in which encoding, how long are lines."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path

from synthcraft.graph.errors import DataError
from synthcraft.tools.table_limits import Limits

CHUNK = 1 << 20
HEAD = 1 << 16
DELIMITERS = (",", ";", "\t", "|")
_CONSISTENT = 0.9
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"
_SHOWN = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Latin-1)",
    "latin-1": "Latin-1",
}


@dataclass(frozen=True)
class Scan:
    """What one pass over the bytes showed."""

    encoding: str
    head: str
    """The first whole lines, decoded."""

    @property
    def encoding_name(self) -> str:
        """The encoding in words."""
        return _SHOWN[self.encoding]


def scan_text(path: Path, limits: Limits) -> Scan:
    """Check that a file is text with lines of bounded length, and find its encoding.

    Memory stays at one chunk whatever the file holds: this runs before pandas sees it.
    """
    step = min(CHUNK, limits.max_line_bytes)
    line, utf8, cp1252 = 0, True, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(HEAD)
        encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "")
        if encoding != "utf-16":
            _check_text(path, head)
        file.seek(0)
        while chunk := file.read(step):
            line = _line_length(path, chunk, line, limits.max_line_bytes)
            if encoding != "utf-16" and b"\0" in chunk:
                raise not_a_text_table(path)
            utf8 = utf8 and _decodes(decoder, chunk)
            cp1252 = cp1252 and not any(byte in chunk for byte in _NOT_CP1252)
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    encoding = encoding or ("utf-8" if utf8 else "cp1252" if cp1252 else "latin-1")
    return Scan(encoding, _whole_lines(head, encoding, whole=len(head) < HEAD))


def sniff_delimiter(head: str) -> str | None:
    """The delimiter that cuts the first lines into as many fields as the header has."""
    best: tuple[int, str] | None = None
    for delimiter in DELIMITERS:
        rows = [
            row for row in csv.reader(head.splitlines(keepends=True), delimiter=delimiter) if row
        ]
        width = len(rows[0]) if rows else 0
        agreeing = sum(len(row) == width for row in rows)
        if width > 1 and agreeing >= _CONSISTENT * len(rows):
            best = max(best or (0, ""), (width, delimiter))
    return best[1] if best else _most_frequent_in_header(head)


def _most_frequent_in_header(head: str) -> str | None:
    """Where lines differ in length, the header's own delimiter; the parser names the line."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    counts = {delimiter: first.count(delimiter) for delimiter in DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else None


def not_a_text_table(path: Path) -> DataError:
    """The error for binary content under the name of a text table."""
    return DataError(
        f"{path.name} is not a text table: it holds binary data.",
        "Export the table as CSV, or give the file the extension of its real format.",
        code="E_NOT_A_TABLE",
    )


def _check_text(path: Path, head: bytes) -> None:
    control = len(head) - len(head.translate(None, _CONTROL))
    if b"\0" in head or control > len(head) / 100:
        raise not_a_text_table(path)


def _line_length(path: Path, chunk: bytes, open_line: int, limit: int) -> int:
    """Length of the line that the chunk leaves open; no step is longer than the limit itself."""
    chunk = chunk.replace(b"\r", b"\n")
    first = chunk.find(b"\n")
    if open_line + (first if first >= 0 else len(chunk)) > limit:
        raise DataError(
            f"{path.name} has a line of more than {limit:,} bytes.",
            "Is it a table with one row a line? Export it again as CSV.",
            code="E_LINE_TOO_LONG",
        )
    return open_line + len(chunk) if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _whole_lines(head: bytes, encoding: str, whole: bool) -> str:
    text = head.decode(encoding, errors="ignore").replace("\r\n", "\n").replace("\r", "\n")
    return text if whole or "\n" not in text else text[: text.rfind("\n")]
