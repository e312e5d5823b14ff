"""A wheel of this checkout, installed apart, holds every module and answers."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("graph", "agents", "tools", "ui", "evals")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*command, "-w", str(out), str(ROOT)], check=True, timeout=300)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_every_source_file(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f"synthcraft/{path.relative_to(ROOT)}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert not expected - inside
    assert not any(name.startswith(("tests/", "graph/", "agents/")) for name in inside)


def test_the_installed_wheel_answers(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    code = "import synthcraft.ui.cli as c; print(c.__file__, flush=True); c.main()"
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.argv = ['synthcraft', '--help'];"
            f" sys.path[:0] = {[str(target), *_site()]}; {code}",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "SYNTHCRAFT_HOME": str(tmp_path / "home")},
        timeout=120,
    )
    assert str(target) in done.stdout, done.stderr
    assert "sessions" in done.stdout


def _site() -> list[str]:
    """Folders of third-party packages, without the hook of the editable install."""
    return [path for path in sys.path if path.endswith("site-packages")]
