"""A pack that somebody else has written may name any file."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.pack.read import damaged
from synthcraft.tools.pack.write import MANIFEST


@pytest.mark.parametrize("name", ["../secret.txt", "link/secret.txt", "{tmp}/secret.txt"])
def test_a_file_outside_of_a_pack_is_not_looked_at(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "link").symlink_to(tmp_path)
    line = f"{hash_file(secret)}  {name.format(tmp=tmp_path)}\n"
    (pack / MANIFEST).write_text(line)
    assert list(damaged(pack)) == [f"{MANIFEST} names a file outside of the pack."]
