"""The list of licences: from every form in which metadata say one, and complete."""

from __future__ import annotations

import re
import tomllib
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from synthcraft.evals.licenses import UNKNOWN, Licence, installed, licence_of, page

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License")], "BSD License"),
        ([("Classifier", "License :: OSI Approved"), ("License", "Apache 2.0")], "Apache 2.0"),
        ([("License", "A text\n" * 50)], "A text"),
        ([("License", "x" * 500)], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_every_form_is_read(fields: list[tuple[str, str]], licence: str) -> None:
    about: Any = Message()
    for name, value in fields:
        about[name] = value
    assert licence_of(about) == licence


def test_conditions_are_put_first() -> None:
    text = page(
        [Licence("a", "1", "GPL-3.0"), Licence("b", "2", "MIT"), Licence("c", "3", UNKNOWN)]
    )
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert ["| a |" in part for part in parts] == [True, False, True]
    assert ["| c |" in part for part in parts] == [False, True, True]


def test_the_page_names_what_we_depend_on() -> None:
    kept = (ROOT / "docs" / "licenses.md").read_text("utf-8")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for line in wanted:
        assert f"| {re.split(r'[<>=~!]', line)[0]} |" in kept, line
    assert next(installed(["pydantic==1"])).licence == "MIT"
