"""Bring any column to one of five dtypes: Int64, float64, string, boolean, datetime64[ns]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from synthcraft.tools.dates import from_integers, from_text
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.raw_table import quoted

DTYPES = ("Int64", "float64", "string", "boolean", "datetime64[ns]")
EXACT_INTEGER = 2**53
"""Above this a float no longer holds every integer."""
LONGEST_INTEGER = 20
"""Signs that 64 bits take at most; thousands of digits are no number to Python either."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_INFINITE = r"[+-]?(?:[iI]nf|INF|[iI]nfinity)"
_COMMA_NUMBER = r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d*),?\d+"
_THOUSANDS = r"[+-]?\d{1,3}(?:,\d{3})*(?:\.\d+)?"
_PADDED = r"[+-]?0\d+"
_DIGITS = r"[+-]?\d+"


@dataclass(frozen=True)
class Converted:
    """One column in its canonical dtype; notes say what was decided, without the column's name."""

    values: pd.Series[Any]
    date_format: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canonical:
    """A table in canonical dtypes; `date_formats` say how each date stood in the file."""

    frame: pd.DataFrame
    date_formats: dict[str, str]
    notes: tuple[str, ...]


def canonical(frame: pd.DataFrame) -> pd.DataFrame:
    """The table in canonical dtypes, column order kept, rows numbered from 0."""
    return canonicalise(frame).frame


def is_canonical(frame: pd.DataFrame) -> bool:
    """Whether every column already has a canonical dtype."""
    return all(str(dtype) in DTYPES for dtype in frame.dtypes)


def canonicalise(frame: pd.DataFrame, *, decimal: str = ".") -> Canonical:
    """Convert every column; `decimal` is the decimal mark of numbers that are still text."""
    frame = frame.reset_index(drop=True)
    done = {str(name): convert(frame[name], str(name), decimal) for name in frame.columns}
    return Canonical(
        frame=pd.DataFrame({name: c.values for name, c in done.items()}, index=frame.index),
        date_formats={name: c.date_format for name, c in done.items() if c.date_format},
        notes=_joined({name: c.notes for name, c in done.items()}),
    )


