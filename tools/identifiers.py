"""Recognise columns that point at one person: by their name, their content or their pattern."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pandas as pd

_NUMBERS = frozenset(["mrn", "ssn", "seqn", "uuid", "guid", "barcode", "nhsnumber", "passport"])
_CONTACTS = frozenset(["email", "phone", "telephone", "fax"])
_PEOPLE = frozenset(["patientid", "subjectid", "participantid", "personid", "usubjid"])
_NAMES = frozenset(["surname", "firstname", "lastname", "fullname", "givenname", "familyname"])
_STRONG = _NUMBERS | _CONTACTS | _PEOPLE | _NAMES
_WEAK = frozenset(["id", "ids", "identifier", "pid", "subjid", "caseid", "record", "accession"])
_CONTENT = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "social security numbers": r"\d{3}-\d{2}-\d{4}",
    "UUIDs": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "telephone numbers": r"\+\d[\d ()/-]{7,18}\d|\(?\d{3}\)?[ -]\d{3}-\d{4}",
}
_SAMPLE = 1000
_MOSTLY = 0.9
_MANY = 20
_LONG_NUMBER = 7
_CODE_LENGTH = 40


def tokens_of(name: str) -> set[str]:
    """Words of a column name in lower case, also joined in pairs (`patientId` -> patientid)."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    lower = [word.lower() for word in words]
    pairs = [a + b for a, b in itertools.pairwise(lower)]
    return {*lower, *pairs, name.lower()}


def identifier_evidence(present: pd.Series[Any], name: str) -> str | None:
    """Why these present values identify a person or a record, in one sentence; None if not."""
    if present.dtype not in ("Int64", "string") or len(present) < 2:
        return None
    distinct = int(present.nunique())
    tokens = tokens_of(name)
    if tokens & _STRONG and distinct > _MANY:
        return f"The name {name!r} is that of an identifier."
    if tokens & _WEAK and distinct > max(_MANY, len(present) / 10):
        return f"The name {name!r} is that of an identifier and most values differ."
    if present.dtype == "string":
        return _text_evidence(present, name, distinct)
    return _integer_evidence(present, name, distinct)


def _text_evidence(present: pd.Series[Any], name: str, distinct: int) -> str | None:
    sample = present.iloc[:_SAMPLE]
    for what, pattern in _CONTENT.items():
        if distinct > _MANY and sample.str.fullmatch(pattern).mean() >= _MOSTLY:
            return f"The values of {name!r} look like {what}."
    short = sample.str.len().median() <= _CODE_LENGTH and sample.str.count(" ").median() <= 2
    if distinct == len(present) > _MANY and short:
        return f"Every row of {name!r} has a different short text."
    return None


def _integer_evidence(present: pd.Series[Any], name: str, distinct: int) -> str | None:
    if distinct < len(present) or distinct <= _MANY:
        return None
    values = np.sort(present.to_numpy(dtype=np.int64))
    steps = np.diff(values)
    if (steps == steps[0]).all() or values[-1] - values[0] < 1.5 * len(values):
        return f"{name!r} numbers the rows."
    digits = np.char.str_len(values.astype(str))
    if (digits == digits[0]).all() and digits[0] >= _LONG_NUMBER:
        return f"Every row of {name!r} has a different number of {digits[0]} digits."
    return None
