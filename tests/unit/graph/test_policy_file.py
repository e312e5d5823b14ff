from __future__ import annotations

import json
import multiprocessing
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.errors import GuardError, StoreError
from synthcraft.graph.policy_file import PolicyFileWarning, load_policy, merge_into
from synthcraft.graph.records import digest_of
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.counts import MICRO, micro

VETO = "k|evaluation|privacy_metrics|ind"
COUNTS = {VETO: micro(2.25, 1), "R|intake|0": micro(2, -1.5)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "policy.json"


def content(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def rewrite(path: Path, **changes: Any) -> None:
    """A file with a valid digest and other content."""
    body = content(path) | changes
    body.pop("digest")
    path.write_text(json.dumps(body | {"digest": digest_of(body)}))


def test_a_missing_file_is_an_empty_memory(path: Path) -> None:
    assert load_policy(path) == Statistics()
    assert not path.parent.exists()


def test_what_was_merged_is_what_is_loaded(path: Path) -> None:
    merge_into(path, COUNTS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_policy(path) == Statistics(installation=COUNTS)
    merge_into(path, COUNTS, pipelines=3)
    assert load_policy(path).observations(VETO) == 6.5
    assert content(path)["n_pipelines"] == 4


def test_the_file_holds_counts_and_versions_and_nothing_else(path: Path) -> None:
    merge_into(path, COUNTS)
    assert content(path).keys() == {
        "schema",
        "catalog_hash",
        "rules_version",
        "prior_version",
        "n_pipelines",
        "counts",
        "digest",
    }
    assert content(path)["counts"] == {
        "R|intake|0": [2 * MICRO, -1_500_000],
        VETO: [2250000, MICRO],
    }


def test_the_last_version_is_kept(path: Path) -> None:
    merge_into(path, COUNTS)
    first = path.read_bytes()
    merge_into(path, COUNTS)
    assert path.with_name("policy.json.prev").read_bytes() == first
    left = {p.name for p in path.parent.iterdir()}
    assert left == {"policy.json", "policy.json.prev", "policy.json.lock"}


DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": lambda p: p.write_bytes(p.read_bytes()[:-40]),
    "empty": lambda p: p.write_bytes(b""),
    "binary": lambda p: p.write_bytes(b"\xff\xfe\x00policy"),
    "not an object": lambda p: p.write_text("[1, 2]"),
    "deeply nested": lambda p: p.write_text("[" * 100_000),
    "edited without digest": lambda p: p.write_text(p.read_text().replace("2250000", "9250000")),
    "negative": lambda p: rewrite(p, counts={VETO: [-1, 0]}),
    "not finite": lambda p: p.write_text(p.read_text().replace("2250000", "Infinity")),
    "NaN": lambda p: p.write_text(p.read_text().replace("2250000", "NaN")),
    "fractional": lambda p: rewrite(p, counts={VETO: [0.5, 0]}),
    "boolean": lambda p: rewrite(p, counts={VETO: [True, 0]}),
    "three numbers": lambda p: rewrite(p, counts={VETO: [1, 1, 1]}),
    "impossible return": lambda p: rewrite(p, counts={"R|intake|0": [MICRO, 5 * MICRO]}),
    "unknown key": lambda p: rewrite(p, counts={"k|evaluation|mrs_smith|ind": [1, 1]}),
    "other schema": lambda p: rewrite(p, schema="emab-stats/2"),
    "extra field": lambda p: rewrite(p, note="x"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_cannot_be_trusted_is_set_aside_and_never_used_or_deleted(
    path: Path, damage: str
) -> None:
    merge_into(path, COUNTS)
    DAMAGE[damage](path)
    bytes_before = path.read_bytes()
    with pytest.warns(PolicyFileWarning, match="set aside as policy.json.bad-1") as caught:
        assert load_policy(path) == Statistics()
    assert "smith" not in str(caught[0].message)
    assert path.with_name("policy.json.bad-1").read_bytes() == bytes_before
    assert not path.exists()


def test_learning_goes_on_after_a_damaged_file_and_every_bad_file_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("damage 1")
    with pytest.warns(PolicyFileWarning):
        merge_into(path, COUNTS)
    assert load_policy(path).observations(VETO) == 3.25
    path.write_text("damage 2")
    with pytest.warns(PolicyFileWarning):
        assert load_policy(path) == Statistics()
    kept = {p.read_text() for p in path.parent.glob("policy.json.bad-*")}
    assert kept == {"damage 1", "damage 2"}


def test_counts_of_another_table_of_actions_are_kept_where_they_still_mean_something(
    path: Path,
) -> None:
    merge_into(path, COUNTS)
    counts = {VETO: [MICRO, 0], "s|intake|an_older_action|named0": [MICRO, 0]}
    rewrite(path, catalog_hash="0" * 64, counts=counts)
    older = path.read_bytes()
    with pytest.warns(PolicyFileWarning, match="1 of 2 counts"):
        assert load_policy(path) == Statistics(installation={VETO: (MICRO, 0)})
    assert path.read_bytes() == older
    with pytest.warns(PolicyFileWarning):
        merge_into(path, {VETO: (MICRO, 0)})
    assert load_policy(path) == Statistics(installation={VETO: (2 * MICRO, 0)})
    assert path.with_name("policy.json.bad-1").read_bytes() == older


def test_impossible_counts_are_refused_before_the_file_is_touched(path: Path) -> None:
    merge_into(path, COUNTS)
    before = path.read_bytes()
    with pytest.raises(GuardError, match="cannot be kept"):
        merge_into(path, {VETO: (-1, 0)})
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"could not be written.*Free some space"):
        merge_into(tmp_path / "home" / "policy.json", COUNTS)


def merge_many(path: Path, times: int) -> None:
    for _ in range(times):
        merge_into(path, {VETO: (1, 2)})


def test_processes_that_merge_at_once_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=merge_many, args=(path, 25)) for _ in range(2)]
    for worker in workers:
        worker.start()
    merge_many(path, 25)
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert load_policy(path).installation == {VETO: (75, 150)}
    assert content(path)["n_pipelines"] == 75


def test_forgetting_fades_what_was_learnt_before_and_is_off_by_default(path: Path) -> None:
    merge_into(path, COUNTS)
    merge_into(path, {VETO: (1, 0)}, pipelines=2, forgetting=0.5)
    assert load_policy(path).installation == {
        VETO: (562_501, 250_000),
        "R|intake|0": (500_000, -375_000),
    }
    merge_into(path, {VETO: (1, 0)})
    assert load_policy(path).installation[VETO] == (562_502, 250_000)


def test_a_count_beyond_all_experience_is_damage(path: Path) -> None:
    merge_into(path, COUNTS)
    rewrite(path, counts={VETO: [10**400, 0]})
    with pytest.warns(PolicyFileWarning, match="set aside"):
        assert load_policy(path) == Statistics()
