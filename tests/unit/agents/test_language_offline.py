"""The offline language on the labelled messages, and against messages made to mislead it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.agents.language.base import Card, UserTurn
from synthcraft.agents.language.offline import OfflineLanguage
from synthcraft.agents.language.rules import Rules

SET = tomllib.loads((Path(__file__).parent / "utterances.toml").read_text(encoding="utf-8"))
COLUMNS = (
    "SEQN patient_id age gender ethnicity bmi total_cholesterol hdl glycohemoglobin postcode "
    "heart_attack SystolicBP"
)
GENERATORS = (
    "bayesian_network ctgan tvae rtvae nflow arf ddpm adsgan pategan privbayes aim dpgan "
    "marginal_distributions"
)
CARD = Card(
    columns=(*COLUMNS.split(), "visit date"),
    generators=tuple(GENERATORS.split()),
    checkpoints=("1f0a2b3c", "1f0a9d8e"),
    facts={"rows": "2000"},
)
GROUPS = {
    "approve": "approve",
    "approve_more": "approve",
    "stop": "stop",
    "smalltalk": "smalltalk",
    "rejects": "revise",
    "asks": "ask",
}
CASES: list[dict[str, Any]] = [
    *({"say": said, "kinds": [kind]} for group, kind in GROUPS.items() for said in SET[group]),
    *SET["turn"],
]


def read(message: str) -> UserTurn:
    return Rules().read(message, "parameters", CARD)


def outcome(case: dict[str, Any]) -> str:
    turn = read(case["say"])
    kinds = sorted(intent.kind for intent in turn.intents) or ["ask"]
    if kinds == ["ask"]:
        return "right" if case["kinds"] == ["ask"] else "asked"
    changes = turn.changes().model_dump(mode="json", exclude_defaults=True)
    expected = case.get("changes", {})
    for lists in ("include", "exclude"):
        changes[lists] = sorted(changes.get(lists, []))
        expected = expected | {lists: sorted(expected.get(lists, []))}
    same = kinds == sorted(case["kinds"]) and changes == expected
    for field in ("to", "topic", "episode"):
        said = [getattr(intent, field) for intent in turn.intents if hasattr(intent, field)]
        same = same and (field not in case or said == [case[field]])
    return "right" if same else "wrong"


def test_labelled_messages_are_understood_or_asked_back() -> None:
    outcomes = {case["say"]: outcome(case) for case in CASES}
    counts = Counter(outcomes.values())
    off = {said: result for said, result in outcomes.items() if result != "right"}
    print(f"\n{dict(counts)} of {len(outcomes)}: {off}")
    assert len(outcomes) >= 120
    assert counts["wrong"] <= 0.03 * len(outcomes), off
    assert counts["asked"] <= 0.10 * len(outcomes), off


def test_no_message_approves_that_is_not_labelled_so() -> None:
    approving = {case["say"] for case in CASES if read(case["say"]).verdict() == "approve"}
    assert approving <= {*SET["approve"], *SET["approve_more"]}


@pytest.mark.parametrize("said", SET["rejects"])
def test_rejections_ask_what_to_change(said: str) -> None:
    turn = read(said)
    assert turn.verdict() == "revise"
    assert turn.changes().named() == {}
    assert turn.clarification is not None and "change" in turn.clarification


@given(
    yes=st.sampled_from(SET["approve"]),
    extra=st.sampled_from(
        [
            "not",
            "do not",
            "but not yet",
            "but leave out the postcode",
            "if the board agrees",
            "unless it is slow",
            "?",
            "he said",
            "except ctgan",
            "only for arf",
            "maybe",
            "nothing",
            "tomorrow",
            "and use 500 rows",
            "never",
            "without the postcode",
            "why",
            "I doubt it",
            "was the wrong answer",
            "after I have read the report",
        ]
    ),
    before=st.booleans(),
)
@settings(max_examples=300)
def test_an_added_clause_or_negation_takes_the_approval_away(
    yes: str, extra: str, before: bool
) -> None:
    message = f"{extra} {yes}" if before else f"{yes} {extra}"
    assert read(message).verdict() != "approve"


@given(message=st.text(max_size=300))
@settings(max_examples=200)
def test_any_text_gets_a_turn(message: str) -> None:
    turn = read(message)
    assert turn.intents or turn.clarification


async def test_revert_and_stop_want_confirmation_and_edits_do_not() -> None:
    language = OfflineLanguage()
    confirm = {
        said: (await language.understand(said, None, CARD)).confirm
        for said in ("stop", "back to the start", "go back to generation and use arf", "use arf")
    }
    assert list(confirm.values()) == [True, True, True, False]


def test_pasted_rows_are_refused_and_not_repeated() -> None:
    turn = read("age,gender,bmi\n52,1,28.4\n61,2,31.0\n47,1,25.5")
    assert turn.intents == ()
    assert turn.clarification is not None and "not read or store" in turn.clarification
    assert "28.4" not in turn.clarification


def test_a_hundred_kilobytes_change_nothing() -> None:
    turn = read("yes go ahead and drop the postcode " * 3_000)
    assert turn.intents == ()
    assert turn.clarification is not None and "too long" in turn.clarification


def test_unknown_column_is_asked_back_with_the_nearest_three() -> None:
    turn = read("drop the cholestrol level")
    assert turn.intents == ()
    assert turn.clarification is not None and "total_cholesterol" in turn.clarification


def test_columns_that_differ_by_case_only() -> None:
    card = Card(columns=("Age", "AGE", "bmi"))
    assert Rules().read("drop AGE", None, card).changes().roles == {"AGE": "drop"}
    asked = Rules().read("drop age", None, card)
    assert asked.intents == () and "Age or AGE" in (asked.clarification or "")


@pytest.mark.parametrize("gate", [None, "intake", "intent", "parameters", "documentation"])
def test_odd_column_names_are_only_names(gate: str | None) -> None:
    card = Card(
        columns=(
            "approve",
            "drop table x; --",
            "<script>",
            "__proto__",
            "naïve\ncol",
            "🩺",
            "outcome",
        )
    )
    assert Rules().read("drop approve", gate, card).changes().roles == {"approve": "drop"}
    assert Rules().read("drop the proto column", gate, card).changes().roles == {
        "__proto__": "drop"
    }
    assert Rules().read("the target is outcome", gate, card).changes().target == "outcome"
    assert Rules().read("leave out approve", gate, card).verdict() == "revise"


def test_a_role_that_was_asked_for_is_answered_by_the_bare_name() -> None:
    card = CARD.model_copy(update={"facts": {"asks": "target"}})
    assert Rules().read("heart attack", "intent", card).changes().target == "heart_attack"


def test_skip_this_means_the_episode_of_the_gate() -> None:
    (intent,) = Rules().read("skip this step", "refinement", CARD).intents
    assert (intent.kind, getattr(intent, "episode", None)) == ("skip", "refinement")


def test_five_thousand_columns_are_searched() -> None:
    card = Card(columns=tuple(f"gene_{i}_expr" for i in range(5_000)))
    roles = Rules().read("drop gene 17 expr and gene_4999_expr", None, card).changes().roles
    assert roles == {"gene_17_expr": "drop", "gene_4999_expr": "drop"}
