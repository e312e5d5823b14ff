"""The store keeps what it was given, or says why it could not."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.graph.errors import NotFoundError, StoreError
from synthcraft.tools.artifacts import HALF, ArtifactStore, abandoned, replace_file


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def mixed() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": pd.array([1, None, 3], dtype="Int64"),
            "x": [0.5, None, 2.25],
            "s": pd.array(["a", None, "ü\n"], dtype="string"),
            "d": pd.to_datetime(["2020-01-01", None, "2021-05-06"]).astype("datetime64[ns]"),
        }
    )


def test_table_comes_back_with_its_types_and_missing_values(store: ArtifactStore) -> None:
    ref = store.put_frame(mixed(), "table")
    pd.testing.assert_frame_equal(store.read_frame(ref.sha256), mixed())


def test_equal_tables_are_one_file(store: ArtifactStore) -> None:
    first = store.put_frame(mixed(), "table")
    again = store.put_frame(mixed().copy(deep=True), "table")
    assert first == again
    assert sum(path.is_file() for path in store.root.rglob("*")) == 1


def test_json_does_not_depend_on_the_order_of_its_keys(store: ArtifactStore) -> None:
    first = store.put_json({"b": 1, "a": [2, 3]}, "plan")
    assert first.sha256 == store.put_json({"a": [2, 3], "b": 1}, "plan").sha256
    assert store.read_json(first.sha256) == {"a": [2, 3], "b": 1}


def test_file_is_private(store: ArtifactStore) -> None:
    path = store.path(store.put_bytes(b"secret", "bytes").sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_changed_file_is_refused_and_can_be_written_again(store: ArtifactStore) -> None:
    ref = store.put_bytes(b"what was evaluated", "bytes")
    store.path(ref.sha256).write_bytes(b"what was swapped in")
    assert not store.has(ref.sha256)
    with pytest.raises(StoreError) as error:
        store.read_bytes(ref.sha256)
    assert error.value.code == "E_ARTIFACT_CHANGED"
    store.put_bytes(b"what was evaluated", "bytes")
    assert store.read_bytes(ref.sha256) == b"what was evaluated"


@pytest.mark.parametrize("sha", ["", "0" * 64])
def test_missing_file_is_not_found(store: ArtifactStore, sha: str) -> None:
    with pytest.raises(NotFoundError):
        store.read_bytes(sha)


def test_put_file_copies_the_bytes(store: ArtifactStore, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(os.urandom(3 << 20))
    ref = store.put_file(source, "bytes")
    assert ref.bytes == 3 << 20
    assert store.read_bytes(ref.sha256) == source.read_bytes()


def test_no_room_leaves_a_clear_sentence_and_no_half_file(tmp_path: Path) -> None:
    script = """
import json, resource, signal, sys
from pathlib import Path
from synthcraft.graph.errors import StoreError
from synthcraft.tools.artifacts import HALF, ArtifactStore, abandoned, replace_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    ArtifactStore(Path(sys.argv[1])).put_bytes(b"x" * 100_000, "bytes")
except StoreError as error:
    print(json.dumps(error.payload()))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "small")],
        capture_output=True,
        text=True,
        check=True,
    )
    error = json.loads(ran.stdout)
    assert error["code"] == "E_DISK_FULL"
    assert "disk is full" in error["message"]
    assert not [path for path in (tmp_path / "small").rglob("*") if path.is_file()]


def test_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted by root only")
    try:
        store = ArtifactStore(disk)
        kept = store.put_bytes(b"kept", "bytes")
        with pytest.raises(StoreError) as error:
            store.put_bytes(b"x" * 1_000_000, "bytes")
        assert error.value.code == "E_DISK_FULL"
        assert store.read_bytes(kept.sha256) == b"kept"
        assert not list(disk.rglob(".tmp-*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_what_an_earlier_writer_left_half_goes_and_a_living_one_is_left(tmp_path: Path) -> None:
    target = tmp_path / "report [1].html"
    dead = tmp_path / f"{HALF}report [1].html-aaaaaaaa"
    living = tmp_path / f"{HALF}report [1].html-bbbbbbbb"
    other = tmp_path / f"{HALF}notes"
    for path in (dead, living, other):
        path.write_bytes(b"half")
    with living.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        replace_file(target, [b"whole"])
        assert sorted(tmp_path.iterdir()) == sorted([target, living, other])
    assert set(abandoned(tmp_path)) == {living, other}
    assert target.read_bytes() == b"whole"


def test_a_long_name_can_be_replaced(tmp_path: Path) -> None:
    replace_file(tmp_path / ("x" * 255), [b"whole"])
    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]
