"""Recognise dates that stand as text or as integers such as 20230105, and keep their format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthcraft.tools.disclosure.rounding import in_words

_DAY = r"\d{1,2}"
_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"\d{{4}}-{_DAY}-{_DAY}", ("%Y-%m-%d",)),
    (rf"\d{{4}}/{_DAY}/{_DAY}", ("%Y/%m/%d",)),
    (rf"\d{{4}}-{_DAY}-{_DAY} \d{{1,2}}:\d{{2}}", ("%Y-%m-%d %H:%M",)),
    (rf"\d{{4}}-{_DAY}-{_DAY} \d{{1,2}}:\d{{2}}:\d{{2}}", ("%Y-%m-%d %H:%M:%S",)),
    (rf"\d{{4}}-{_DAY}-{_DAY} \d{{1,2}}:\d{{2}}:\d{{2}}\.\d+", ("%Y-%m-%d %H:%M:%S.%f",)),
    (rf"\d{{4}}-{_DAY}-{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}", ("%Y-%m-%dT%H:%M:%S",)),
    (rf"\d{{4}}-{_DAY}-{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}Z", ("%Y-%m-%dT%H:%M:%SZ",)),
    (rf"{_DAY}/{_DAY}/\d{{4}}", ("%d/%m/%Y", "%m/%d/%Y")),
    (rf"{_DAY}-{_DAY}-\d{{4}}", ("%d-%m-%Y", "%m-%d-%Y")),
    (rf"{_DAY}/{_DAY}/\d{{4}} \d{{1,2}}:\d{{2}}", ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M")),
    (rf"{_DAY}\.{_DAY}\.\d{{4}}", ("%d.%m.%Y",)),
    (rf"{_DAY}\.{_DAY}\.\d{{4}} \d{{1,2}}:\d{{2}}", ("%d.%m.%Y %H:%M",)),
    (rf"{_DAY}-[A-Za-z]{{3}}-\d{{4}}", ("%d-%b-%Y",)),
    (rf"{_DAY} [A-Za-z]{{3}} \d{{4}}", ("%d %b %Y",)),
    (r"\d{2}[A-Za-z]{3}\d{4}", ("%d%b%Y",)),
)
_NAME = re.compile(r"date|dob|birth|dt$|_dt_|^day|visit|admi|disch|death", re.IGNORECASE)
_READABLE = 0.9
_DISTINCT = 10


@dataclass(frozen=True)
class Dates:
    """Values as datetime64[ns], their format, and what had to be decided."""

    values: pd.Series[Any]
    format: str
    notes: tuple[str, ...] = ()


def from_text(texts: pd.Series[Any]) -> Dates | None:
    """Dates if all of the (distinct, present) texts have the shape of one format."""
    first = str(texts.iloc[0])
    for shape, formats in _SHAPES:
        if re.fullmatch(shape, first) and texts.str.fullmatch(shape).all():
            return _best(texts, formats)
    return None


def _best(texts: pd.Series[Any], formats: tuple[str, ...]) -> Dates | None:
    parsed = [pd.to_datetime(texts, format=f, errors="coerce") for f in formats]
    readable = [float(p.notna().mean()) for p in parsed]
    best = readable.index(max(readable))
    if readable[best] < _READABLE:
        return None
    notes = []
    if len(formats) > 1 and min(readable) == 1.0:
        notes.append("day and month could be either way round; read as day first")
    impossible = int(parsed[best].isna().sum())
    if impossible:
        notes.append(
            f"{in_words(impossible)} different texts are not possible dates; set to missing"
        )
    return Dates(parsed[best], formats[best], tuple(notes))


def from_integers(whole: pd.Series[Any], name: str) -> Dates | None:
    """Dates if all present integers read as year, month and day between 1900 and 2100.

    Eight digits may be anything, so the name has to say date, or there must be enough different
    values that months and days in range are no coincidence.
    """
    distinct = whole.dropna().unique()
    if not len(distinct) or distinct.min() < 19000101 or distinct.max() > 21001231:
        return None
    if not (_NAME.search(name) or len(distinct) >= _DISTINCT):
        return None
    values = pd.to_datetime(whole.astype("string"), format="%Y%m%d", errors="coerce")
    if values.notna().sum() < whole.notna().sum():
        return None
    return Dates(values.astype("datetime64[ns]"), "%Y%m%d")
