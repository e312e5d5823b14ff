"""The worked examples of CONTRIBUTING, pasted where they belong, in a copy of the house."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("graph", "agents", "tools", "ui", "evals")
BLOCK = re.compile(
    r"^```(?:python|toml)\n(# (\S+\.(?:py|toml))\n.*?)^```$", re.DOTALL | re.MULTILINE
)
EXAMPLES = {
    path: text for text, path in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
}
TESTS = sorted(path for path in EXAMPLES if path.startswith("tests/"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the examples in it, which is imported as `synthcraft`."""
    place = tmp_path_factory.mktemp("house")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, place / "synthcraft" / folder)
        (place / folder).symlink_to(Path("synthcraft") / folder)
    for name in ("pyproject.toml", "tests/conftest.py", "tests/postgres_server.py"):
        (place / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, place / name)
    for path, text in EXAMPLES.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, "utf-8")
    return place


def run(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A module of this interpreter, run in the copy."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
    )


def test_there_is_an_example_of_each_kind() -> None:
    homes = {str(Path(path).parent) for path in EXAMPLES.keys() - set(TESTS)}
    assert homes == {
        "tools/generators/added",
        "tools/metrics/added",
        "agents/added",
        "agents/language/phrases/added",
    }
    assert len(TESTS) == len(homes)


def test_the_examples_work_as_they_stand(house: Path) -> None:
    done = run(house, "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    assert done.returncode == 0, done.stdout


def test_the_examples_are_as_tidy_as_the_house(house: Path) -> None:
    modules = [path for path in EXAMPLES if path.endswith(".py")]
    for words in (("check", *modules), ("format", "--check", *modules)):
        tidy = run(house, "ruff", *words)
        assert tidy.returncode == 0, tidy.stdout + tidy.stderr
