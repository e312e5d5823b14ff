"""The texts that may hide in a text: encoded, reversed, spelled out."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){4,}")
_DIGITS = {
    word: str(digit)
    for digit, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
} | {"oh": "0", "point": ".", "dot": ".", "comma": ".", "minus": "-"}
_SPELLED = re.compile(rf"(?:\b(?:{'|'.join(_DIGITS)})\b[\s,-]*){{3,}}", re.IGNORECASE)
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))


def plain(text: str) -> str:
    """One form of letters, no invisible signs, lower case."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).casefold()


def readings(text: str) -> Iterator[str]:
    """The text itself, and every text that it may hold in another form."""
    yield plain(text)
    yield plain(text[::-1])
    for found in _BASE64.finditer(text):
        yield from _base64(found[0])
    for found in _HEX.finditer(text):
        yield from _readable(bytes.fromhex(re.sub(r"[\s:]", "", found[0])))
    for found in _SPELLED.finditer(text):
        words = re.findall(r"[a-z]+", found[0].casefold())
        yield "".join(_DIGITS[word] for word in words)
    spaced = re.compile(r"(?:\b\w[\s.·-]){4,}\w\b")
    for found in spaced.finditer(text):
        yield plain(re.sub(r"[\s·-]", "", found[0]))


def _base64(token: str) -> Iterator[str]:
    body = token.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
    yield from _readable(raw)


def _readable(raw: bytes) -> Iterator[str]:
    """Only what looks like text: other bytes were no encoding of one."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return
    if text and sum(c.isprintable() for c in text) >= 0.9 * len(text):
        yield plain(text)
