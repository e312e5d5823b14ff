"""Imports point downwards: the house has one way of flow."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOTTOM = {"graph.errors", "graph.records", "graph.contracts", "graph.state"}
FOLDERS = ("graph", "agents", "tools", "ui", "evals")
HEAVY = {"synthcity", "torch", "gradio", "langchain_openai", "sklearn", "matplotlib", "xgboost"}
LIGHT_FOLDERS = ("graph", "agents")


def layer(module: str) -> int:
    """Height of a module `folder.name...` in the house; higher may import lower."""
    if module in BOTTOM:
        return 0
    return {"tools": 1, "agents": 2, "graph": 3, "ui": 4, "evals": 4}[module.split(".")[0]]


def modules() -> list[Path]:
    """Every source module."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """`graph/state.py` -> `graph.state`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> set[str]:
    """Names that are imported anywhere below a node."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def wrong_ways(source: str, module: str) -> list[str]:
    """Imports of a module that point upwards."""
    wrong = []
    for imported in imports(ast.parse(source)):
        if not imported.startswith("synthcraft."):
            continue
        target = imported.removeprefix("synthcraft.")
        if target.split(".")[0] not in FOLDERS or target in FOLDERS:
            continue
        known = target if target in BOTTOM else ".".join(target.split(".")[:2])
        if known == "graph" or layer(known) > layer(module):
            wrong.append(f"{module} imports {target}")
    return wrong


def test_imports_point_downwards() -> None:
    wrong = [line for p in modules() for line in wrong_ways(p.read_text(), name_of(p))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tools.split", "from synthcraft.agents.base import Toolbox"),
        ("agents.base", "def f():\n    import synthcraft.graph.runner"),
        ("graph.build", "from synthcraft.ui import app"),
        ("graph.state", "from synthcraft.tools.split import split_rows"),
    ],
)
def test_an_import_upwards_is_seen(module: str, source: str) -> None:
    assert wrong_ways(source, module)


def test_heavy_packages_are_not_imported_with_graph_and_agents() -> None:
    wrong = []
    for path in modules():
        if name_of(path).split(".")[0] in LIGHT_FOLDERS:
            top = ast.Module(
                [n for n in ast.parse(path.read_text()).body if not _type_checking(n)], []
            )
            direct = [n for n in top.body if isinstance(n, ast.Import | ast.ImportFrom)]
            names = {i.split(".")[0] for n in direct for i in imports(ast.Module([n], []))}
            wrong += [f"{path.name}: {name}" for name in names & HEAVY]
    assert not wrong


def _type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def test_modules_and_functions_stay_small() -> None:
    long = []
    for path in modules():
        text = path.read_text()
        if len(text.splitlines()) > 400:
            long.append(f"{path.relative_to(ROOT)}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                # from the first statement: a signature with many options is only a list
                lines = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
                if lines > 60:
                    long.append(f"{path.relative_to(ROOT)}:{node.name}: {lines} lines")
    assert not long, "\n".join(long)
