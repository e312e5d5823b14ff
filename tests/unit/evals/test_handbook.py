"""The pages in docs/ say what the code is: the flow, the terms, and files that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synthcraft.agents.language.phrasebook import book
from synthcraft.evals import handbook
from synthcraft.graph.episodes import EPISODES

ROOT = Path(__file__).parents[3]
WORKSPACE = {"artifacts/", "jobs/", "audit/", "anchors/", "cohorts/", "page/"}
DOCS = ROOT / "docs"
PAGE = (DOCS / "architecture.md").read_text(encoding="utf-8")


def test_the_flow_is_that_of_the_graph() -> None:
    assert handbook.architecture(PAGE) == PAGE, "run `make docs`"
    for name in (*EPISODES, "choose", "propose", "approval", "settle"):
        assert re.search(rf"\b{name}\b.*-->|-.*-> {name}\b", handbook.flow()), name


def test_the_glossary_is_that_of_the_page() -> None:
    text = handbook.glossary()
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == text, "run `make docs`"
    assert all(entry["short"] in text for entry in book("glossary").values())


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z]+/[\w/]*(?:\.py)?)`", PAGE))))
def test_what_the_page_names_is_there(path: str) -> None:
    assert path in WORKSPACE or (ROOT / path).exists()


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (DOCS / target).exists(), target
