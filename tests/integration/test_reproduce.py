"""A run is repeated from its pack, or inside the workspace, and compared artefact by artefact."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from synthcraft.graph.errors import JobError
from synthcraft.graph.records import GeneratorPlan, Plan
from synthcraft.graph.rerun import lend_engines
from synthcraft.tools.generators.engines import installed
from synthcraft.tools.report.reproduce import Reproduction
from synthcraft.ui.cli import app
from tests.conftest import clinic
from tests.integration.test_engine_dpmm import ENGINES as INSTALLED
from tests.integration.test_engine_dpmm import FEW, NAMES
from tests.integration.test_survival_engines import ENGINES as SURVIVAL
from tests.integration.test_synthcity_engines import LEARNING, SLOW, TOO_SHORT

MST = GeneratorPlan(
    id="dpmm_mst-1", generator="dpmm_mst", claim_level="", reason="", group="gen_dp",
    seconds=1, memory_mb=1, seed=1,
)  # fmt: skip
OWN = {name: FEW for name in NAMES}
ENGINES = {
    "learning": LEARNING,
    "hardly trained": TOO_SHORT,
    "slow": SLOW,
    "survival": SURVIVAL,
    "own interpreter": OWN,
}
"""Every engine that is offered, with parameters that end in seconds."""


Engines = Mapping[str, Mapping[str, Any]]


def call(*words: object) -> tuple[int, Any]:
    done = CliRunner().invoke(app, [str(word) for word in (*words, "--json")])
    assert "Traceback" not in done.output
    return done.exit_code, json.loads(done.stdout)


@dataclass
class Place:
    """A finished project with its data and packs."""

    data: Path
    home: Path
    session: str
    folder: Path

    def pack(self, level: str) -> Path:
        out = self.folder / level
        if not out.exists():
            words = ("report", self.session, "--pack", level, "--out", out, "--home", self.home)
            assert call(*words)[0] == 0
        return out


def project(folder: Path, engines: Engines, *more: str) -> Place:
    data, home = folder / "clinic.csv", folder / "home"
    days = np.random.default_rng(1).integers(1, 900, len(clinic()))
    clinic().assign(days=days).to_csv(data, index=False)
    if (INSTALLED / "engines").is_dir():
        home.mkdir()
        (home / "engines").symlink_to(INSTALLED / "engines")
    words = ["run", data, "--target", "stroke", "--generators", ",".join(engines)]
    words += ["--tier", "quick", "--approve", "auto", "--seed", "41", *more]
    words += ["--out", folder / "out", "--home", home]
    for engine, params in engines.items():
        words += [w for n, value in params.items() for w in ("--param", f"{engine}.{n}={value}")]
    code, results = call(*words)
    assert code == 0, results
    return Place(data, home, results["session"], folder)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return project(tmp_path_factory.mktemp("place"), {"cart": {}})


def states(told: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["state"] for each in told["artefacts"]}


def test_a_session_is_repeated_bit_for_bit(place: Place) -> None:
    code, told = call("reproduce", place.session, "--home", place.home)
    assert code == 0, told
    assert states(told) == {
        "synthetic/SYNTHETIC__cart-1.parquet": "bit-identical",
        "results.json": "bit-identical",
    }
    assert told["notes"] == []


def test_what_is_wrong_with_a_pack_or_with_data_is_a_sentence(place: Place, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(place.pack("steward"), pack)
    code, told = call("reproduce", pack, "--home", place.home)
    assert (code, "--data" in told["error"]["hint"]) == (2, True)
    other = tmp_path / "other.csv"
    clinic(seed=3).to_csv(other, index=False)
    code, told = call("reproduce", pack, "--data", other, "--home", place.home)
    assert (code, "SHA-256 differs" in told["error"]["message"]) == (2, True)
    code, told = call("reproduce", pack, "--data", tmp_path / "none.csv", "--home", place.home)
    assert code == 2
    (pack / "reproduction.json").write_text('{"session": 3}')
    code, told = call("reproduce", pack, "--data", place.data)
    assert (code, "cannot be used" in told["error"]["message"]) == (2, True)
    code, told = call("reproduce", tmp_path, "--data", place.data)
    assert (code, "no evidence pack" in told["error"]["message"]) == (2, True)
    code, told = call("reproduce", "nobody", "--home", place.home)
    assert (code, told["error"]["code"]) == (2, "E_NOT_FOUND")


def test_the_steward_s_seed_repeats_a_pack_without_seeds_and_changes_are_named(
    place: Place, tmp_path: Path
) -> None:
    """The numbers are those of the run; the table in the pack was exchanged, a version is other."""
    pack = tmp_path / "pack"
    shutil.copytree(place.pack("public"), pack)
    table = next((pack / "synthetic").glob("*.parquet"))
    table.write_bytes(b"another")
    facts = json.loads((pack / "reproduction.json").read_text())
    facts["files"] = dict.fromkeys(facts["files"], "0" * 64)
    facts["environment"]["packages"]["numpy"] = "0.9"
    (pack / "reproduction.json").write_text(json.dumps(facts))
    words = ("--data", place.data, "--seed", "41", "--home", place.home)
    code, told = call("reproduce", pack, *words)
    assert (code, told["reproduced"]) == (1, False)
    assert states(told) == {
        "synthetic/SYNTHETIC__cart-1.parquet": "different",
        "results.json": "bit-identical",
    }
    assert any("not as it was written" in note for note in told["notes"])
    assert any(note.startswith("numpy: 0.9 then") for note in told["notes"])
    assert any("withholds the seed" in note for note in told["notes"])


@pytest.mark.parametrize("plan", [Plan(requested=NAMES[:1]), Plan(generators=(MST,))])
def test_engines_of_their_own_are_lent_or_what_lacks_is_said(plan: Plan, tmp_path: Path) -> None:
    told = Reproduction(session="s", version=None, seed=1, plan=plan)
    with pytest.raises(JobError, match="engines install dpmm"):
        lend_engines(told, tmp_path / "bare", tmp_path / "again")
    if installed(INSTALLED, "dpmm") is None:
        pytest.skip("dpmm is not installed; run `make engines`")
    lend_engines(told, INSTALLED, tmp_path / "again")
    assert installed(tmp_path / "again", "dpmm") is not None


@pytest.mark.slow
def test_another_seed_gives_tables_that_are_alike(place: Place) -> None:
    pack = place.pack("research")
    _, told = call("reproduce", pack, "--data", place.data, "--seed", "5", "--home", place.home)
    assert states(told)["synthetic/SYNTHETIC__cart-1.parquet"] == "statistically equal"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ENGINES)
def test_every_engine_repeats_its_bytes(tmp_path: Path, kind: str) -> None:
    if ENGINES[kind] is OWN and installed(INSTALLED, "dpmm") is None:
        pytest.skip("dpmm is not installed; run `make engines`")
    survival = ("--task", "survival", "--time", "days") if kind == "survival" else ()
    made = project(tmp_path, ENGINES[kind], "--budget", "120", *survival)
    code, told = call("reproduce", made.session, "--home", made.home)
    assert code == 0, told
    assert states(told) == {
        **{f"synthetic/SYNTHETIC__{name}-1.parquet": "bit-identical" for name in ENGINES[kind]},
        "results.json": "bit-identical",
    }
