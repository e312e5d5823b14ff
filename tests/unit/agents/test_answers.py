"""Answers from templates over typed facts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.language import phrasebook
from synthcraft.agents.language.answers import answer, define
from synthcraft.agents.language.offline import OfflineLanguage
from synthcraft.agents.language.questions import topic_of
from synthcraft.graph.contracts import Alternative, Decision, GateName

GLOSSARY = phrasebook.book("glossary")
DECISION = Decision(
    step=7,
    episode="generation",
    attempt=1,
    action="gen_fast",
    score=0.81,
    confidence=0.74,
    interval=(0.5, 0.9),
    alternatives=(Alternative(action="gen_gan", score=0.62),),
    masked={"gen_diffusion": "over the time budget"},
    evidence=12,
    why="it covers the fit at the lowest cost",
)
FACTS: dict[str, Any] = {
    "choice": DECISION.model_dump(mode="json"),
    "generators": {
        "arf": {
            "title": "Adversarial random forest",
            "strengths": ["fast", "keeps relations"],
            "weaknesses": ["no guarantee"],
            "claim_level": "heuristic, no guarantee",
        }
    },
    "plan": {"generators": [{"generator": "arf", "reason": "small table"}]},
    "verdicts": [
        {
            "candidate": "arf-1",
            "state": "REFER",
            "headline": {"auc": 0.8312},
            "not_assessed": ["V4"],
        }
    ],
    "candidates": [{"status": "ok"}, {"status": "failed"}],
    "status": "waiting",
    "episode": "evaluation",
    "waiting_for": "evaluation",
    "step": 9,
    "questions_asked": 2,
    "seconds": 240.0,
    "memory_mb": 1500,
}


def test_the_glossary_is_large_enough_and_complete() -> None:
    assert len(GLOSSARY) >= 25
    for term, entry in GLOSSARY.items():
        assert entry["short"].endswith(".") and len(entry["long"]) > 60, term


@pytest.mark.parametrize("term", sorted(GLOSSARY))
def test_every_term_can_be_asked_for_by_its_title(term: str) -> None:
    name = re.sub(r"\s*\(.*", "", GLOSSARY[term]["title"])
    for question in (f"What is {name}?", f"what does {name} mean"):
        assert answer(question, None, {}) == define(topic_of(question))
        assert topic_of(question) == term


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("why did you choose this?", ["gen fast", "lowest cost", "74%", "50%", "gen gan", "12"]),
        ("what happens next?", ["waits for your answer", "evaluation"]),
        ("what is the status?", ["waiting", "1 ready, 1 not finished", "9"]),
        ("how long will it take?", ["about 4 minutes", "1,500 MB"]),
        (
            "what is arf?",
            ["Adversarial random forest", "keeps relations", "heuristic", "small table"],
        ),
        ("which one is the best?", ["arf-1", "auc 0.831", "REFER", "V4"]),
        ("what happens if I approve?", ["gate", "beside their anchors"]),
        ("does a language model see my data?", ["No.", "on this machine"]),
        ("what can I say?", ["approve", "arf"]),
    ],
)
def test_answers_hold_the_facts(question: str, parts: list[str]) -> None:
    said = answer(question, None, FACTS)
    assert [part for part in parts if part not in said] == [], said


@pytest.mark.parametrize(
    "question", ["why did you choose this?", "status?", "how long?", "results?"]
)
def test_without_facts_it_says_so(question: str) -> None:
    said = answer(question, None, {})
    assert "None" not in said and "{" not in said and re.search(r"\b(no|not)\b", said)


def test_what_it_does_not_know() -> None:
    said = answer("who won the match?", None, FACTS)
    assert said.startswith("I can't answer that from what I know here.") and "arf" in said
    assert "no description" in answer("what is ctgan?", None, FACTS)


@pytest.mark.parametrize("gate", GateName.__args__)  # type: ignore[attr-defined]
def test_every_gate_is_explained(gate: str) -> None:
    assert gate in answer("what am I asked to approve?", None, {"gate": gate})


async def test_explain_answers_the_question_or_sums_up() -> None:
    language = OfflineLanguage()
    assert await language.explain({"question": "what is KS?"}, "researcher") == define("ks")
    summed = await language.explain(FACTS, "researcher")
    assert "waiting" in summed and "0.831" in summed


def test_no_verdict_words_in_what_we_say() -> None:
    folder = Path(phrasebook.__file__).parent / "phrases"
    words = r"\b(safe|anonymous|anonymi[sz]ed|de-?identified|privacy-preserving|compliant)\b"
    ours = [folder / f"{name}.toml" for name in ("answers", "glossary")]
    texts = [file.read_text(encoding="utf-8") for file in ours]
    texts += phrasebook.book("acts")["refusals"].values()
    assert not [text for text in texts if re.search(words, text, re.IGNORECASE)]
