"""What a language model is told when it chooses in the router's place."""

from __future__ import annotations

from synthcraft.evals.ablation.llm_router import told
from synthcraft.graph.records import Flags
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress

LEGAL = ("infer_from_data", "ask_intent")


def test_a_model_is_told_what_the_bandit_sees() -> None:
    unclear = Situation(episode="intent", root_seed=0)
    assert "Context: ambiguous, privacy unknown." in told(unclear, LEGAL)
    known = unclear.model_copy(
        update={
            "flags": Flags(ambiguous=False, low_budget=True, privacy="strict"),
            "progress": Progress(done=("draft_use_case",), wanted=("target_task",)),
        }
    )
    said = told(known, LEGAL)
    assert "Context: low budget, privacy strict." in said
    assert "Done: draft_use_case." in said and "missed: target_task." in said
    assert said.endswith("Choose one of: infer_from_data, ask_intent.")
