"""The environment is described without importing what it describes."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from synthcraft.tools import provenance


def test_versions_are_those_of_the_installed_packages() -> None:
    found = provenance.environment()
    assert found["packages"]["numpy"] == importlib.metadata.version("numpy")
    assert found["python"] == platform.python_version()
    assert found["memory_mb"] > 100
    assert json.loads(json.dumps(found)) == found


def test_a_container_is_known_by_its_digest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = f"sha256:{'0a' * 32}"
    monkeypatch.setenv("SYNTHCRAFT_CONTAINER", f"images.hospital.example/synthcraft@{digest}")
    found = provenance.environment()
    assert found["container"] == digest and "hospital" not in json.dumps(found)
    assert provenance.container_digest({"SYNTHCRAFT_CONTAINER": "latest"}) == (
        "named without a sha256 digest"
    )
    assert provenance.container_digest({}) is None


def test_a_package_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "PACKAGES", ("no-such-package-here",))
    assert provenance.environment()["packages"] == {"no-such-package-here": None}


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from synthcraft.tools.provenance import environment; environment();"
        "print(sorted({'torch', 'synthcity', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_host_name_is_not_in_it() -> None:
    name = platform.node()
    if len(name) < 4:
        pytest.skip("the host has no name that could be looked for")
    assert name not in json.dumps(provenance.environment())


def test_the_commit_of_a_checkout_says_when_files_were_changed(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    assert provenance._commit(tmp_path) is None
    git("init")
    (tmp_path / "f").write_text("1")
    git("add", "f")
    git("commit", "-m", "one")
    clean = provenance._commit(tmp_path)
    (tmp_path / "f").write_text("2")
    assert re.fullmatch("[0-9a-f]{40}", str(clean))
    assert provenance._commit(tmp_path) == f"{clean}-dirty"


def test_the_time_is_utc_to_the_second() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", provenance.utc_now())
