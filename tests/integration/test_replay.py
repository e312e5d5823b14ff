"""Replay, skipping and reopening on real projects through the real runner."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.registry import agent
from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.graph.replay import Replay
from synthcraft.graph.runner import Runner
from synthcraft.graph.state import Delta
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.audit import AuditLog
from synthcraft.tools.audit_entry import hash_2

ASKED = Changes(target="stroke", include=("cart",))


async def say(runner: Runner, view: SessionView, **answer: object) -> SessionView:
    """Give one answer to the open gate."""
    given = Answer.model_validate({"actor": "Dr Test", **answer})
    return await runner.answer(view.session, view.interrupt_id or "", given)


async def approved_until(runner: Runner, view: SessionView, gate: str | None = None) -> SessionView:
    """Approve gate after gate, up to the named one or to the end."""
    while view.status == "waiting" and view.waiting_for != gate:
        view = await say(runner, view, verdict="approve")
    return view


def log_of(runner: Runner, session: str) -> Path:
    return runner.deps.settings.home / "audit" / f"{session}.jsonl"


async def eventful(runner: Runner, table: Path) -> SessionView:
    """A finished project with a question, a rejection and a revert on its way."""
    view = await runner.start([table], ASKED, seed=5, unattended=True)
    view = await say(runner, view, verdict="question", comment="What is a holdout?")
    view = await say(runner, view, verdict="revise", reasons=("distribution",))
    view = await approved_until(runner, view, "parameters")
    before = view.checkpoint
    await approved_until(runner, view, "evaluation")
    view = await runner.revert(view.session, before)
    return await approved_until(runner, view)


async def test_every_decision_of_a_real_project_repeats(runner: Runner, clinic_csv: Path) -> None:
    view = await eventful(runner, clinic_csv)
    done = await runner.replay(view.session)
    assert view.status == "finished"
    # Every decision of the branch: steps are numbered along it.
    assert done == Replay(decisions=view.step, repeated=view.step)
    decisions = [
        entry.body
        for entry in AuditLog(log_of(runner, view.session)).all()
        if entry.body["kind"] == "decision"
    ]
    assert len(decisions) > view.step  # those of the branch that was left are not repeated
    assert {"situation", "counts", "pinned"} <= decisions[0].keys()
    assert "glucose" not in json.dumps([d["situation"] for d in decisions])


async def test_the_seed_is_part_of_what_is_repeated(fresh_runner: Runner, clinic_csv: Path) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, seed=5, unattended=True)
    edit(log_of(fresh_runner, view.session), 0, lambda body: body["situation"].update(root_seed=6))
    done = await fresh_runner.replay(view.session)
    assert done.difference is not None
    assert done.difference.step == 1


def edit(path: Path, number: int, change: Any, consistent: bool = False) -> None:
    """Change the body of one decision in the log, with its old hash or with a fitting one."""
    lines = path.read_text().splitlines()
    places = [i for i, line in enumerate(lines) if json.loads(line)["body"]["kind"] == "decision"]
    entry = json.loads(lines[places[number]])
    change(entry["body"])
    old = entry["hash"]
    if consistent:
        entry["hash"] = hash_2(entry["prev"], entry["body"], entry.get("salts", {}))
    lines[places[number]] = json.dumps(entry)
    text = "\n".join(lines) + "\n"
    path.write_text(text.replace(f'"prev":"{old}"', f'"prev":"{entry["hash"]}"'))


async def test_an_edited_line_of_the_log_is_found(fresh_runner: Runner, clinic_csv: Path) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, seed=5, unattended=True)
    path = log_of(fresh_runner, view.session)
    whole = path.read_text()
    _, second = [e.body for e in AuditLog(path).all() if e.body["kind"] == "decision"][:2]
    decided = second["action"]
    edit(path, 1, lambda body: body.update(action="ask_columns"))
    done = await fresh_runner.replay(view.session)
    assert done.repeated == 1
    assert done.difference is not None
    assert (done.difference.step, done.difference.episode) == (2, "intake")
    assert done.difference.recorded == "ask_columns" != done.difference.repeated
    assert done.difference.repeated == decided
    assert "another action" in done.difference.why

    path.write_text(whole)
    edit(path, 1, lambda body: body.update(action="ask_columns"), consistent=True)
    assert (await fresh_runner.replay(view.session)).difference == done.difference

    path.write_text(whole)
    edit(path, 1, lambda body: body.update(why="because"))
    done = await fresh_runner.replay(view.session)
    assert done.difference is not None
    assert "edited" in done.difference.why

    path.write_text(whole)
    edit(path, 1, lambda body: body.update(counts="0" * 64))
    done = await fresh_runner.replay(view.session)
    assert done.difference is not None
    assert "no checkpoint holds the counts" in done.difference.why


async def test_decisions_of_before_replay_are_counted_and_not_judged(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, seed=5, unattended=True)

    def older(body: dict[str, Any]) -> None:
        for name in ("situation", "counts", "pinned"):
            body.pop(name)

    edit(log_of(fresh_runner, view.session), 0, older, consistent=True)
    done = await fresh_runner.replay(view.session)
    assert done.difference is None
    assert (done.not_recorded, done.repeated) == (1, view.step - 1)


async def test_the_evaluation_is_skipped_for_a_reason_that_is_shown(
    runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    view = await approved_until(runner, view, "parameters")
    with pytest.raises(InputError, match="not at its turn"):
        await runner.skip(view.session, "evaluation", "later", "Dr Test")
    view = await approved_until(runner, view, "evaluation")
    reason = "measured elsewhere"
    view = await runner.reopen(view.session, "generation", "Dr Test")
    view = await approved_until(runner, view, "evaluation")
    view = await runner.skip(view.session, "evaluation", reason, "Dr Skip")
    assert view.waiting_for == "documentation"
    assert {view.progress[n].status for n in ("evaluation", "refinement")} == {"skipped"}
    view = await approved_until(runner, view)
    assert view.status == "finished"
    (verdict,) = view.verdicts
    assert verdict.state != "CRITERIA MET"
    assert reason in verdict.reasons[0] and "Dr Skip" in verdict.reasons[0]
    html = re.sub(r"\s+", " ", await runner.report_html(view.session))
    assert f"Evaluating the synthetic data: skipped by Dr Skip. Reason: {reason}" in html
    results = await runner.results(view.session)
    assert any("not assessed" in text for text in results["decision"]["not_assessed"])
    assert not any(a["gate"] == "evaluation" for a in results["approvals"])
    (entry,) = [
        e.body
        for e in AuditLog(log_of(runner, view.session)).all()
        if e.body.get("verdict") == "skip"
    ]
    assert (entry["kind"], entry["actor"], entry["comment"]) == ("approval", "Dr Skip", reason)
    assert any(reason in line.what for line in await runner.history(view.session))
    assert (await runner.replay(view.session)).difference is None


async def test_skipping_ahead_holds_until_the_result_is_sent_back(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    view = await approved_until(runner, view, "generation")
    before = view.checkpoint
    view = await runner.skip(view.session, "evaluation", "no time", "Dr Test")
    assert view.waiting_for == "generation"  # its own approval is not skipped
    view = await say(runner, view, verdict="approve")
    assert view.waiting_for == "documentation"
    (verdict,) = view.verdicts
    assert verdict.state == "REFER"
    assert {"fidelity", "utility", "privacy metrics"} <= {
        text.split(":")[0] for text in verdict.not_assessed
    }
    view = await runner.revert(view.session, before)
    view = await runner.skip(view.session, "evaluation", "no time", "Dr Test")
    view = await say(runner, view, verdict="revise", changes=Changes(rows=150))
    view = await approved_until(runner, view, "evaluation")
    assert view.waiting_for == "evaluation"
    assert "skipped" not in str(view.verdicts)


async def test_mandatory_episodes_cannot_be_skipped(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED, unattended=True)
    for episode in ("intake", "intent", "generation", "documentation"):
        with pytest.raises(InputError, match="mandatory"):
            await runner.skip(view.session, episode, "no time", "Dr Test")
    with pytest.raises(InputError, match="needs a reason"):
        await runner.skip(view.session, "refinement", "  ", "Dr Test")
    with pytest.raises(NotFoundError, match="no episode"):
        await runner.skip(view.session, "parameters", "no time", "Dr Test")
    assert await runner.view(view.session) == view


async def test_refinement_is_skipped_and_opened_again(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    view = await approved_until(runner, view, "refinement")
    verdicts = view.verdicts
    old = view
    view = await runner.skip(view.session, "refinement", "good enough", "Dr Test")
    assert view.waiting_for == "documentation"
    assert view.verdicts == verdicts
    with pytest.raises(InputError):  # the gate that was open has closed
        await say(runner, old, verdict="approve")
    assert "good enough" in await runner.report_html(view.session)
    view = await runner.reopen(view.session, "refinement", "Dr Test")
    assert view.waiting_for == "refinement"


async def test_an_opened_episode_makes_its_dependants_stale_and_only_them(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    with pytest.raises(InputError, match="not closed"):
        await runner.reopen(view.session, "intake", "Dr Test")
    view = await approved_until(runner, view, "documentation")
    first = view.candidates
    view = await runner.reopen(view.session, "evaluation", "Dr Test")
    assert view.waiting_for == "evaluation"
    status = {name: progress.status for name, progress in view.progress.items()}
    assert status == {
        "intake": "approved",
        "intent": "approved",
        "generation": "approved",
        "evaluation": "stale",
        "refinement": "stale",
        "documentation": "stale",
    }
    view = await approved_until(runner, view)
    assert view.status == "finished"
    assert view.candidates == first
    again = await runner.reopen(view.session, "documentation", "Dr Test")
    assert again.waiting_for == "documentation"
    assert (await runner.replay(view.session)).difference is None


async def test_a_project_that_was_given_up_goes_on_from_an_opened_episode(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED, unattended=True)
    view = await approved_until(runner, view, "intent")
    view = await say(runner, view, verdict="stop")
    assert view.status == "stopped"
    view = await runner.reopen(view.session, "intake", "Dr Test")
    assert (view.status, view.waiting_for) == ("waiting", "intake")


async def test_in_the_middle_of_a_step_nothing_is_redirected(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED, unattended=True)
    view = await approved_until(runner, view, "intent")
    between = next(line for line in await runner.history(view.session) if line.node == "choose")
    view = await runner.revert(view.session, between.checkpoint)
    with pytest.raises(InputError, match="in the middle of a step"):
        await runner.reopen(view.session, "intake", "Dr Test")
    assert (await runner.resume(view.session)).waiting_for == "intake"


async def test_an_action_that_returns_no_feedback_counts_as_failed(
    runner: Runner, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiler, called = agent("profiler"), []

    async def silent(state: object, tools: object) -> Delta:
        called.append(1)
        return Delta(message="Looked.")

    for action in ("profile_schema", "missingness_report"):
        monkeypatch.delitem(profiler.handlers, ("intake", action))
        profiler.handles("intake", action)(silent)
    view = await runner.start([clinic_csv], ASKED, unattended=True)
    assert called
    assert view.waiting_for == "intake"
    assert "profile_schema" in view.progress["intake"].failed
    assert "profile_schema" not in view.progress["intake"].done
    entries = AuditLog(log_of(runner, view.session)).all()
    told = [
        e.body for e in entries if e.body.get("action") == "profile_schema" and "outcome" in e.body
    ]
    said = "The specialist profiler did not say how profile_schema went"
    assert [body["outcome"] for body in told] == ["fail"]
    assert told[0]["message"].startswith(said)
