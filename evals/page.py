"""RESULTS.md: each benchmark keeps its numbers as JSON and owns one marked section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar

from pydantic import BaseModel

from synthcraft.graph.errors import InputError

PAGE_NAME = "RESULTS.md"
Results = TypeVar("Results", bound=BaseModel)


def write(results: Results, name: str, section: Callable[[Results], str], folder: Path) -> None:
    """Keep the numbers, and replace the section of the page that is made of them.

    Args:
        results: one run of a benchmark.
        name: of the section and of the JSON file.
        section: the text that is made of the numbers.
        folder: where both lie.
    """
    prepare(folder)
    source, page = folder / f"{name}.json", folder / PAGE_NAME
    source.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")
    kept = type(results).model_validate_json(source.read_text(encoding="utf-8"))
    old = page.read_text(encoding="utf-8") if page.exists() else "# Results\n"
    page.write_text(replaced(old, name, section(kept)), encoding="utf-8")


def prepare(folder: Path) -> None:
    """Make the folder before anything long runs.

    Raises:
        InputError: nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"Results cannot be kept in {folder.name} ({error.strerror}).", "Choose another folder."
        ) from error


def replaced(page: str, name: str, text: str) -> str:
    """The page with this text between the markers; at its end where there are none."""
    begin, end = markers(name)
    block = f"{begin}\n{text.strip()}\n{end}"
    if begin in page and end in page:
        before, rest = page.split(begin, 1)
        return before + block + rest.split(end, 1)[1]
    return f"{page.rstrip()}\n\n{block}\n"


def markers(name: str) -> tuple[str, str]:
    """The comments around a section."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [headers, tuple("---" for _ in headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
