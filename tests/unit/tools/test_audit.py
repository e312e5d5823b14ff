"""The audit log finds every change to itself and follows branches."""

from __future__ import annotations

import json
import multiprocessing
import random
import stat
from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.errors import NotFoundError, StoreError
from synthcraft.tools.audit import ROOT, AuditLog


def body(number: int, **extra: Any) -> dict[str, Any]:
    return {"kind": "decision", "at": "2026-03-02T10:00:00Z", "step": number, **extra}


def filled(path: Path, count: int = 12) -> tuple[AuditLog, str]:
    log, head = AuditLog(path), ROOT
    for number in range(count):
        head = log.append(body(number, score=number / 7, why="größer"), head)
    return log, head


def lines(log: AuditLog) -> list[str]:
    return log.path.read_text("utf-8").splitlines()


def rewrite(log: AuditLog, changed: list[str]) -> None:
    log.path.write_text("".join(f"{line}\n" for line in changed), "utf-8")


def test_an_untouched_log_has_no_problems_and_keeps_its_bodies(tmp_path: Path) -> None:
    log, head = filled(tmp_path / "audit" / "s.jsonl")
    assert log.verify(head) == []
    assert [entry.body["step"] for entry in log.lineage(head)] == list(range(12))
    assert log.all()[3].body == body(3, score=3 / 7, why="größer")


def test_entries_are_found_by_a_word_that_is_a_name_or_value_in_them(tmp_path: Path) -> None:
    log, head = filled(tmp_path / "s.jsonl", 3)
    head = log.append(body(3, jobs=[{"job": "evaluate", "why": "größer"}]), head)
    log.append(body(4, why="they evaluate it"), head)
    assert [entry.body["step"] for entry in log.naming("evaluate")] == [3]
    assert [entry.body["step"] for entry in log.naming("jobs")] == [3]
    assert AuditLog(tmp_path / "none.jsonl").naming("jobs") == []


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    log, _ = filled(tmp_path / "s.jsonl", 1)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_log_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "none.jsonl")
    assert (log.all(), log.lineage(ROOT), log.verify()) == ([], [], [])


def test_lineage_follows_one_branch_and_the_other_stays(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "s.jsonl")
    first = log.append(body(1), ROOT)
    left = log.append(body(2, branch="left"), first)
    right = log.append(body(2, branch="right"), first)
    last = log.append(body(3), right)
    assert [e.hash for e in log.lineage(last)] == [first, right, last]
    assert [e.hash for e in log.lineage(left)] == [first, left]
    assert len(log.all()) == 4
    assert log.verify(last) == log.verify(left) == []


def test_every_edited_entry_is_found_with_its_line(tmp_path: Path) -> None:
    log, head = filled(tmp_path / "s.jsonl", 200)
    original = lines(log)
    rng = random.Random(1)
    for index in range(200):
        entry = json.loads(original[index])
        field = rng.choice(["body", "prev", "hash", "seq"])
        if field == "body":
            entry["body"]["step"] += 1
        elif field == "seq":
            entry["seq"] += 1
        else:
            entry[field] = "0" * 64
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        rewrite(log, [*original[:index], text, *original[index + 1 :]])
        problems = log.verify(head)
        assert any(p.startswith(f"Line {index + 1}:") for p in problems), (index, field, problems)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda ls: [*ls[:4], *ls[5:]], 5),
        (lambda ls: [*ls[:4], ls[5], ls[4], *ls[6:]], 5),
        (lambda ls: [*ls[:4], ls[2], *ls[4:]], 5),
        (lambda ls: [*ls[:4], "not json", *ls[5:]], 5),
        (lambda ls: [*ls[:4], ls[4].replace('"seq":5', '"seq": 5'), *ls[5:]], 5),
        (lambda ls: [*ls[:4], ls[4].replace('"body":{', '"body":{"step":99,'), *ls[5:]], 5),
    ],
    ids=["deleted", "reordered", "repeated", "garbage", "spacing", "doubled key"],
)
def test_structural_changes_are_found(tmp_path: Path, change: Any, line: int) -> None:
    log, head = filled(tmp_path / "s.jsonl")
    rewrite(log, change(lines(log)))
    assert any(p.startswith(f"Line {line}:") for p in log.verify(head))


def test_lines_cut_off_the_end_are_found_by_the_head(tmp_path: Path) -> None:
    log, head = filled(tmp_path / "s.jsonl")
    rewrite(log, lines(log)[:-1])
    assert log.verify() == []
    assert "missing" in log.verify(head)[0]
    with pytest.raises(NotFoundError, match="holds no entry"):
        log.lineage(head)


def test_a_half_written_line_is_ignored_and_repaired(tmp_path: Path) -> None:
    log, head = filled(tmp_path / "s.jsonl", 3)
    with log.path.open("a") as handle:
        handle.write('{"body":{"kind":"decis')
    assert len(log.all()) == 3
    assert log.verify(head) == []
    newest = log.append(body(3), head)
    assert log.verify(newest) == []
    assert [entry.seq for entry in log.all()] == [1, 2, 3, 4]


def test_values_that_json_lacks_do_not_break_the_chain(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "s.jsonl")
    head = log.append(body(1, score=float("nan"), path=Path("x"), pair=(1, 2), odd="\udc80"), ROOT)
    assert log.verify(head) == []
    assert log.all()[0].body["score"] is None


def test_an_unreadable_line_is_named(tmp_path: Path) -> None:
    log, _ = filled(tmp_path / "s.jsonl", 2)
    rewrite(log, [lines(log)[0], "{}"])
    with pytest.raises(StoreError, match="Line 2"):
        log.all()


def test_a_folder_in_the_way_is_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").mkdir()
    with pytest.raises(StoreError, match="could not be written"):
        AuditLog(tmp_path / "s.jsonl").append(body(1), ROOT)


def _append_many(path: str, who: int) -> None:
    head = ROOT
    for number in range(25):
        head = AuditLog(Path(path)).append(body(number, who=who), head)


def test_two_processes_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_append_many, args=(str(path), who)) for who in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert AuditLog(path).verify() == []
    assert len(AuditLog(path).all()) == 50


def test_a_step_that_runs_twice_in_one_tick_leaves_one_entry(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "log.jsonl")
    first = log.append({"kind": "start"}, ROOT)
    again = [log.append({"kind": "job", "at": "same"}, first) for _ in range(2)]
    assert again[0] == again[1]
    assert len(log.all()) == 2
    assert log.verify(again[0]) == []
