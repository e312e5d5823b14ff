"""A signed log: whatever is done to one of its entries is found, and told where."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from synthcraft.graph.errors import InputError, StoreError
from synthcraft.tools.anchors import read_anchors
from synthcraft.tools.audit import ROOT, AuditLog, audit_log
from synthcraft.tools.audit_entry import Entry, canonical_2, hash_2
from synthcraft.tools.signing import Keys, PublicKey, read_public_key

KINDS = ("decision", "feedback", "proposal")
Change = Callable[[dict[str, Any]], None]
Lines = list[bytes]
APART = 5
"""From one entry that is changed to the next."""
OLD = Path(__file__).parent / "frozen" / "audit_form_1.jsonl"


def body(number: int) -> dict[str, Any]:
    return {
        "kind": KINDS[number % 3],
        "at": "2026-03-02T10:00:00Z",
        "step": number,
        "score": number / 7,
        "message": f"größer {number}",
    }


def filled(home: Path, count: int = 200) -> tuple[AuditLog, str]:
    """A log with a second branch, which begins in its middle."""
    log, heads = audit_log(home, "project"), [ROOT]
    for number in range(count):
        back = number - 90 if number == 120 else number
        heads.append(log.append(body(number), heads[back]))
    return log, heads[-1]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("signed")
    _, head = filled(home)
    return home, head


@pytest.fixture
def copied(written: tuple[Path, str], tmp_path: Path) -> tuple[AuditLog, str]:
    shutil.copytree(written[0], tmp_path / "home")
    return audit_log(tmp_path / "home", "project"), written[1]


def lines(log: AuditLog) -> Lines:
    return log.path.read_bytes().splitlines(keepends=True)


def other(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, str):
        return "1" if not value else ("0" if value[0] != "0" else "1") + value[1:]
    if isinstance(value, dict):
        return {name: other(part) for name, part in value.items()} or {"x": "y"}
    return value + 1


def edits(line: bytes) -> Iterator[tuple[str, bytes]]:
    """Every field of an entry changed, every field taken away."""
    entry = json.loads(line)
    for name, value in entry.items():
        yield f"{name} edited", canonical_2({**entry, name: other(value)}) + b"\n"
        left = {kept: entry[kept] for kept in entry if kept != name}
        yield f"{name} removed", canonical_2(left) + b"\n"
    for name, value in entry["body"].items():
        changed = {**entry["body"], name: other(value)}
        yield f"body.{name} edited", canonical_2({**entry, "body": changed}) + b"\n"


def moves(whole: Lines, i: int) -> Iterator[tuple[str, Lines]]:
    """Entries removed, doubled, changed places, and the file cut off there."""
    before, after = whole[:i], whole[i + 1 :]
    yield "removed", [*before, *after]
    yield "doubled", [*before, whole[i], whole[i], *after]
    yield "inserted from elsewhere", [*before, whole[(i + 50) % len(whole)], *whole[i:]]
    yield "garbage", [*before, b"{}\n", *after]
    yield "cut off", before
    if after:
        yield "swapped", [*before, after[0], whole[i], *after[1:]]


@pytest.mark.parametrize("first", range(APART))
def test_every_field_of_every_entry_is_watched(copied: tuple[AuditLog, str], first: int) -> None:
    """Entries far apart are changed at once; each is told, their neighbours have no part in it."""
    log, head = copied
    whole = lines(log)
    assert (len(whole), log.verify(head)) == (200, [])
    places = range(first, 200, APART)
    made = {i: dict(edits(whole[i])) for i in places}
    kinds = {what for changed in made.values() for what in changed}
    assert len(kinds) > 20
    for what in kinds:
        tried = [i for i in places if what in made[i]]
        log.path.write_bytes(
            b"".join(made[i][what] if i in tried else whole[i] for i in range(200))
        )
        told = {problem.partition(":")[0] for problem in log.verify(head)}
        assert {f"Line {i + 1}" for i in tried} <= told, what


def test_every_entry_taken_out_added_or_moved_is_found(copied: tuple[AuditLog, str]) -> None:
    log, head = copied
    whole = lines(log)
    for i in range(200):
        for what, made in moves(whole, i):
            log.path.write_bytes(b"".join(made))
            problems = log.verify(head)
            # a doubled line shows where the second one stands
            places = f"Line {i + 1}:", f"Line {i + 2}:", "End of file:"
            assert problems, (what, i)
            assert problems[0].startswith(places), (what, i, problems[:2])


def resign(entry: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    """The entry, made consistent again by somebody with a key of his own."""
    entry["hash"] = hash_2(entry["prev"], entry["body"], entry.get("salts", {}))
    entry["signer"] = PublicKey(key.public_key().public_bytes_raw()).id
    message = Entry.model_validate(entry).signed_part("project")
    return Entry.model_validate(entry | {"signature": key.sign(message).hex()}).line()


def rewritten(
    log: AuditLog, key: Ed25519PrivateKey, change: Callable[[dict[str, Any]], None]
) -> str:
    """The whole log written anew with another story; returns its head."""
    renamed = {ROOT: ROOT}
    made: Lines = []
    for line in lines(log):
        entry = json.loads(line)
        change(entry["body"])
        entry["prev"], old = renamed[entry["prev"]], entry["hash"]
        made.append(resign(entry, key))
        renamed[old] = json.loads(made[-1])["hash"]
    log.path.write_bytes(b"".join(made))
    return renamed[old]


def test_a_log_written_anew_with_another_key_is_told_by_its_key(
    copied: tuple[AuditLog, str],
) -> None:
    log, _ = copied
    head = rewritten(log, Ed25519PrivateKey.generate(), lambda body: body.update(step=7))
    assert log.verify(head)[0].startswith("Line 1: signed with another key, ")


def test_a_log_written_anew_with_the_key_itself_is_told_by_an_anchor_that_left(
    copied: tuple[AuditLog, str], tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    log, _ = copied
    mailed = tmp_path / "mailed.json"
    anchor = log.anchor()
    assert anchor is not None and log.keys is not None
    mailed.write_bytes(anchor.line())
    key = load_pem_private_key(log.keys.path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    head = rewritten(log, key, lambda body: body.update(at="2026-03-03T10:00:00Z"))
    log.anchor_file(log.keys).unlink()
    assert log.verify(head) == []  # whoever has the key can do this ...
    (told,) = log.verify(head, anchors=read_anchors(mailed))  # ... but not to what was mailed
    assert "of lines 1 to 200 not all are as they were" in told


def test_what_is_cut_off_past_an_anchor_is_missed_without_the_checkpoint(
    copied: tuple[AuditLog, str],
) -> None:
    log, _ = copied
    log.path.write_bytes(b"".join(lines(log)[:150]))
    assert [p for p in log.verify() if "now has 150; lines were cut off" in p]
    log.path.write_bytes(b"".join(lines(log)[:40]))
    assert len(log.verify()) == 2  # the anchors of lines 100 and 200


def test_anchors_stand_at_gates_and_at_every_hundredth_entry(tmp_path: Path) -> None:
    log, head = filled(tmp_path, 20)
    assert log.keys is not None
    head = log.append({"kind": "approval", "gate": "intent"}, head)
    (gate,) = read_anchors(log.anchor_file(log.keys))
    assert (gate.seq, gate.head) == (21, head)
    assert log.verify(head) == []


def test_a_disk_that_is_full_leaves_no_half_anchor(tmp_path: Path) -> None:
    log, head = filled(tmp_path, 3)
    assert log.keys is not None and log.anchor() is not None
    file = log.anchor_file(log.keys)
    file.write_bytes(file.read_bytes() * 20)  # longer than the log will ever be here
    whole, limits = file.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 50, limits[1]))
    try:
        with pytest.raises(StoreError):
            log.append({"kind": "approval"}, head)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == whole
    assert log.verify(head) == []


def test_an_anchor_that_a_power_cut_left_half_spoils_neither_the_look_nor_the_next(
    tmp_path: Path,
) -> None:
    log, head = filled(tmp_path, 3)
    assert log.keys is not None and log.anchor() is not None
    file = log.anchor_file(log.keys)
    file.write_bytes(file.read_bytes() + b'{"log":')
    assert log.verify(head) == [] and len(log.anchors()) == 1
    log.append({"kind": "approval"}, head)
    assert [anchor.seq for anchor in read_anchors(file)] == [3, 4]


def test_a_changed_anchor_and_one_of_another_log_are_told(
    copied: tuple[AuditLog, str], tmp_path: Path
) -> None:
    log, head = copied
    anchor = log.anchor()
    assert anchor is not None
    later = anchor.model_copy(update={"at": "2020-01-01T00:00:00Z"})
    assert "no key" in log.verify(head, anchors=[later])[0]
    foreign = audit_log(log.path.parent.parent, "another")
    foreign.append({"kind": "start"}, ROOT)
    strange = foreign.anchor()
    assert strange is not None
    assert "belongs to another log, another" in log.verify(head, anchors=[strange])[0]
    (tmp_path / "odd.json").write_text("{}")
    with pytest.raises(InputError, match=r"odd\.json holds a line that is no anchor"):
        read_anchors(tmp_path / "odd.json")
    assert log.keys is not None
    log.anchor_file(log.keys).write_text("nonsense\n")
    assert log.verify(head)[0].startswith("Anchors: ")


def test_an_older_log_is_read_and_told_as_unsigned(tmp_path: Path) -> None:
    log = audit_log(tmp_path, "project")
    log.path.parent.mkdir()
    log.path.write_bytes(OLD.read_bytes())
    head = json.loads(lines(log)[-1])["hash"]
    assert [e.body["kind"] for e in log.lineage(head)] == ["start", "decision", "feedback"]
    assert (log.verify(head), log.unsigned()) == ([], [1, 2, 3])
    head = log.append({"kind": "approval", "comment": "yes"}, head)
    assert (log.verify(head), log.unsigned()) == ([], [1, 2, 3])
    assert len(log.lineage(head)) == 4
    edited = OLD.read_bytes().replace(b'"rows":2924', b'"rows":2925')
    log.path.write_bytes(edited + lines(log)[-1])
    assert log.verify(head)[0].startswith("Line 1: content and hash do not agree")


def test_an_unsigned_entry_after_a_signed_one_is_told(copied: tuple[AuditLog, str]) -> None:
    log, head = copied
    AuditLog(log.path).append({"kind": "approval"}, head)
    assert "is not signed, although" in log.verify(head)[0]


def test_a_log_that_should_be_signed_and_is_not_is_told(tmp_path: Path) -> None:
    log = audit_log(tmp_path, "project")
    AuditLog(log.path).append({"kind": "start"}, ROOT)
    key = Keys(tmp_path).made()
    assert log.verify() == []
    assert log.verify(key=key) == ["Whole file: no line is signed."]


def test_without_its_key_a_log_says_so(copied: tuple[AuditLog, str]) -> None:
    log, head = copied
    assert log.keys is not None
    public = log.keys.public
    log.keys.path.unlink()
    lost = audit_log(log.path.parent.parent, "project")
    assert "give it with --key" in lost.verify(head)[0]
    assert lost.verify(head, key=public) == []
    lost.append(body(200), head)  # makes a new key
    assert any("Line 1: signed with another key" in p for p in lost.verify(head))


def test_words_can_be_left_out_and_the_signature_holds(tmp_path: Path) -> None:
    log = audit_log(tmp_path, "project")
    head = log.append({"kind": "approval", "comment": "yes", "gate": "intent"}, ROOT)
    log.append({"kind": "start", "source": {"rows": 12}, "prompt": "yes"}, head)
    shown, started = (entry.withheld() for entry in log.all())
    assert b"yes" not in shown.line() + started.line()
    assert b'"rows"' not in started.line()
    assert shown.body["comment"] != started.body["prompt"]  # equal words do not show
    log.path.write_bytes(shown.line() + started.line())
    assert log.verify() == []  # the anchor of the approval agrees as well


def test_the_key_is_private_and_its_public_half_can_be_passed_on(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    assert keys.public is None
    signature = keys.sign(b"said")
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.path.parent.stat().st_mode) == 0o700
    (tmp_path / "public.pem").write_text(keys.made().pem())
    public = read_public_key(tmp_path / "public.pem")
    assert public == Keys(tmp_path).public
    assert public.signed(b"said", signature)
    assert not public.signed(b"other", signature)
    assert not public.signed(b"said", "no digits")


def _sign(home: str) -> None:
    audit_log(Path(home), "project").extend({"kind": "job", "by": os.getpid()})


def test_processes_that_begin_at_once_share_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_sign, args=(str(tmp_path),)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    log = audit_log(tmp_path, "project")
    assert (log.verify(), len(log.all())) == ([], 6)
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["audit.pem"]


def test_files_that_are_no_keys_are_told(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.made()
    for odd in (keys.path, OLD):  # the private half is none that one passes on
        with pytest.raises(InputError, match="holds no public key"):
            read_public_key(odd)
    with pytest.raises(InputError, match="cannot be read"):
        read_public_key(tmp_path / "none.pem")
    keys.path.write_text("broken")
    with pytest.raises(StoreError, match=r"signing key audit\.pem"):
        Keys(tmp_path).made()


def test_numbers_are_written_as_the_standard_says_and_large_ones_are_kept(tmp_path: Path) -> None:
    log = audit_log(tmp_path, "project")
    numbers = {"half": 0.5, "one": 1.0, "tiny": 1e-7, "huge": 1e20, "seed": 2**60 + 1, "no": -0.0}
    head = log.append({"kind": "job", **numbers, "odd": "\udc80", "none": float("nan")}, ROOT)
    assert b'"half":0.5,"huge":100000000000000000000,"kind":"job","no":0' in lines(log)[0]
    assert b'"one":1,' in lines(log)[0] and b'"tiny":1e-7' in lines(log)[0]
    assert log.all()[0].body["seed"] == str(2**60 + 1)
    assert log.verify(head) == []


def test_bytes_changed_at_random_are_found(copied: tuple[AuditLog, str]) -> None:
    log, head = copied
    whole, rng = log.path.read_bytes(), random.Random(3)
    for _ in range(150):
        at = rng.randrange(len(whole))
        new = bytes([rng.choice([b for b in range(32, 127) if b != whole[at]])])
        log.path.write_bytes(whole[:at] + new + whole[at + 1 :])
        assert log.verify(head), (at, new)
