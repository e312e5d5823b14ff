"""What no module may do, and whether docs/security.md names controls and tests that exist."""

from __future__ import annotations

import ast
import io
import json
import os
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import ormsgpack
import pytest
import typer.main

from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.persistence import serializer
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.mixtures import _read
from synthcraft.ui.cli import app

ROOT = Path(__file__).parents[2]
FOLDERS = ("graph", "agents", "tools", "ui", "evals")
PAGE = ROOT / "docs" / "security.md"
UNPICKLING = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
}
RUNNING = {
    "eval", "exec", "os.system", "os.popen", "torch.load", "pd.read_pickle", "pandas.read_pickle",
    "yaml.load", "yaml.full_load", "yaml.unsafe_load", "tempfile.mktemp",
}  # fmt: skip
UNPACKING = {"extractall", "extract", "load_from_file", "unpack_archive"}
SECRET = {"password", "token", "secret", "api_key"}


def told(source: str) -> Iterator[str]:
    """What a module does that none may."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        yield from (name for name in names if name.split(".")[0] in UNPICKLING)
        if isinstance(node, ast.Call):
            yield from _called(node)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [ast.unparse(side).split(".")[-1] for side in (node.left, *node.comparators)]
            yield from (side for side in sides if side in SECRET)


def _called(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    words = {word.arg: ast.unparse(word.value) for word in node.keywords}
    if name in RUNNING or name.split(".")[-1] in UNPACKING:
        yield name
    if name in ("np.load", "numpy.load") and words.get("allow_pickle") != "False":
        yield name
    if words.get("shell", "False") != "False" or words.get("allow_pickle", "False") != "False":
        yield name


def test_no_module_unpickles_runs_or_unpacks_what_it_is_given() -> None:
    modules = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(modules) > 400
    wrong = {
        str(p.relative_to(ROOT)): found for p in modules if (found := list(told(p.read_text())))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "np.load(path)", "eval(text)",
        "subprocess.run(words, shell=True)", "archive.extractall(folder)", "yaml.load(text)",
        "if given == self.password: pass", "np.load(f, allow_pickle=True)",
    ],
)  # fmt: skip
def test_the_search_finds_it(source: str) -> None:
    assert list(told(source))


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.folder),))


def test_a_checkpoint_makes_our_own_records_and_nothing_else(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    constructor = {"lc": 2, "type": "constructor", "id": ["os", "mkdir"], "args": [str(trap)]}
    built = ormsgpack.Ext(0, ormsgpack.packb(("os", "mkdir", str(trap))))
    called = ormsgpack.Ext(1, ormsgpack.packb(("os", "mkdir", [str(trap)])))
    for kind, data in (
        ("pickle", pickle.dumps(Trap(trap))),
        ("json", json.dumps(constructor).encode()),
        ("msgpack", ormsgpack.packb(built)),
        ("msgpack", ormsgpack.packb(called)),
    ):
        try:
            serializer().loads_typed((kind, data))
        except (NotImplementedError, ValueError) as error:
            assert kind in ("pickle", "json"), error
        assert not trap.exists(), kind
    pickle.loads(pickle.dumps(Trap(trap)))
    assert trap.exists(), "the trap works"


def test_arrays_that_hold_a_pickle_are_not_read(tmp_path: Path) -> None:
    import hashlib

    trap, file = tmp_path / "sprung", tmp_path / "kept"
    body = io.BytesIO()
    np.savez(body, weights_=np.array([Trap(trap)], dtype=object))
    file.write_bytes(hashlib.sha256(body.getvalue()).digest() + body.getvalue())
    with pytest.raises(ValueError, match="allow_pickle"):
        _read(file)
    assert not trap.exists()


@pytest.mark.parametrize(
    "sha", ["../../etc/passwd", "..", "/etc/passwd", "", "a" * 63 + "/", "A" * 64]
)
def test_no_hash_leads_out_of_the_store(tmp_path: Path, sha: str) -> None:
    store = ArtifactStore(tmp_path)
    assert not store.has(sha)
    with pytest.raises(NotFoundError):
        store.path(sha)
    with pytest.raises(NotFoundError):
        store.read_bytes(sha)


def test_no_option_takes_a_secret_that_ps_would_show() -> None:
    def options(command: Any) -> Iterator[str]:
        for below in getattr(command, "commands", {}).values():
            yield from options(below)
        for param in command.params:
            yield from param.opts

    found = set(options(typer.main.get_command(app)))
    assert "--actor" in found
    secrets = {name for name in found if re.search("key|secret|token|password", name)}
    assert secrets == {"--key", "--password-stdin"}  # a file with a public key; a switch


def rows() -> list[str]:
    """Every line of a table of threats."""
    threats = PAGE.read_text("utf-8").partition("## Accepted")[0]
    return [line for line in threats.splitlines() if line.startswith("| ") and "`" in line]


def test_every_module_and_test_that_the_page_names_exists() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)", tests))
    named = re.findall(r"`([^`]+)`", PAGE.read_text("utf-8"))
    modules = [name for name in named if re.fullmatch(r"[\w.]+/[\w/.]+\.\w+", name)]
    assert len(modules) > 40
    assert {name for name in modules if not (ROOT / name).exists()} == set()
    assert {name for name in named if name.startswith("test_")} <= defined


def test_every_threat_has_a_control_and_a_test() -> None:
    assert len(rows()) > 20
    for row in rows():
        threat, control, proof = (cell.strip() for cell in row.strip("|").split(" | "))
        assert threat and re.search(r"`[\w/]+\.py`", control), row
        assert re.search(r"`test_\w+`", proof), row


def test_a_name_does_not_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from synthcraft.ui.commands.output import print_notes, print_table

    name = "\x1b[2J\x1b]0;title\x07\u202e[red]x[/red]\r"
    print_table([{"column": name}], ["column"])
    print_notes("Why:", {name: [name]})
    said = capsys.readouterr().out
    assert "[red]x[/red]" in said
    assert [c for c in said if not c.isprintable() and c != "\n"] == []
