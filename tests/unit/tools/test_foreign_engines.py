"""Engines in other interpreters: the protocol, the installation, the coding of columns."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import DataError, JobError, NotFoundError
from synthcraft.tools.generators import engine_install, engines
from synthcraft.tools.generators.catalogue import catalogue, find
from synthcraft.tools.generators.coding import Coding
from synthcraft.tools.generators.declared import encode_declared
from synthcraft.tools.generators.engine_install import EngineError, install
from synthcraft.tools.generators.engine_process import EngineProcess
from synthcraft.tools.generators.engines import Installed, available, engine, installed
from synthcraft.tools.generators.foreign import _budget, epsilon_of
from synthcraft.tools.table_schema import Column, TableSchema

FAKE = Path(__file__).with_name("fake_engine.py")
DPMM = engine("dpmm")


def fake(how: str, folder: Path) -> EngineProcess:
    return EngineProcess([sys.executable, str(FAKE), how], folder)


def quiet(share: float, words: str) -> None:
    """Nobody listens."""


def test_an_engine_reports_and_is_drawn_from_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "k")
    heard: list[float] = []
    process = fake("well", tmp_path)
    fitted = process.ask({"seed": 1}, "fitted", lambda share, words: heard.append(share))
    assert heard == [0.25, 0.5, 1.0]
    assert "SECRET_KEY" not in fitted["env"] and "PYTHONHASHSEED" in fitted["env"]
    for rows in (5, 200_000, 7):
        assert process.ask({"rows": rows}, "drawn", quiet)["rows"] == rows


@pytest.mark.parametrize(
    ("how", "code", "word"),
    [
        ("dies", "E_ENGINE_DIED", "exit code 3"),
        ("killed", "E_ENGINE_DIED", "signal 9"),
        ("garbage", "E_ENGINE_PROTOCOL", "no answer"),
        ("list", "E_ENGINE_PROTOCOL", "no answer"),
        ("endless", "E_ENGINE_PROTOCOL", "no answer"),
        ("progressless", "E_ENGINE_PROTOCOL", "no answer"),
        ("fails", "E_FIT_FAILED", "without a name"),
        ("memory", "E_MEMORY", "memory"),
    ],
)
def test_a_bad_engine_is_a_sentence_without_values(
    tmp_path: Path, how: str, code: str, word: str
) -> None:
    with pytest.raises(JobError) as caught:
        fake(how, tmp_path).ask({"seed": 1}, "fitted", quiet)
    assert caught.value.code == code and word in str(caught.value)
    assert "17" not in str(caught.value)


def test_an_engine_ends_with_its_owner(tmp_path: Path) -> None:
    process = fake("sleeps", tmp_path)
    child = process._process
    del process
    assert child.poll() is not None


def put_record(home: Path, **change: Any) -> None:
    place = engines.folder(home, "dpmm")
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").symlink_to(sys.executable)
    record = Installed(
        name="dpmm",
        python="3.11",
        requirements_sha256=DPMM.digest,
        packages={"dpmm": "0.1.9"},
        size_mb=1.0,
    )
    engines.write_record(place, record.model_copy(update=change))


def test_a_generator_is_available_where_its_engine_is_with_the_pins_we_know(tmp_path: Path) -> None:
    mst, cart = find("dpmm_mst"), find("cart")
    assert available(cart, tmp_path) and not available(mst, tmp_path)
    assert "synthcraft engines install dpmm" in engines.seen_from(tmp_path, mst).reason
    with pytest.raises(JobError, match="engines install dpmm"):
        engines.require(mst, tmp_path)
    put_record(tmp_path)
    assert engines.seen_from(tmp_path, mst).available
    assert not available(find("great"), tmp_path)
    assert engines.remove(tmp_path, "dpmm") and not engines.remove(tmp_path, "dpmm")
    put_record(tmp_path, requirements_sha256="0" * 64)
    assert installed(tmp_path, "dpmm") is None
    with pytest.raises(NotFoundError, match="dpmm"):
        engines.remove(tmp_path, "../artifacts")


def test_every_engine_of_the_catalogue_can_be_installed() -> None:
    named = {spec.engine for spec in catalogue().values() if spec.engine}
    assert named == set(engines.ENGINES)
    pins = DPMM.requirements.read_text().splitlines()
    assert all(line.startswith("#") or line.count("==") == 1 for line in pins)
    assert DPMM.driver.exists()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("error: No space left on device (os error 28)", "disk is full"),
        ("error sending request for url: dns error", "could not be reached"),
        ("something else", "a step failed"),
    ],
)
def test_a_failed_installation_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, word: str
) -> None:
    code = f"import sys; sys.stderr.write({said!r}); sys.exit(1)"
    commands = [[sys.executable, "-c", code]]
    monkeypatch.setattr(engine_install, "_commands", lambda building, pins: commands)
    with pytest.raises(EngineError, match=word) as caught:
        install(tmp_path, DPMM)
    assert caught.value.hint
    assert list((tmp_path / "engines").iterdir()) == []
    assert said in (tmp_path / "logs" / "engine-dpmm.log").read_text()


SCHEMA = TableSchema(
    columns=(
        Column(name="sex", kind="category", dtype="string", categories=("f", "m", "x"),
               nullable=True, declared=True),
        Column(name="age", kind="integer", dtype="Int64", low=0, high=99, declared=True),
        Column(name="seen", kind="date", dtype="datetime64[ns]", low="2020-01-01",
               high="2020-12-31", date_format="%Y-%m-%d", nullable=True, declared=True),
        Column(name="bmi", kind="numeric", dtype="float64", low=20, high=30, decimals=1),
    )
)  # fmt: skip


def people(**change: Any) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "sex": pd.array(["f", "m"] * 20, dtype="string"),
        "age": pd.array(range(30, 70), dtype="Int64"),
        "seen": pd.to_datetime(["2020-03-01", "2020-04-01"] * 20).astype("datetime64[ns]"),
        "bmi": np.linspace(20, 30, 40).round(1),
    }
    return pd.DataFrame(columns | change)


def test_a_declared_domain_does_not_depend_on_the_rows() -> None:
    few = people()
    many = people(
        sex=pd.array(["x", None] * 20, dtype="string"),
        age=pd.array([0, 99] * 20, dtype="Int64"),
        seen=pd.to_datetime(["2020-12-31", None] * 20).astype("datetime64[ns]"),
    )
    codings = [Coding.of(encode_declared(each, SCHEMA), 5) for each in (few, many)]
    first, second = ({p.code: p for p in c.parts} for c in codings)
    assert {name: part.size for name, part in first.items() if name[0] == "d"} == {
        "d0": 4, "d1": 5, "d2": 6,
    }  # fmt: skip
    for name in ("d1", "d2"):
        assert np.array_equal(first[name].edges, second[name].edges)
    assert [c.from_data for c in codings] == [("bmi",), ("bmi",)]


def test_codes_come_back_as_the_table() -> None:
    frame = people(sex=pd.array([None, "m"] * 20, dtype="string"))
    table = encode_declared(frame, SCHEMA)
    coding = Coding.of(table, 500)
    codes = coding.encode(table.frame)
    assert (codes >= 0).all() and (codes < [part.size for part in coding.parts]).all()
    made = coding.decode(codes, np.random.default_rng(1))
    assert table.valid(made).all()
    back = table.decode(made)
    assert back["sex"].equals(frame["sex"].reset_index(drop=True))
    assert (back["age"] - frame["age"]).abs().max() <= 1
    assert (back["seen"] - frame["seen"]).abs().max() <= pd.Timedelta(days=1)


def test_a_label_outside_its_declared_domain_is_refused_without_being_quoted() -> None:
    with pytest.raises(DataError) as caught:
        encode_declared(people(sex=pd.array(["f", "SECRET"] * 20, dtype="string")), SCHEMA)
    assert "'sex'" in str(caught.value) and "SECRET" not in str(caught.value)


@pytest.mark.parametrize("rho", [1e-4, 0.0243, 0.5, 3.0])
def test_the_accountant_is_below_the_simple_bound_and_grows(rho: float) -> None:
    delta = 1e-6
    simple = rho + 2 * math.sqrt(rho * math.log(1 / delta))
    assert 0 < epsilon_of(rho, delta) < simple
    assert epsilon_of(rho, delta) < epsilon_of(1.1 * rho, delta)
    assert epsilon_of(rho, delta) < epsilon_of(rho, delta / 10)


def test_an_overspent_budget_withholds_the_rows() -> None:
    asked = {"epsilon": 1.0, "delta": 1e-6}
    assert _budget({"rho": 0.0243}, asked)["epsilon_spent"] <= 1
    for rho in (0.026, math.nan, math.inf):
        with pytest.raises(JobError, match="withheld"):
            _budget({"rho": rho}, asked)


def test_the_record_is_json(tmp_path: Path) -> None:
    put_record(tmp_path)
    text = (engines.folder(tmp_path, "dpmm") / engines.RECORD).read_text()
    assert json.loads(text)["requirements_sha256"] == DPMM.digest
