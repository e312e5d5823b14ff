"""Questions of the router, and errors of ours, through the real state machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.registry import agent
from synthcraft.graph.contracts import Changes, Decision
from synthcraft.graph.runner import Runner
from synthcraft.graph.situation import Situation
from synthcraft.graph.statistics import Statistics
from synthcraft.graph.views import Answer
from synthcraft.tools.audit import audit_log


class Asking:
    """A policy that asks first and then does as the fixed one."""

    name = "asking"
    learnt = False

    def choose(self, situation: Situation, statistics: Statistics) -> Decision:
        from synthcraft.graph.bandit import mask, policy_named

        decision = policy_named("fixed").choose(situation, statistics)
        legal, _ = mask(situation)
        asked = [a.name for a in situation.table.actions if a.asks and a.name in legal]
        if asked and not situation.progress.asks:
            return decision.model_copy(update={"action": asked[0]})
        return decision


async def test_a_question_of_the_router_is_put_and_its_answer_counts(
    runner: Runner, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "deps", replace(runner.deps, chooser=Asking()))
    view = await runner.start([clinic_csv], Changes(target="stroke", include=("cart",)))
    while view.proposal is not None and not view.proposal.question:
        view = await runner.answer(
            view.session, view.interrupt_id or "", Answer(verdict="approve", actor="Jane")
        )
    assert view.proposal is not None
    assert view.proposal.question.endswith("?")
    assert "missingness" in view.proposal.aspects
    view = await runner.answer(
        view.session,
        view.interrupt_id or "",
        Answer(verdict="approve", reasons=("missingness",), actor="Jane"),
    )
    assert view.questions_asked == 1
    intake = view.progress["intake"]
    assert intake.revealed
    assert intake.wanted == ("missingness",)
    assert intake.asks == 1


async def test_a_bug_in_an_action_costs_the_action_and_not_the_project(
    runner: Runner, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "-".join(("secret", "cell", "value"))

    async def broken(state: Any, tools: Any) -> Any:
        raise ZeroDivisionError(secret)

    handlers = agent("profiler").handlers
    for name in ("distribution_eda", "duplicate_check"):
        monkeypatch.setitem(handlers, ("intake", name), broken)
    heard: list[str] = []
    view = await runner.start(
        [clinic_csv],
        Changes(target="stroke", include=("cart",)),
        on_event=lambda event: heard.append(event.text),
    )
    assert view.waiting_for == "intake"
    told = " ".join(heard)
    assert "ZeroDivisionError" in told
    assert secret not in told
    kept = (runner.deps.settings.home / "logs" / "error.log").read_text()
    assert "in broken" in kept and "ZeroDivisionError" in kept and secret not in kept


async def test_history_names_the_nodes(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], Changes(target="stroke", include=("cart",)))
    for _ in range(3):
        view = await runner.answer(
            view.session, view.interrupt_id or "", Answer(verdict="approve", actor="Jane")
        )
    nodes = [line.node for line in await runner.history(view.session)]
    assert nodes[:3] == ["receive", "choose", "work"]
    where = nodes.index("approval")
    assert nodes[where - 1 : where + 3] == ["propose", "approval", "settle", "choose"]
    settles = [i for i, node in enumerate(nodes) if node == "settle"]
    assert [nodes[i + 1] for i in settles] == ["choose", "choose", "work"]  # the fit, approved


async def test_a_log_that_was_cut_is_found(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], Changes(target="stroke", include=("cart",)))
    home = runner.deps.settings.home
    path = home / "audit" / f"{view.session}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    assert audit_log(home, view.session).verify(view.audit_head) == []
    path.write_bytes(b"".join(lines[:-1]))
    assert audit_log(home, view.session).verify(view.audit_head)
