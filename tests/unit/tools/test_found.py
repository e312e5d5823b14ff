"""What lies in a folder is imported, and a change of it is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from synthcraft.tools.found import digest_of_all, import_all


def test_every_file_of_a_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "found_here"
    folder.mkdir()
    (folder / "__init__.py").touch()
    assert digest_of_all("found_here") == ""
    for name in ("second", "first"):
        (folder / f"{name}.py").write_text("import sys\nsys.orders = [*sys.orders, __name__]\n")
    monkeypatch.setattr(sys, "orders", [], raising=False)
    import_all("found_here")
    assert vars(sys)["orders"] == ["found_here.first", "found_here.second"]
    before = digest_of_all("found_here")
    (folder / "first.py").write_text("other = True\n")
    assert before and digest_of_all("found_here") not in ("", before)
