"""Packs of a project with marked values: readers of others take them, and nothing leaks."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError, StoreError
from synthcraft.graph.history import config_of
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.audit import audit_log
from synthcraft.tools.pack.levels import Level
from synthcraft.tools.pack.write import MANIFEST
from synthcraft.ui.cli import app
from tests.canaries import CELLS, NAMES, found, planted, written
from tests.integration.conftest import FAULTS, register_faults

LEVELS: tuple[Level, ...] = ("steward", "research", "public")
SEED = 918273645


@dataclass
class Packed:
    """A project with its packs."""

    home: Path
    session: str
    folder: Path
    table_sha: str

    def files(self, level: str) -> dict[str, bytes]:
        """Name -> content of a pack."""
        root = self.folder / level
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


async def made(runner: Runner, table: Path) -> str:
    """A project from table to end, by the hand of a named person."""
    asked = Changes(target="stroke", include=("raises", "cart"), tier="quick")
    view = await runner.start([table], asked, seed=SEED)
    while view.status == "waiting":
        answer = Answer(verdict="approve", actor="Dr Rowan Ashgrove")
        view = await runner.answer(view.session, view.interrupt_id or "", answer)
    assert view.status == "finished", view.message
    return view.session


@pytest.fixture(scope="module")
async def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    base = tmp_path_factory.mktemp("packed")
    table = planted(base)
    settings = Settings.from_env(base / "home", {}, actor="tester")
    with register_faults():
        async with open_runner(settings) as runner:
            runner.deps.jobs.executor.modules = (FAULTS,)
            session = await made(runner, table)
            for level in LEVELS:
                await runner.export(session, base / level, level)
    return Packed(base / "home", session, base, hash_file(table))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a reader asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("level", LEVELS)
def test_croissant_is_read_with_its_rows(packed: Packed, level: str, offline: None) -> None:
    croissant = pytest.importorskip("mlcroissant")
    read = croissant.Dataset(packed.folder / level / "croissant.json")
    assert not read.metadata.ctx.issues.report()
    assert read.metadata.ctx.is_v1_1()
    card = read.metadata
    assert card.data_use_cases and card.data_limitations and card.data_biases
    assert card.personal_sensitive_information and card.data_release_maintenance_plan
    rows = list(read.records("cart-1"))
    table = pd.read_parquet(next((packed.folder / level / "synthetic").glob("*.parquet")))
    assert (len(rows), len(rows[0])) == table.shape
    assert [row["cart-1/0"] for row in rows] == table[table.columns[0]].tolist()


@pytest.mark.parametrize("level", LEVELS)
def test_the_crate_is_a_process_run_crate(packed: Packed, level: str, offline: None) -> None:
    crates = pytest.importorskip("rocrate.rocrate")
    crate = crates.ROCrate(packed.folder / level)
    assert crate.root_dataset["conformsTo"].id == "https://w3id.org/ro/wfrun/process/0.5"
    actions = {a.id: a for a in crate.get_entities() if a.type == "CreateAction"}
    training = actions["#training-cart-1"]
    assert training["instrument"].type == "SoftwareApplication"
    assert training["agent"]["name"] == ("a person" if level == "public" else "Dr Rowan Ashgrove")
    assert training["startTime"] <= training["endTime"]
    assert {e.id.rpartition(".")[2] for e in training["result"]} == {"parquet", "csv"}
    failed = actions["#training-raises-1"]
    assert failed["actionStatus"] == "http://schema.org/FailedActionStatus" and failed["error"]
    assert set(actions.values()) == set(crate.root_dataset["mentions"])
    described = {e.id for e in crate.data_entities} | {"ro-crate-metadata.json", MANIFEST}
    assert set(packed.files(level)) <= described
    assert all(isinstance(each, dict) is False for each in training["object"]), "a loose end"


@pytest.mark.parametrize("level", LEVELS)
def test_provenance_leads_to_an_identifier(packed: Packed, level: str) -> None:
    model = pytest.importorskip("prov.model")
    document = model.ProvDocument.deserialize(packed.folder / level / "prov.json", format="json")
    told = document.get_provn()
    assert "wasDerivedFrom(sc:table-1, sc:real-data" in told and "sc:table-0" not in told
    assert ("hmac-sha256:" in told) == (level == "public")


@pytest.mark.parametrize("level", LEVELS)
def test_a_committee_finds_protocol_flow_risk_and_a_draft(packed: Packed, level: str) -> None:
    told = packed.files(level)["ethics.md"].decode()
    assert "**Custodian:** Needs author." in told
    assert "Generated by cart with" in told and "No language model was asked anything" in told
    assert "**Goal: membership (was a known person in the training data):**" in told
    table = next((packed.folder / level / "synthetic").glob("*.parquet"))
    draft = told.partition("## Request for a determination (draft)")[2]
    assert f"`cart-1` (SHA-256 {hash_file(table)})" in draft and "raises-1" not in draft


@pytest.mark.parametrize("level", LEVELS)
def test_every_file_is_in_the_manifest(packed: Packed, level: str) -> None:
    files = packed.files(level)
    lines = [line.split("  ", 1) for line in files.pop(MANIFEST).decode().splitlines()]
    assert {name: sha for sha, name in lines} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }


def unpacked(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with what is inside of them: pictures in a page, metadata of tables."""
    inside = dict(files)
    for name, data in files.items():
        for number, coded in enumerate(re.findall(rb"base64,([A-Za-z0-9+/=]+)", data)):
            inside[f"{name}#{number}"] = base64.b64decode(coded)
    return inside


