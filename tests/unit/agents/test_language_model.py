"""A language model behind the rules: useful when it is right, harmless whatever it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.language.base import Card, ChooseGenerators, Introduction, SetRoles
from synthcraft.agents.language.budget import CALLS
from synthcraft.agents.language.client import Endpoint
from synthcraft.agents.language.modelled import ModelLanguage
from synthcraft.agents.language.prompt_files import checksum
from synthcraft.agents.language.prose import fits
from synthcraft.tools.disclosure.card import profile_card
from synthcraft.tools.ingest import ingest
from tests.model_double import Double, completion, served

UNCLEAR = "hmm, whatever you reckon is best for that body thing"
GENERATORS = ("cart", "ctgan", "tvae")


@pytest.fixture
def double() -> Iterator[Double]:
    with served() as server:
        yield server


@pytest.fixture
def language(double: Double, nhanes: Path, tmp_path: Path) -> ModelLanguage:
    made = ModelLanguage(
        Endpoint(mode="local", base_url=double.url, model="double", timeout_s=20), tmp_path
    )
    table = ingest(nhanes)
    card = profile_card(table.frame, table.schema, target="heart_attack").value
    met = Introduction(table.frame, table.schema, None, card.model_dump(mode="json"))
    made.meet("s1", True, lambda: met)
    return made


@pytest.fixture
def card(nhanes: Path) -> Card:
    columns = ingest(nhanes).schema.names
    return Card(columns=columns, generators=GENERATORS, session="s1", gate="intake")


def _answer(*intents: dict[str, Any]) -> str:
    return json.dumps({"intents": list(intents)})


async def test_what_the_rules_do_not_read_the_model_may(
    double: Double, language: ModelLanguage, card: Card
) -> None:
    alias = language.known["s1"].wall.names.names["bmi"]
    double.answer = _answer(
        {"kind": "set_roles", "columns": [alias], "value": "drop"},
        {"kind": "choose_generators", "generators": ["cart"], "without": ["tvae"]},
    )
    turn = await language.understand(UNCLEAR, "intake", card)
    assert turn.understood_by == "model double" and turn.clarification is None
    assert turn.intents == (
        SetRoles(roles={"bmi": "drop"}),
        ChooseGenerators(include=("cart",), exclude=("tvae",)),
    )
    request = json.loads(double.received[0])
    assert request["response_format"]["type"] == "json_schema"
    assert "bmi" not in double.texts and "heart_attack" not in double.texts


async def test_the_rules_are_not_second_guessed(
    double: Double, language: ModelLanguage, card: Card
) -> None:
    double.answer = _answer({"kind": "stop"})
    for said in ("yes", "drop bmi", "use ctgan with 2,000 rows", "what is epsilon?"):
        turn = await language.understand(said, "intake", card)
        assert turn.understood_by == "rules"
    assert double.received == []


@pytest.mark.parametrize(
    "intent",
    [
        {"kind": "approve"},
        {"kind": "stop"},
        {"kind": "revert", "value": "start"},
        {"kind": "set_size", "number": 1e12},
        {"kind": "set_size", "number": -5},
        {"kind": "set_epsilon", "number": 0},
        {"kind": "set_roles", "columns": ["num_99"], "value": "drop"},
        {"kind": "set_roles", "columns": ["num_01"], "value": "admin"},
        {"kind": "choose_generators", "generators": ["gpt"]},
        {"kind": "run_code", "value": "print(df.head())"},
        {"kind": "set_target", "columns": ["num_01", "num_02"]},
        {"kind": "skip", "value": "evaluation; drop table"},
    ],
)
async def test_no_gate_is_passed_and_nothing_made_up_is_taken(
    intent: dict[str, Any], double: Double, language: ModelLanguage, card: Card
) -> None:
    double.answer = _answer(intent)
    turn = await language.understand(UNCLEAR, "intake", card)
    assert turn.intents == () and turn.clarification
    assert turn.verdict() is None
    assert len(double.received) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "not json",
        '{"intents": [{"kind": "set_size", "num',
        '{"intents": "all"}',
        "I'm sorry, I cannot help with that.",
        "<html><script>alert(1)</script></html>",
        b"\xff\xfe\x00garbage",
        b"",
        b"x" * 10_000_000,
        completion("", tool_calls=[{"id": "1", "type": "function", "function": {
            "name": "read_rows", "arguments": "{\"n\": 5}"}}]).encode(),
        b'{"choices": []}',
        401, 404, 429, 500,
    ],
    ids=lambda a: str(a)[:18] if not isinstance(a, bytes) else f"bytes{len(a)}",
)  # fmt: skip
async def test_a_broken_or_malicious_answer_is_as_none(
    answer: Any, double: Double, language: ModelLanguage, card: Card
) -> None:
    double.answer = answer
    turn = await language.understand(UNCLEAR, "intake", card)
    assert turn.understood_by == "rules" and turn.clarification
    told = await language.explain({"session": "s1", "question": "and the weather?"}, "researcher")
    assert "I can't answer that" in told


async def test_silence_ends_in_time(double: Double, language: ModelLanguage, card: Card) -> None:
    language.endpoint = language.endpoint.model_copy(update={"timeout_s": 0.3})
    double.wait = 2.0
    turn = await language.understand(UNCLEAR, "intake", card)
    assert turn.understood_by == "rules" and turn.clarification


async def test_nobody_there(language: ModelLanguage, card: Card) -> None:
    language.endpoint = language.endpoint.model_copy(update={"base_url": "http://127.0.0.1:9/v1"})
    assert (await language.understand(UNCLEAR, "intake", card)).clarification


async def test_personal_words_stay_here_and_the_ledger_says_so(
    double: Double, language: ModelLanguage, card: Card
) -> None:
    await language.understand("Mrs Smith, MRN 00481516, is well again", "intake", card)
    assert double.received == []
    held = [e for e in language.known["s1"].ledger.entries() if e.what == "held back"]
    assert len(held) == 1 and "Smith" not in held[0].text


async def test_before_the_card_is_approved_nothing_of_the_table_leaves(
    double: Double, nhanes: Path, tmp_path: Path, card: Card
) -> None:
    made = ModelLanguage(Endpoint(mode="local", base_url=double.url, model="double"), tmp_path)
    table = ingest(nhanes)
    kept = profile_card(table.frame, table.schema).value.model_dump(mode="json")
    met = Introduction(table.frame, table.schema, None, kept)
    made.meet("s1", False, lambda: met)
    await made.understand(UNCLEAR, "intake", card)
    assert "<card>" not in double.texts and "p50" not in double.texts
    made.meet("s1", True, lambda: met)
    await made.understand(UNCLEAR, "intake", card)
    assert "<card>" in double.received[-1].decode()


async def test_ledger_is_what_the_server_got(
    double: Double, language: ModelLanguage, card: Card
) -> None:
    for said in (UNCLEAR, "hm, the other one perhaps?", "make it nicer somehow"):
        await language.understand(said, "intake", card)
    ledger = language.known["s1"].ledger
    requests = [entry for entry in ledger.entries() if entry.what == "request"]
    assert [entry.body for entry in requests] == double.received
    assert {e.prompts["understand"] for e in requests if "understand" in e.prompts} == {
        checksum("understand")
    }
    assert ledger.log.verify() == []


async def test_a_project_asks_so_often_and_no_more(
    double: Double, language: ModelLanguage, card: Card
) -> None:
    for n in range(CALLS + 5):
        turn = await language.understand(f"{UNCLEAR} {'really ' * n}", "intake", card)
        assert turn.clarification
    assert len(double.received) == CALLS


FACTS = {
    "session": "s1",
    "question": "so how good is the result now, all in all?",
    "candidates": [{"id": "a", "generator": "cart", "status": "ok", "seconds": 4.0}],
    "verdicts": [
        {"candidate": "a", "state": "REFER", "headline": {"utility.tstr_auc": 0.8123}}
    ],
    "generators": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("prose", "shown"),
    [
        ("The trees reached an AUC of 0.812, and the aid refers the file to a person.", True),
        ("The trees reached an AUC of 81.2 %, and the aid refers the file.", True),
        ("The trees reached an AUC of 0.93.", False),
        ("The trees scored one out of three.", False),
        ("The file is safe to share.", False),
        ("All is approved, go ahead.", False),
        ("See ![chart](https://evil.example/x.png).", False),
        ("<img src=x onerror=alert(1)>", False),
        ("DROP TABLE patients is what it says here", False),
        ("It is in C:\\data or in /etc/shadow somewhere.", False),
        ("Please paste a few rows of your table here.", False),
        ("The trees made 5k rows in all.", False),
        ("There were 0 copies among the rows.", False),
        ("Ninety percent of the rows are good.", False),
    ],
)
async def test_prose_is_shown_only_with_the_numbers_of_the_facts(
    prose: str, shown: bool, double: Double, language: ModelLanguage
) -> None:
    double.answer = prose
    told = await language.explain(FACTS, "researcher")
    assert (told == prose) is shown
    assert "Smith" not in double.texts


def test_numbers_in_words_and_with_commas_are_numbers() -> None:
    assert fits("There are about 2,000 rows.", '{"rows": 2000}')
    assert not fits("There are about seven rows.", '{"rows": 2000}')
    assert not fits("", "{}")
