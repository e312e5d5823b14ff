"""No verdict words about data, in any text that a person may read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("graph", "agents", "tools", "ui", "evals")
TEXTS = ("*.j2", "*.css", "*.html", "*.toml", "*.txt")
FORBIDDEN = re.compile(
    r"""\b(?:safe(?:ly)?|anonymous(?:ly)?|anonymi[sz](?:ed|es?|ing|ation)
    |de-?identif(?:ied|ies|y|ication)|privacy[ -]?(?:preserving|safe)
    |(?:gdpr|hipaa)[ -]compliant|compliant)\b""",
    re.IGNORECASE | re.VERBOSE,
)
CODE = re.compile(r"\b(?:thread|type|process|async|url|fail|crash)-safe\b", re.IGNORECASE)
"""Words of programmers, which say nothing about data."""

ALLOWED: dict[str, tuple[str, ...]] = {
    "evals/evaluation_cost.py": ("k-anonymization",),
    "tools/legacy/panel.toml": ('name = "k-anonymization"',),
}
"""File -> exact texts in it that others say (a user, the key of a metric of synthcity), not we."""


def verdicts(text: str) -> list[str]:
    """Forbidden words in a text."""
    return FORBIDDEN.findall(CODE.sub("", text))


def literals(source: str, docstrings: bool) -> Iterator[tuple[int, str]]:
    """String literals of a module with their lines."""
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        wanted = docstrings or id(node) not in bare
        if wanted and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def problems(path: Path, name: str) -> list[str]:
    """Each forbidden word of a file with its place."""
    text = path.read_text("utf-8")
    parts: Iterable[tuple[int, str]] = enumerate(text.splitlines(), start=1)
    if path.suffix == ".py":
        parts = literals(text, docstrings=name.startswith("ui/"))  # the help of the command line
    allowed = ALLOWED.get(name, ())
    return [
        f"{name}:{line}: {word}"
        for line, part in parts
        if part not in allowed
        for word in verdicts(part)
    ]


def files() -> list[Path]:
    return sorted(
        path
        for folder in FOLDERS
        for pattern in ("*.py", *TEXTS)
        for path in (ROOT / folder).rglob(pattern)
    )


def test_no_text_of_the_product_gives_such_a_verdict() -> None:
    found = [each for path in files() for each in problems(path, str(path.relative_to(ROOT)))]
    assert found == []


def test_the_texts_are_really_read() -> None:
    names = {str(path.relative_to(ROOT)) for path in files()}
    assert "tools/report/templates/report.html.j2" in names
    assert "tools/report/words.py" in names
    assert len(names) > 20


@pytest.mark.parametrize(
    "text",
    [
        "The file is safe.",
        "SAFE to release",
        "anonymised data",
        "Anonymized",
        "an anonymous table",
        "de-identified",
        "deidentified rows",
        "privacy-preserving generator",
        "GDPR-compliant",
        "fully compliant",
    ],
)
def test_a_verdict_is_found(text: str, tmp_path: Path) -> None:
    template = tmp_path / "x.html.j2"
    template.write_text(f"<p>{text}</p>")
    module = tmp_path / "x.py"
    module.write_text(f"def f() -> str:\n    return f'{{1}} {text}'\n")
    assert problems(template, "x.html.j2")
    assert problems(module, "x.py") == [f"x.py:2: {word}" for word in verdicts(text)]


def test_only_docstrings_that_are_printed_count(tmp_path: Path) -> None:
    module = tmp_path / "x.py"
    module.write_text('def f() -> None:\n    """Makes the file safe."""\n')
    assert problems(module, "ui/cli.py") == ["ui/cli.py:2: safe"]
    assert problems(module, "graph/x.py") == []


@pytest.mark.parametrize("text", ["a thread-safe queue", "yaml.safe_load", "unsafe", "safety net"])
def test_words_of_programmers_are_left_alone(text: str) -> None:
    assert verdicts(text) == []