@pytest.mark.parametrize("level", LEVELS)
def test_no_marked_value_is_in_any_file(packed: Packed, level: str) -> None:
    files = unpacked(packed.files(level))
    assert any("#" in name for name in files), "the pictures of the report were not looked into"
    assert {name: leak for name, body in files.items() if (leak := found(body, CELLS))} == {}
    for path in (packed.folder / level).rglob("*.parquet"):
        parts = [pq.read_schema(path).metadata, pd.read_parquet(path).to_csv(index=False)]
        assert found(repr(parts).encode(), CELLS) == set()
    names = {"folder": NAMES["folder"]} | ({"file": NAMES["file"]} if level == "public" else {})
    assert {name: leak for name, body in files.items() if (leak := found(body, names))} == {}


@pytest.mark.parametrize("level", ["research", "public"])
def test_seeds_stay_with_the_steward(packed: Packed, level: str) -> None:
    steward = json.loads(packed.files("steward")["results.json"])
    plan = steward["evaluation_plan"]["plan"]
    seeds = {SEED, steward["candidates"][0]["seed"], plan["seeds"]["evaluation"]}
    seeds |= {plan["split"]["seed"]}
    assert seeds.issubset({s for s in seeds if isinstance(s, int) and s > 1000})
    for name, data in packed.files(level).items():
        assert not [seed for seed in seeds if str(seed).encode() in data], name
    assert json.loads(packed.files(level)["results.json"])["seed"] == "withheld"


def test_the_public_pack_holds_no_plain_fingerprint_and_no_close_number(packed: Packed) -> None:
    files = packed.files("public")
    assert not any(packed.table_sha.encode() in data for data in files.values())
    assert not any(b"Ashgrove" in data or b"tester" in data for data in files.values())
    results = json.loads(files["results.json"])
    assert results["results"], "the public pack lost its results"
    for row in results["results"]:
        assert row["column"] is None and row["group"] is None and not row["estimates"]
        assert row["value"] is None or row["value"] == float(f"{row['value']:.3g}")
    table = pd.read_parquet(next((packed.folder / "public" / "synthetic").glob("*.parquet")))
    made = [c["rows"] for c in results["candidates"] if c["rows"]]
    assert made == [len(table)] and len(table) % 5 == 0  # no file is as long as the training part
    sizes = results["data"]
    assert all(sizes[part] % 5 == 0 for part in ("rows", "train", "validation", "holdout"))
    report = files["report.html"].decode()
    assert "left out of this public report" in report and "seed withheld" in report
    assert not any(name.startswith(("audit", "tables/", "figures/marginals")) for name in files)


