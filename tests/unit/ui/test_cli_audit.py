"""The log of a project is checked with a key and an anchor that were passed on before."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.ui.test_cli_sessions import Shell


def test_what_was_passed_on_proves_the_log(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    session = shell.begun()
    pem, mailed = str(tmp_path / "key.pem"), str(tmp_path / "anchor.json")
    assert shell("audit", "key", "--out", pem).output == f"Written: {pem}\n"
    assert shell("audit", "anchor", session, "--out", mailed).exit_code == 0
    words = ("audit", "verify", session, "--key", pem, "--anchor", mailed)
    assert "as it was written. Anchors that agree: 1." in shell(*words).output
    assert shell.json(*words) == {
        "session": session,
        "intact": True,
        "problems": [],
        "unsigned": [],
        "anchors": 1,
    }

    log = tmp_path / "home" / "audit" / f"{session}.jsonl"
    whole = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(whole[:-2]))
    cut = shell(*words)
    assert cut.exit_code == 1
    assert f"the log had {len(whole)} lines and now has {len(whole) - 2}" in cut.output
    log.write_bytes(b"".join(whole))

    stranger = Shell(tmp_path / "elsewhere")
    other = str(tmp_path / "other.pem")
    (tmp_path / "elsewhere").mkdir()
    assert stranger("audit", "key", "--out", other).exit_code == 0
    wrong = shell("audit", "verify", session, "--key", other)
    assert wrong.exit_code == 1
    assert "Line 1: signed with another key" in wrong.output


def test_a_log_can_be_checked_without_its_workspace(tmp_path: Path) -> None:
    shell, stranger = Shell(tmp_path), Shell(tmp_path / "elsewhere")
    session = shell.begun()
    pem, mailed = str(tmp_path / "key.pem"), str(tmp_path / "anchor.json")
    shell("audit", "key", "--out", pem)
    shell("audit", "anchor", session, "--out", mailed)
    assert shell("audit", "export", session, "--out", str(tmp_path)).exit_code == 0
    passed = tmp_path / f"{session}.jsonl"
    assert b"table.csv" not in passed.read_bytes()
    words = ("audit", "verify", str(passed), "--key", pem, "--anchor", mailed)
    assert stranger.json(*words)["problems"] == []
    assert "give it with --key" in stranger("audit", "verify", str(passed)).output
    passed.write_bytes(passed.read_bytes().replace(b'"kind":"start"', b'"kind":"stark"'))
    changed = stranger(*words)
    assert (changed.exit_code, changed.output.partition(":")[0]) == (1, "Line 1")
    assert stranger("audit", "verify", str(tmp_path / "none.jsonl")).exit_code == 2


def test_bad_keys_and_anchors_are_told(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    session = shell.begun()
    table = shell.table
    for option, told in (("--key", "no public key"), ("--anchor", "no anchor")):
        refused = shell("audit", "verify", session, option, table, "--json")
        assert refused.exit_code == 2
        assert told in json.loads(refused.stdout)["error"]["message"]
        absent = shell("audit", "verify", session, option, str(tmp_path / "none"), "--json")
        assert absent.exit_code == 2
    refused = shell("audit", "key", "--out", f"{table}/key.pem", "--json")
    assert refused.exit_code == 2
    assert "cannot be written" in json.loads(refused.stdout)["error"]["message"]
