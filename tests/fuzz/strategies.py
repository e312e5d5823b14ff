"""What may be handed in: tables, plans, messages, counts, changed bytes and job specs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from synthcraft.graph.statistics import names
from synthcraft.tools.endpoints import CODES
from synthcraft.tools.evaluation_plan import FAMILIES, default_thresholds
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.plan_file import EvaluationPlan, PlanRoles, PlanSplit, Replicates

MORE = 50


def examples(few: int) -> settings:
    """How many are tried: few in the suite, many under the profile of `make fuzz`."""
    fuzzing = settings.get_current_profile_name() == "fuzz"
    return settings(max_examples=few * MORE if fuzzing else few, deadline=None)


# --- tables ---------------------------------------------------------------------------------

LETTERS = st.characters(exclude_categories=["Cs"])
ODD = st.sampled_from(
    ["=1+1", "NA", "nan", "null", "True", "007", "1,5", "1.234.567", "1e999", "-0", "\x1c7", "٣",
     "9" * 5000, "2021-02-30", "31/12/2021", "20210101", "\ufeff", "a\rb", 'a"b', "a,b", "a\nb",
     "\u2028", "é", "e\u0301", "👩‍⚕️", "\x0b1", "0x1F", "1_000", " 1 ", "∞", "½", "inf"]
)  # fmt: skip
TEXTS = st.one_of(st.text(LETTERS, max_size=12), ODD)
NAMES = st.one_of(
    st.sampled_from(["age", "Sex", "patient_id", "visit_date", "BMI", "é", "x.1"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=",;\t|"), max_size=8),
)  # fmt: skip
DAYS = st.dates(date(1700, 1, 1), date(2250, 1, 1))
FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d%b%Y", "%Y-%m-%d %H:%M"]
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "Int64": st.integers(-(2**63), 2**63 - 1),
    "small": st.integers(0, 5),
    "float64": st.floats(),
    "float32": st.floats(width=32),
    "boolean": st.booleans(),
    "datetime64[ns]": DAYS.map(pd.Timestamp),
    "string": TEXTS,
    "digits": st.integers(-(10**25), 10**25).map(str),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
}
DTYPES = {"small": "Int64", "digits": "string", "decimal": "string", "dated": "string"}


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pd.Series[Any]:
    """A column: a kind, a share of missing cells, few or many different values."""
    kind = draw(st.sampled_from([*KINDS, "dated"]))
    value = KINDS.get(kind)
    if value is None:
        shown = draw(st.sampled_from(FORMATS))
        value = DAYS.map(lambda day: pd.Timestamp(day).strftime(shown))
    few = draw(st.lists(value, min_size=1, max_size=6))
    missing = draw(st.sampled_from([0, 0, 1, 3]))  # in four
    places = st.integers(0, len(few) - 1)
    cells = [
        None if draw(st.integers(1, 4)) <= missing else few[draw(places)]
        for _ in range(min(rows, 40))
    ]
    return pd.Series((cells * (rows // len(cells) + 1))[:rows], dtype=DTYPES.get(kind, kind))


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """A table as a study might have it: types, missing cells, signs of any script, sizes."""
    rows = draw(st.sampled_from([1, 2, 7, 60]))
    named = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    return pd.DataFrame({name: draw(columns(rows)) for name in named})


# --- plans ----------------------------------------------------------------------------------

COLUMNS = st.one_of(st.sampled_from(["age", "yes", "null", "2021-01-01", "1", "=", "~"]), TEXTS)
LIMITS = tuple(default_thresholds("sharing"))


@st.composite
def plans(draw: st.DrawFn) -> EvaluationPlan:
    """An evaluation plan that can be used."""
    target, time, *rest = draw(st.lists(COLUMNS, min_size=6, max_size=6, unique=True))
    survival = draw(st.booleans())
    number = st.floats(-1e300, 1e300)
    rising = st.sets(number, max_size=3).map(sorted).map(tuple)
    fits, rows = draw(st.integers(1, 2**70)), draw(st.sampled_from([None, "n", 5]))
    return EvaluationPlan(
        use_case=draw(st.sampled_from(["sharing", "privacy", "development"])),
        unit=draw(st.sampled_from([None, rest[0]])),
        roles=PlanRoles(
            target=target,
            task="survival" if survival else None,
            time=time if survival else None,
            quasi=tuple(rest[1:2]),
            ignored=tuple(rest[2:3]),
        ),
        families=tuple(draw(st.lists(st.sampled_from(list(FAMILIES)), max_size=2))),
        tier=draw(st.sampled_from(["quick", "standard", "publication"])),
        split=PlanSplit(seed=draw(st.integers(0, 2**80)), holdout=draw(st.floats(0.01, 0.4))),
        replicates=Replicates(fits=fits, k=rows),
        risk_threshold=draw(st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True)),
        bands=draw(st.dictionaries(COLUMNS, rising, max_size=2)),
        primary={"utility": draw(st.sampled_from([c for c in CODES if c.startswith("U")]))},
        thresholds=draw(st.dictionaries(st.sampled_from(LIMITS), number, max_size=3)),
    )  # fmt: skip


# --- messages -------------------------------------------------------------------------------

NONSENSE = st.text("qxzjv", min_size=5, max_size=9)
"""Words of no language."""


def messages(phrases: Sequence[str], named: Sequence[str]) -> st.SearchStrategy[str]:
    """What a person types: known phrases, names, numbers and any signs, in any order."""
    piece = st.one_of(
        st.sampled_from([*phrases, *named]),
        st.sampled_from(["not", "and", "but", "?", ".", "\n", "use", "drop", "skip", "back to"]),
        st.one_of(st.integers(), st.floats()).map(str),
        st.text(max_size=20),
    )  # fmt: skip
    return st.builds(
        lambda parts, gap: gap.join(parts),
        st.lists(piece, max_size=8),
        st.sampled_from([" ", "", " ", ", ", "\u00a0"]),
    )


# --- files ----------------------------------------------------------------------------------

HALVES = st.text(st.characters(), max_size=9)
"""Any text, halves of signs too, which JSON can hold and no encoding can."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HALVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HALVES, inner, max_size=3),
    max_leaves=6,
)
COUNTS = st.dictionaries(
    st.one_of(st.sampled_from(sorted(names())), HALVES),
    st.tuples(st.integers(-(10**30), 10**30), st.integers()),
    max_size=4,
)


