"""Prose of a model sentence by sentence: none is shown before it was checked, however it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.agents.language.base import Introduction
from synthcraft.agents.language.client import Endpoint
from synthcraft.agents.language.modelled import ModelLanguage
from synthcraft.agents.language.stream import CheckedProse
from synthcraft.tools.schema_inference import infer_schema
from tests.model_double import Double
from tests.unit.agents.conftest import FACTS

GOOD = "The trees reached an AUC of 0.812 in all. The aid refers the file to a person."
WRONG = "That is better than 0.75 of all files."
UNSAFE = "So the file is safe to share now."


@pytest.fixture
def language(double: Double, tmp_path: Path) -> ModelLanguage:
    made = ModelLanguage(
        Endpoint(mode="local", base_url=double.url, model="double", timeout_s=60), tmp_path
    )
    frame = pd.DataFrame({"bmi": [20.0, 30.0, 25.0, 28.0], "sex": list("fmfm")})
    met = Introduction(frame, infer_schema(frame), None, None)
    made.meet("s1", False, lambda: met)
    return made


async def told(language: ModelLanguage) -> tuple[list[str], str, str]:
    """Sentences as they came, the whole answer, and what the template alone says."""
    heard: list[str] = []
    whole = await language.explain(FACTS, "researcher", heard.append)
    template = await language.offline.explain({**FACTS, "model": language.name}, "researcher")
    return heard, whole, template


def recorded(language: ModelLanguage) -> list[bytes]:
    return [e.body for e in language.known["s1"].ledger.entries() if e.what == "answer"]


async def test_sentences_come_one_by_one_and_the_ledger_has_every_byte(
    double: Double, language: ModelLanguage
) -> None:
    double.answer = GOOD
    heard, whole, _ = await told(language)
    assert heard == [
        "The trees reached an AUC of 0.812 in all.",
        "The aid refers the file to a person.",
    ]
    assert whole == GOOD and b'"stream":true' in double.received[0]
    assert recorded(language) == double.streamed
    assert language.known["s1"].ledger.log.verify() == []


@pytest.mark.parametrize("bad", [WRONG, UNSAFE])
async def test_a_sentence_that_is_not_right_is_never_shown(
    bad: str, double: Double, language: ModelLanguage
) -> None:
    double.answer = f"{GOOD} {bad} All of it was checked with care. {GOOD}"
    heard, whole, template = await told(language)
    assert heard == [*GOOD.replace(". T", ".|T").split("|"), template]
    assert whole == f"{GOOD} {template}"
    assert bad not in whole and "with care" not in whole
    (received,) = recorded(language)
    assert bad.split()[-1].encode() in received and double.streamed[0].startswith(received)


@pytest.mark.parametrize("ends", ["cut", "length", "error", "dead"])
async def test_an_answer_that_breaks_off_leaves_the_template(
    ends: str, double: Double, language: ModelLanguage
) -> None:
    double.answer, double.ends = f"{GOOD} The end of this one never comes at all", ends
    heard, whole, template = await told(language)
    assert whole.endswith(template) and "gave no answer" in whole
    assert all(sentence in whole for sentence in heard) and "never comes" not in whole
    assert "The trees reached an AUC of 0.812 in all." in heard
    assert "The aid refers" not in "".join(heard[:-1])
    assert recorded(language) == double.streamed


@pytest.mark.parametrize("answer", [401, 429, 500, b"", b"not a stream", b"x" * 3_000_000])
async def test_where_no_stream_comes_the_template_remains(
    answer: Any, double: Double, language: ModelLanguage
) -> None:
    double.answer = answer
    heard, whole, template = await told(language)
    assert whole.endswith(template) and heard == [whole]


async def test_a_stream_that_takes_too_long_is_left(
    double: Double, language: ModelLanguage
) -> None:
    language.endpoint = language.endpoint.model_copy(update={"timeout_s": 3.0})
    double.answer, double.pause = GOOD + " " + "And so on it goes, as ever. " * 60, 0.1
    heard, whole, template = await told(language)
    assert whole.endswith(template) and heard[-1] in whole


async def test_an_endless_answer_is_cut(double: Double, language: ModelLanguage) -> None:
    double.answer = "The aid refers the file to a person. " * 3_000
    _, whole, template = await told(language)
    assert len(whole) < 1_300 + len(template) and whole.endswith(template)
    (received,) = recorded(language)
    assert b"person" in received and len(received) < 400_000


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.booleans())
def test_how_the_pieces_are_cut_makes_no_difference(sizes: list[int], wrong: bool) -> None:
    text = f"{GOOD} {WRONG} {GOOD}" if wrong else f"{GOOD} As it was said, e.g. above. Good"
    heard: list[str] = []
    prose = CheckedProse("AUC 0.812", heard.append)
    place = 0
    for size in (*sizes, len(text)):
        if not prose.take(text[place : place + size]):
            break
        place += size
    prose.end()
    assert prose.refused is wrong
    assert prose.shown.strip() == (GOOD if wrong else text)
    assert " ".join(heard) == prose.shown.strip()