@pytest.mark.parametrize("level", LEVELS)
def test_no_document_of_any_level_tells_the_size_of_the_training_part(
    packed: Packed, level: str
) -> None:
    files = packed.files(level)
    assert b"215 trained" in files["model_card.md"]
    exact = re.compile(rb"(?<![\w.])216(?![\w.]|\.\d)")  # people, of four hundred
    told = [n for n, data in files.items() if n.endswith((".md", ".json", ".jsonl", ".html", ".py"))
            and exact.search(data)]  # fmt: skip
    assert told == []


def test_the_log_in_the_stewards_pack_holds_and_names_every_file(packed: Packed) -> None:
    audit = packed.folder / "steward" / "audit"
    words = ["audit", "verify", str(audit / f"{packed.session}.jsonl"), "--key"]
    words += [str(audit / "key.pem"), "--anchor", str(audit / "anchors.jsonl"), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    exports = [e.body for e in audit_log(packed.home, packed.session).all()][-3:]
    assert [e["pack"] for e in exports] == list(LEVELS)
    for export in exports:
        root = packed.folder / export["pack"]
        assert export["files"] == {n: hash_file(root / n) for n in packed.files(export["pack"])}


def test_a_table_of_a_pack_is_known_again(packed: Packed) -> None:
    file = next((packed.folder / "public" / "synthetic").glob("*.parquet"))
    words = ["labels", "verify", str(file), "--home", str(packed.home), "--json"]
    done = CliRunner().invoke(app, words)
    assert json.loads(done.output)["verified"] is True
    card = json.loads(file.with_suffix(".json").read_text())
    assert card["sha256"] == hash_file(file)


async def test_levels_never_mix_and_a_full_disk_is_a_sentence(
    packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with register_faults():
        async with open_runner(Settings.from_env(packed.home, {}, actor="tester")) as runner:
            with pytest.raises(InputError, match="no empty folder"):
                await runner.export(packed.session, packed.folder / "steward", "public")
            monkeypatch.setattr("synthcraft.tools.pack.write.publish", full)
            with pytest.raises(StoreError, match="disk is full"):
                await runner.export(packed.session, tmp_path / "full", "public")
    assert not list(tmp_path.iterdir()), "half a pack was left behind"


async def test_what_is_missing_is_said(packed: Packed, tmp_path: Path) -> None:
    """At the first gate; after going back; with a table, a profile and the key gone."""
    home = tmp_path / "home"
    shutil.copytree(packed.home, home)
    readme = packed.files("steward")["README.md"].decode()
    assert "raises-1 has no table: failed" in readme
    with register_faults():
        async with open_runner(Settings.from_env(home, {}, actor="tester")) as runner:
            view = await runner.start([planted(tmp_path)], Changes(target="stroke"), seed=2)
            told = await _said(runner, view.session, tmp_path / "a")
            assert "No generator has run to its end" in told
            store, view = runner.deps.store, await runner.view(packed.session)
            state = await runner.graph.aget_state(config_of(packed.session))
            lost = [state.values["refs"]["profile"].sha256, view.candidates[-1].sha256]
            for sha in lost:
                store.path(sha).unlink()
            (home / "keys" / "audit.pem").rename(home / "keys" / "old.pem")
            told = await _said(runner, packed.session, tmp_path / "b")
            assert "No longer in the store: profile." in told
            assert "The table of cart-1 is no longer" in told
            assert "audit log is not as it was written" in told
            assert not written([tmp_path / "b" / "synthetic"])
            (home / "keys" / "audit.pem").write_text("no key")
            with pytest.raises(StoreError, match="signing key"):
                await runner.export(packed.session, tmp_path / "c", "public")
            assert not (tmp_path / "c").exists()


async def _said(runner: Runner, session: str, out: Path) -> str:
    """README of a pack for the steward, whose report is there as well."""
    await runner.export(session, out, "steward")
    assert (out / "report.html").stat().st_size > 1000
    text = (out / "README.md").read_text()
    return text.partition("## What is missing")[2]
