"""The benchmark of understanding: its set, its judgement and its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import (
    Approve,
    ChooseGenerators,
    Question,
    Revert,
    SetSize,
    UserTurn,
)
from synthcraft.evals.language_bench import DEFAULT, Counts, measure, run
from synthcraft.evals.language_dialogue import in_plain_words
from synthcraft.evals.language_page import NAME, section
from synthcraft.evals.language_set import Labelled, judged, labelled
from synthcraft.evals.page import markers
from synthcraft.ui.cli import app

ARF = ChooseGenerators(include=("arf",))


def test_the_parts_are_large_and_share_short_messages_alone() -> None:
    dev, test = ([m.say for _, m in labelled(part).cases()] for part in ("dev", "test"))
    assert len(dev) + len(test) >= 300 and len(test) >= 150
    shared = {s.lower().strip(" .!") for s in dev} & {s.lower().strip(" .!") for s in test}
    assert all(len(said.split()) <= 4 for said in shared)


@pytest.mark.parametrize(
    ("label", "turn", "result"),
    [
        ({"is": "approve"}, UserTurn(intents=(Approve(),)), "right"),
        ({"is": "ask"}, UserTurn(intents=(Approve(),)), "wrong"),
        ({"is": "approve"}, UserTurn(clarification="?"), "asked"),
        ({"is": "ask"}, UserTurn(clarification="?"), "right"),
        (
            {"is": "choose_generators", "changes": {"include": ["arf"]}},
            UserTurn(intents=(ARF,)),
            "right",
        ),
        (
            {"is": "choose_generators", "changes": {"exclude": ["arf"]}},
            UserTurn(intents=(ARF,)),
            "wrong",
        ),
        ({"is": "choose_generators"}, UserTurn(intents=(ARF, SetSize(rows=50))), "wrong"),
        ({"is": "revert", "to": "start"}, UserTurn(intents=(Revert(to="intake"),)), "wrong"),
        ({"is": "question"}, UserTurn(intents=(Question(topic="x", text="x"),)), "right"),
    ],
)
def test_what_counts_as_right(label: dict[str, object], turn: UserTurn, result: str) -> None:
    assert judged(Labelled.model_validate({"say": "x", **label}), turn) == result


def test_a_wish_is_said_again_in_plain_words() -> None:
    label = {"say": "x", "is": "set_roles set_size", "changes": {"roles": {"a": "drop"}, "rows": 5}}
    assert in_plain_words(Labelled.model_validate(label), "intake") == "leave out a. 5 rows"
    asked = Labelled.model_validate({"say": "Fine. Why arf?", "is": "question"})
    assert in_plain_words(asked, "intake") == "My question is: Why arf?"


def test_no_false_approval_and_few_wrong_on_the_development_part() -> None:
    counts = measure(Offline(), "dev").groups["all"]
    assert counts.false_approvals == 0
    assert counts.wrong <= 0.02 * counts.all and counts.asked <= 0.2 * counts.all
    assert counts.good >= 0.9 * counts.all


def test_every_try_before_asking_helps() -> None:
    outcomes = run(("dev",)).parts["dev"].values()
    right = [outcome.groups["all"].right for outcome in outcomes]
    assert right == sorted(set(right))


def test_shares_have_intervals() -> None:
    share, low, high = Counts(right=8, asked=1, wrong=1).share(8)
    assert low < share == 0.8 < high


def test_the_command_keeps_numbers_and_page(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["bench", "language", "--part", "dev", "--out", str(tmp_path)])
    assert done.exit_code == 0 and "paraphrased" in done.stdout
    page = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert all(mark in page for mark in markers(NAME)) and "false approvals" in page
    assert CliRunner().invoke(app, ["bench", "language", "--part", "none"]).exit_code != 0


def test_the_page_names_every_reader() -> None:
    assert DEFAULT in section(run(("dev",)))
