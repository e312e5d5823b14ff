"""Inputs that fuzzing begins with, made anew each time."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pandas as pd

from synthcraft.agents.language.phrasebook import exemplars
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_yaml import plan_text
from tests.fuzz.targets import KINDS, PARTS, folder, plain_workbook

PLAN = """use_case: sharing
unit: person_id
roles: {target: mi, time: t, task: survival, quasi: [age], ignored: [x]}
survey: {weight: w, strata: s, psu: p}
split: {holdout: 0.2, strata: [mi, ethnicity], seed: 7}
replicates: {fits: 5, draws: 2, k: n}
engines: [{name: ctgan, tuning_trials: 20}, {name: aim, epsilon: [0.5, 1, 3]}]
bands: {age: [40, 60]}
primary: {fidelity: F3, utility: U1}
margins: {delta_auc: 0.05, prevalence_ratio: [0.80, 1.25]}
thresholds: {fidelity.association: {pass_high: 1}}
signed_by: {analyst: 2021-03-04, steward: null}
"""
CODEBOOK = (
    "A title\nVariable,Label,Units,Values,Range,Min,Max\n"
    "age,Age in years,years,,18-90,,\nsex,,,f=female; m=male,,,\n"
    "site,,,\"0, North | 1, South\",,,\nbmi,,,,\"[10, 60)\",,\nseen,,,,,2021-01-01,2022-01-01\n"
    "ill,,,yes; no,>=0,=1+1,\nage,,,,>=1e9,,\n"
)  # fmt: skip


def frame(rows: int = 30) -> pd.DataFrame:
    """A table with a column of every kind."""
    return pd.DataFrame(
        {
            "age": range(20, 20 + rows),
            "sex": ["f", "m"] * (rows // 2),
            "bmi": [n / 7 if n % 5 else None for n in range(rows)],
            "seen": pd.date_range("2021-01-01", periods=rows),
            "note": [f"größer, {n}" for n in range(rows)],
        }
    )


def _text() -> Iterator[bytes]:
    for separator, decimal in ((",", "."), (";", ","), ("\t", "."), ("|", ".")):
        table = frame().to_csv(index=False, sep=separator, decimal=decimal)
        yield from (table.encode(), table.encode("utf-16"), table.encode("cp1252"))
    dated = [
        f"{n},20210{n % 9 + 1}01,0{n},{n % 12 + 1}/1/2021,1e{n},1.{n:03d},True" for n in range(12)
    ]
    yield "\n".join(["n,visit_date,code,day,big,thousand,is", *dated]).encode()


def _small() -> Iterator[bytes]:
    """Tables of few cells, one column of each kind: they take the least time."""
    for cells in ("1,a", "1.5,01", "20210304,2021-03-04", "True,1e5", "4/3/2021,", '"1,000",NA'):
        yield f"n,x\n{cells}\n{cells}\n".encode()


def _turn() -> Iterator[bytes]:
    for kind, values in exemplars().items():
        for sentences in values.values():
            yield f"\3{sentences[0]} {kind}".encode()
    for said in ("yes", "stop", "no", "use ctgan and drop age", "go back to intake", "why?"):
        yield f"\1{said}".encode()


def _binary() -> Iterator[bytes]:
    import pyreadstat

    for compression in ("snappy", None):
        made = io.BytesIO()
        frame().to_parquet(made, compression=compression)
        yield made.getvalue()
    path = folder() / "seed"
    plain = frame().astype({"seen": "string"})
    labels = {"sex": {"f": "female", "m": "male"}}
    pyreadstat.write_xport(plain, str(path))
    yield path.read_bytes()
    for compress in (False, True):
        pyreadstat.write_sav(plain, str(path), compress=compress, variable_value_labels=labels)
        yield path.read_bytes()
    pyreadstat.write_dta(plain, str(path))
    yield path.read_bytes()


CELLS = (
    ("b", "1"), ("e", "#N/A"), ("d", "2021-03-04T00:00:00"), ("n", "1e999"), ("n", "-1"),
    ("n", "99999999"), ("str", "x"), ("s", "0"), ("n", "0.5"),
)  # fmt: skip
"""Kinds of cells of a sheet, each with a value."""
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>{}'
    "</sheetData></worksheet>"
)


def _sheets() -> Iterator[bytes]:
    """Small sheets: a cell of each kind beside a date."""
    for kind, value in CELLS:
        day = value if kind == "n" else "44000"
        cells = f'<c r="A2" t="{kind}"><v>{value}</v></c><c r="B2" s="2"><v>{day}</v></c>'
        yield SHEET.format(f'<row r="2">{cells}</row>').encode()


def _workbook() -> Iterator[bytes]:
    for number, name in enumerate(PARTS):
        yield bytes([number]) + plain_workbook().get(name, b"")
    for sheet in _sheets():
        yield bytes([0]) + sheet


def _codebook() -> Iterator[bytes]:
    sheet = plain_workbook()[PARTS[0]]
    yield b"\0" + CODEBOOK.encode()
    yield b"\0" + CODEBOOK.replace(",", ";").encode("cp1252")
    yield bytes([KINDS.index(".xlsx")]) + sheet
    kept = '{"file":"c.csv","sha256":"","entries":[{"name":"age","bounds":{"low":18,"high":90}}]}'
    yield bytes([KINDS.index(".json")]) + kept.encode()


def _plan() -> Iterator[bytes]:
    yield PLAN.encode()
    yield plan_text(EvaluationPlan()).encode()


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "text": lambda: chain(_small(), _text()),
    "turn": _turn,
    "binary": _binary,
    "workbook": _workbook,
    "codebook": _codebook,
    "plan": _plan,
}


def write_seeds(name: str, out: Path) -> Path:
    """One file a seed."""
    out.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]()):
        (out / f"seed-{number}").write_bytes(seed)
    return out