@st.composite
def changed_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file after a few accidents: bytes changed, lost, put in, parts moved or written twice."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        kind = draw(st.sampled_from(["change", "lose", "insert", "double", "move", "cut"]))
        if kind == "change" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=6))
        elif kind == "cut":
            del data[end:]
        else:
            part = bytes(data[at:end])
            if kind != "double":
                del data[at:end]
            if kind != "lose":
                place = draw(st.integers(0, len(data)))
                data[place:place] = part
    return bytes(data)


@st.composite
def changed_json(draw: st.DrawFn, value: Any) -> Any:
    """The value with something in it replaced, removed or added."""
    if isinstance(value, dict) and draw(st.integers(0, 3)):
        name = draw(st.sampled_from([*value, draw(st.text(max_size=6))]))
        left = {key: part for key, part in value.items() if key != name}
        if draw(st.integers(0, 3)) == 0:
            return left
        return {**left, name: draw(changed_json(value.get(name)))}
    return draw(JSON)


# --- job specs ------------------------------------------------------------------------------

SPECS = st.builds(
    JobSpec,
    kind=st.sampled_from(["generate", "evaluate", "toy_write"]),
    params=st.dictionaries(st.text(max_size=9), JSON, max_size=3),
    inputs=st.dictionaries(st.text(max_size=9), st.binary(min_size=32, max_size=32).map(bytes.hex)),
    seed=st.integers(0, 2**64),
)  # fmt: skip
