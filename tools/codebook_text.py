"""What a cell of a codebook says: valid ranges and lists of codes, in the forms people write."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

LONGEST = 300
"""Characters of a cell that are kept."""
MOST_CODES = 200
_HIDDEN = ("Cf", "Co", "Cn", "Cs")
_NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_DATE = r"\d{4}-\d{2}-\d{2}"
_END = rf"({_DATE}|{_NUMBER})"
_BETWEEN = re.compile(rf"(?:between\s+|from\s+)?{_END}\s*(?:-|to|and|\.\.+|…)\s*{_END}")
_INTERVAL = re.compile(rf"([\[(\]])\s*{_END}?\s*[;,]\s*{_END}?\s*([\])\[])")
_SIDE = re.compile(rf"([<>]=?)\s*{_END}")
_FLIPPED = re.compile(rf"{_END}\s*([<>]=?)")
_UNIT_BEHIND = re.compile(r"(?<=[\d\])\[])\s*[^\d\s\[\](),;<>=+-][^\d\[\](),;<>=]{0,19}$")
_SIGNS = str.maketrans({"–": "-", "—": "-", "−": "-", "‑": "-", "≤": "<=", "≥": ">="})
_PIECES = re.compile(r"[;|\n]+")
_CODE = re.compile(
    r"^\s*[\"']?(?P<code>[^=:,]{1,80}?)[\"']?\s*(?:=|:|->|→|,|\s-\s)\s*(?P<label>.*)$"
)
_NO_CODE = re.compile(r"=|:|->|→")


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


Number = Annotated[float, Field(allow_inf_nan=False)]
Day = Annotated[str, Field(pattern=f"^{_DATE}$"), AfterValidator(_day)]
End = Number | Day | None


class Bounds(BaseModel):
    """A valid range; an end that is not given is None, a date is ISO 8601 text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: End = None
    high: End = None
    low_open: bool = False
    high_open: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Bounds:
        given = [end for end in (self.low, self.high) if end is not None]
        if not given or len({type(end) for end in given}) > 1:
            raise ValueError("one end, or two of one kind")
        if len(given) == 2 and not given[0] < given[1]:  # type: ignore[operator]
            raise ValueError("the low end lies below the high one")
        return self

    @property
    def words(self) -> str:
        """The range as a person writes it."""
        if self.low is None:
            return f"{'below' if self.high_open else 'at most'} {_shown(self.high)}"
        if self.high is None:
            return f"{'above' if self.low_open else 'at least'} {_shown(self.low)}"
        text = f"{_shown(self.low)} to {_shown(self.high)}"
        ends = [
            _shown(e) for e, out in ((self.low, self.low_open), (self.high, self.high_open)) if out
        ]
        return f"{text}, without {' and '.join(ends)}" if ends else text


def _shown(end: End) -> str:
    return f"{end:.12g}" if isinstance(end, float) else str(end)


def clean(value: object) -> tuple[str, bool]:
    """A cell on one line, and whether signs that cannot be seen were taken out."""
    text = unicodedata.normalize("NFC", str(value))
    seen = "".join(c for c in text if c in "\n\t\r" or unicodedata.category(c) not in _HIDDEN)
    seen = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") and c != "\n" else c for c in seen
    )
    lines = [" ".join(line.split()) for line in seen.split("\n")]
    return "\n".join(line for line in lines if line)[:LONGEST], len(seen) < len(text)


def parse_range(text: str) -> Bounds | None:
    """`18-90`, `18 to 90 years`, `[0, 1)`, `>=0`, `0 < x <= 10`, dates; None for anything else."""
    plain = text.translate(_SIGNS).strip().casefold()
    plain = plain.replace("at least", ">=").replace("at most", "<=")
    plain = _UNIT_BEHIND.sub("", re.sub(r"\s*\([^()\d]*\)$", "", plain))
    if found := _BETWEEN.fullmatch(plain):
        return _bounds(found[1], found[2])
    if found := _INTERVAL.fullmatch(plain):
        opening, low, high, closing = found.groups()
        return _bounds(low, high, opening in "(]", closing in ")[")
    return _compared(plain)


def _compared(plain: str) -> Bounds | None:
    """One or two comparisons, with the sign before the number or behind it."""
    rest, signs = plain, []
    for pattern, flip in ((_SIDE, False), (_FLIPPED, True)):
        for found in pattern.finditer(rest):
            sign, number = (found[2], found[1]) if flip else (found[1], found[2])
            signs.append((sign.translate(str.maketrans("<>", "><")) if flip else sign, number))
        rest = pattern.sub(" ", rest)
    if not signs or not re.fullmatch(r"[\s,;&]*(?:x|and|value)?[\s,;&]*", rest):
        return None
    lows = [s for s in signs if s[0].startswith(">")]
    highs = [s for s in signs if s[0].startswith("<")]
    if len(lows) > 1 or len(highs) > 1:
        return None
    (low_sign, low), (high_sign, high) = (side[0] if side else ("", None) for side in (lows, highs))
    return _bounds(low, high, low_sign == ">", high_sign == "<")


def _bounds(
    low: str | None, high: str | None, low_open: bool = False, high_open: bool = False
) -> Bounds | None:
    """The range, unless an end cannot be read or the ends are not in order."""
    ends = [None if end is None else _end(end) for end in (low, high)]
    if any(end is None and given is not None for end, given in zip(ends, (low, high), strict=True)):
        return None
    try:
        return Bounds(low=ends[0], high=ends[1], low_open=low_open, high_open=high_open)
    except ValidationError:
        return None


def _end(text: str) -> End:
    if re.fullmatch(_DATE, text):
        return text
    # "1,000" may be a thousand or one: whoever wrote it has to say.
    if re.search(r",\d{3}$", text):
        return None
    return float(text.replace(",", "."))


def parse_codes(text: str) -> dict[str, str] | None:
    """`1=male; 2=female`, `1, Male | 2, Female`, `yes; no`: code -> label ("" where none is given).

    None where the text is no list of codes: a piece without a code, a code with two labels.
    """
    pieces = [piece.strip() for piece in _PIECES.split(text) if piece.strip()]
    if len(pieces) == 1:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if len(parts) > 1 and all(_NO_CODE.search(part) for part in parts):
            pieces = parts
        elif len(parts) > 1 and not any(_NO_CODE.search(part) for part in parts):
            pieces = parts if all(len(part) <= 40 for part in parts) else []
    labelled = [_CODE.match(piece) for piece in pieces]
    if pieces and all(labelled):
        pairs = [(m["code"].strip(), m["label"].strip()) for m in labelled if m]
    elif len(pieces) > 1 and not any(_NO_CODE.search(piece) for piece in pieces):
        pairs = [(piece, "") for piece in pieces]
    else:
        return None
    codes = dict(pairs)
    return codes if len(codes) == len(pairs) <= MOST_CODES else None
