from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.graph.errors import InputError, NotFoundError, StoreError
from synthcraft.graph.policy_exchange import export, merge_files, opened, reset
from synthcraft.graph.policy_file import PolicyFile, load_policy, merge_into
from synthcraft.graph.records import digest_of
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.counts import MICRO, Counts, micro

VETO = "k|evaluation|privacy_metrics|ind"
BASE = "b|intake"
SITES: tuple[tuple[Counts, int], ...] = (
    ({VETO: (1_000_001, 3), BASE: micro(4, 1)}, 7),
    ({VETO: (333_333, 666_667), "R|intake|0": micro(2, -1.5)}, 2),
    ({BASE: micro(0.1, 0.2)}, 11),
)


def site(folder: Path, counts: Counts, projects: int) -> Path:
    """The policy file of another site."""
    merge_into(folder / "policy.json", counts, projects)
    return folder / "policy.json"


@pytest.fixture
def sites(tmp_path: Path) -> list[Path]:
    return [site(tmp_path / f"site{n}", *given) for n, given in enumerate(SITES)]


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return tmp_path / "home" / "policy.json"


def refitted(path: Path, **changes: object) -> None:
    """Other content under a digest that fits."""
    body = json.loads(path.read_text()) | changes
    body.pop("digest")
    path.write_text(json.dumps(body | {"digest": digest_of(body)}))


def test_files_merge_to_the_same_bytes_in_any_order_and_grouping(
    tmp_path: Path, sites: list[Path]
) -> None:
    results = set()
    for number, order in enumerate(permutations(sites)):
        at_once, one_by_one = tmp_path / f"a{number}.json", tmp_path / f"b{number}.json"
        merge_files(at_once, order)
        for path in order:
            merge_files(one_by_one, [path])
        results |= {at_once.read_bytes(), one_by_one.read_bytes()}
    pair, rest = tmp_path / "pair.json", tmp_path / "rest.json"
    merge_files(pair, sites[1:])
    merge_files(rest, [sites[0], pair])
    results.add(rest.read_bytes())
    assert len(results) == 1
    merged = opened(rest)
    assert merged.n_pipelines == 20
    assert merged.counts[VETO] == (1_333_334, 666_670)
    assert merged.counts[BASE] == (4_100_000, 1_200_000)


keys = st.sampled_from([VETO, BASE, "e|intent", "b|documentation"])
amounts = st.integers(0, 10**9)


@given(st.lists(st.dictionaries(keys, st.tuples(amounts, amounts), min_size=1), max_size=3))
def test_merging_is_an_exact_sum(
    tmp_path_factory: pytest.TempPathFactory, parts: list[Counts]
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    paths = [site(folder / str(n), part, n + 1) for n, part in enumerate(parts)]
    merged = merge_files(folder / "policy.json", paths)
    for key in (VETO, BASE):
        for side in (0, 1):
            total = sum(part.get(key, (0, 0))[side] for part in parts)
            assert merged.counts.get(key, (0, 0))[side] == total


def test_our_own_counts_stay_and_the_last_version_is_kept(ours: Path, sites: list[Path]) -> None:
    merge_into(ours, {VETO: micro(1, 0)})
    before = ours.read_bytes()
    merge_files(ours, sites[:1])
    assert load_policy(ours).installation[VETO] == (2_000_001, 3)
    assert ours.with_name("policy.json.prev").read_bytes() == before


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "another table": ({"catalog_hash": "0" * 64}, "another table of actions or other rules"),
    "other rules": ({"rules_version": "0"}, "another table of actions or other rules"),
    "another format": ({"schema": "emab-stats/2"}, "another format"),
    "negative": ({"counts": {VETO: [-1, 0]}}, "no sequence of observations"),
    "endless": ({"counts": {VETO: [10**400, 0]}}, "no sequence of observations"),
    "unknown name": ({"counts": {"k|intake|mrs_smith|ind": [1, 1]}}, "does not know"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_does_not_fit_is_refused_in_words_and_nothing_changes(
    ours: Path, sites: list[Path], case: str
) -> None:
    changes, words = REFUSED[case]
    merge_into(ours, {VETO: micro(1, 0)})
    refitted(sites[1], **changes)
    before = ours.read_bytes(), sites[1].read_bytes()
    with pytest.raises(InputError, match=words) as caught:
        merge_files(ours, sites)
    assert "smith" not in str(caught.value)
    assert (ours.read_bytes(), sites[1].read_bytes()) == before


def test_truncated_missing_and_repeated_files_are_refused(ours: Path, sites: list[Path]) -> None:
    merge_files(ours, sites[:1])
    before = ours.read_bytes()
    with pytest.raises(InputError, match="given twice"):
        merge_files(ours, [sites[1], sites[1]])
    with pytest.raises(InputError, match="what is here already"):
        merge_files(ours, [ours])
    with pytest.raises(NotFoundError, match=r"no file nobody\.json"):
        merge_files(ours, [ours.with_name("nobody.json")])
    sites[1].write_bytes(sites[1].read_bytes()[:-30])
    with pytest.raises(InputError, match="damaged"):
        merge_files(ours, sites[1:])
    assert ours.read_bytes() == before


def test_a_reset_renames_the_file_and_learning_begins_again(ours: Path) -> None:
    assert reset(ours) is None
    for number in (1, 2):
        merge_into(ours, {VETO: micro(number, 0)})
        before = ours.read_bytes()
        aside = reset(ours)
        assert aside is not None and aside.name == f"policy.json.reset-{number}"
        assert aside.read_bytes() == before
        assert load_policy(ours) == Statistics()


def test_an_export_needs_five_projects_and_leaves_out_what_few_taught(
    ours: Path, tmp_path: Path
) -> None:
    out = tmp_path / "export.json"
    merge_into(
        ours,
        {
            VETO: micro(1, 1),
            BASE: (2 * MICRO - 1, 0),
            "R|intake|0": micro(2, -3),
            "R|intake|1": micro(1, -2),
        },
        4,
    )
    with pytest.raises(InputError, match="4 projects; an export needs at least 5"):
        export(ours, out)
    assert not out.exists()
    merge_into(ours, {}, 1)
    assert export(ours, out) == opened(out)
    assert opened(out).counts == {VETO: micro(1, 1), "R|intake|0": micro(2, -3)}
    assert opened(out).n_pipelines == 5
    with pytest.raises(InputError, match="exists already"):
        export(ours, out)
    with pytest.raises(StoreError, match="could not be written"):
        export(ours, tmp_path / "no folder" / "export.json")


def test_an_exported_file_can_be_merged_elsewhere(ours: Path, tmp_path: Path) -> None:
    merge_into(ours, {VETO: micro(3, 1)}, 5)
    export(ours, tmp_path / "export.json")
    merged = merge_files(tmp_path / "there" / "policy.json", [tmp_path / "export.json"])
    assert merged == PolicyFile.of({VETO: micro(3, 1)}, 5)