def _joined(notes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """One sentence for each thing noted, with the columns that it holds for."""
    holders: dict[str, list[str]] = {}
    for name, said in notes.items():
        for note in said:
            holders.setdefault(note, []).append(name)
    return tuple(
        f"Column{'s' if len(names) > 1 else ''} {quoted(names)}: {note}."
        for note, names in holders.items()
    )


def convert(series: pd.Series[Any], name: str, decimal: str = ".") -> Converted:
    """One column in its canonical dtype."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    for fits, converter in _BY_DTYPE:
        if fits(series):
            return converter(series, name)
    return _from_text(series, name, decimal)


def _from_boolean(series: pd.Series[Any], name: str) -> Converted:
    return Converted(series.astype("boolean"))


def _from_datetime(series: pd.Series[Any], name: str) -> Converted:
    moments = pd.to_datetime(series, errors="coerce", utc=True).dt.tz_localize(None)
    return Converted(moments.astype("datetime64[ns]"))


def _from_timedelta(series: pd.Series[Any], name: str) -> Converted:
    seconds = _from_float(series.dt.total_seconds(), name)
    return Converted(seconds.values, notes=("durations are kept as seconds",))


def _from_integer(series: pd.Series[Any], name: str) -> Converted:
    present = series.dropna()
    if len(present) and int(present.max()) >= 2**63:
        return Converted(series.astype("string"))
    whole = series.astype("Int64")
    dates = from_integers(whole, name)
    if dates is None:
        return Converted(whole)
    return Converted(dates.values, dates.format, dates.notes)


def _from_float(series: pd.Series[Any], name: str) -> Converted:
    if series.dtype == np.float32:
        # The shortest decimal that the 32-bit number stands for, not its binary tail.
        numbers = series.to_numpy().astype(str).astype(float)
    else:
        numbers = pd.to_numeric(series).to_numpy(dtype=float, na_value=np.nan)
    infinite = np.isinf(numbers)
    notes: tuple[str, ...] = ()
    if infinite.any():
        numbers = np.where(infinite, np.nan, numbers)
        notes = (f"{in_words(infinite.sum())} infinite values were set to missing",)
    present = numbers[~np.isnan(numbers)]
    whole = len(present) > 0 and bool((np.abs(present) < EXACT_INTEGER).all())
    if not whole or (present != np.floor(present)).any():
        return Converted(pd.Series(numbers, index=series.index), notes=notes)
    found = _from_integer(pd.Series(numbers, index=series.index).astype("Int64"), name)
    return Converted(found.values, found.date_format, notes + found.notes)


def _from_python_numbers(series: pd.Series[Any], name: str) -> Converted:
    return _from_float(series.astype("float64"), name)


def _from_python_integers(series: pd.Series[Any], name: str) -> Converted:
    try:
        return _from_integer(series.astype("Int64"), name)
    except OverflowError:
        return Converted(series.astype("string"))


def _from_text(series: pd.Series[Any], name: str, decimal: str) -> Converted:
    """Numbers, truth values or dates if every value reads as one, else the text itself."""
    codes, levels = pd.factorize(_strings(series))
    texts = pd.Series(levels, dtype=object)
    if texts.empty:
        return Converted(series.astype("string"))

    def spread(values: pd.Series[Any], dtype: str) -> pd.Series[Any]:
        return values.astype(pd.api.types.pandas_dtype(dtype)).reindex(codes).set_axis(series.index)

    if set(texts) <= {"True", "False"}:
        return Converted(spread(texts == "True", "boolean"))
    dates = from_text(texts)
    if dates is not None:
        return Converted(spread(dates.values, "datetime64[ns]"), dates.format, dates.notes)
    text = spread(texts, "string")
    plain, notes = _plain_numbers(texts, decimal)
    numeric = plain.str.fullmatch(_NUMBER) | plain.str.fullmatch(_INFINITE)
    if not numeric.all():
        if numeric.mean() > 0.5:
            notes = ("numbers and text are mixed; kept as text",)
        return Converted(text, notes=notes)
    if plain.str.fullmatch(_PADDED).any():
        note = "numbers that start with 0 are kept as codes"
        return Converted(text, notes=(note,))
    numbers = plain.astype("float64")
    if plain.str.fullmatch(_DIGITS).all() and (numbers.abs() >= EXACT_INTEGER).any():
        if plain.str.len().max() > LONGEST_INTEGER:
            return Converted(spread(plain, "string"), notes=notes)
        found = _from_python_integers(plain.map(int).astype(object), name)
        return Converted(spread(found.values, str(found.values.dtype)), notes=notes)
    found = _from_float(spread(numbers, "float64"), name)
    return Converted(found.values, found.date_format, notes + found.notes)


def _strings(series: pd.Series[Any]) -> pd.Series[Any]:
    """Values as text; bytes decoded, blank cells missing."""
    if types.infer_dtype(series, skipna=True) == "bytes":
        series = series.map(lambda raw: raw.decode("utf-8", "replace"), na_action="ignore")
    text = series.astype("string").astype(object)
    return text.where(series.notna() & ~text.map(str).str.fullmatch(r"\s*"), None)


def _plain_numbers(texts: pd.Series[Any], decimal: str) -> tuple[pd.Series[Any], tuple[str, ...]]:
    """Decimal commas and thousands separators taken out, where the whole column has them.

    Blanks around a number go here: `float` does not take every sign for one that `str` does.
    """
    texts = texts.str.strip()
    if not texts.str.contains(",", regex=False).any():
        return texts, ()
    if decimal == "," and texts.str.fullmatch(_COMMA_NUMBER).all():
        return texts.str.replace(".", "", regex=False).str.replace(",", "."), ()
    if texts.str.fullmatch(_THOUSANDS).all():
        note = "commas were read as thousands separators"
        return texts.str.replace(",", "", regex=False), (note,)
    return texts, ()


def _holds(*inferred: str) -> Callable[[pd.Series[Any]], bool]:
    """Whether a column of Python objects holds only objects of these kinds."""
    return lambda series: (
        series.dtype == object and types.infer_dtype(series, skipna=True) in inferred
    )


_BY_DTYPE: tuple[
    tuple[Callable[[pd.Series[Any]], bool], Callable[[pd.Series[Any], str], Converted]], ...
] = (
    (types.is_bool_dtype, _from_boolean),
    (types.is_datetime64_any_dtype, _from_datetime),
    (types.is_timedelta64_dtype, _from_timedelta),
    (types.is_integer_dtype, _from_integer),
    (types.is_float_dtype, _from_float),
    (_holds("boolean"), _from_boolean),
    (_holds("date", "datetime", "datetime64"), _from_datetime),
    (_holds("integer"), _from_python_integers),
    (_holds("floating", "mixed-integer-float", "decimal"), _from_python_numbers),
)
