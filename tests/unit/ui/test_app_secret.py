"""The key with which a browser keeps the id of its project."""

from __future__ import annotations

from pathlib import Path

from synthcraft.ui.app import _secret


def test_a_key_that_was_cut_off_while_it_was_made_is_made_anew_and_then_stays(
    tmp_path: Path,
) -> None:
    (tmp_path / "page.secret").write_bytes(b"")
    made = _secret(tmp_path)
    assert len(made) > 40 and _secret(tmp_path) == made
    assert (tmp_path / "page.secret").stat().st_mode & 0o777 == 0o600
