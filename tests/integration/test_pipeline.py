"""The whole pipeline through the real state machine, store, jobs and metrics."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.graph.approvers import auto_answer
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import DataError, InputError, NotFoundError, StaleApprovalError
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer, SessionView

ASKED = Changes(target="stroke", include=("cart",))
GATES = ["intake", "intent", "parameters", "generation", "evaluation", "refinement"]


async def approve_until(
    runner: Runner, view: SessionView, gate: str | None = None, actor: str = "Dr Test"
) -> SessionView:
    """Approve gate after gate, up to the named one (None: to the end)."""
    while view.status == "waiting" and view.waiting_for != gate:
        assert view.interrupt_id is not None
        view = await runner.answer(
            view.session, view.interrupt_id, Answer(verdict="approve", actor=actor)
        )
    return view


async def say(runner: Runner, view: SessionView, **answer: object) -> SessionView:
    """Give one answer to the open gate."""
    assert view.interrupt_id is not None
    return await runner.answer(
        view.session, view.interrupt_id, Answer.model_validate({"actor": "Dr Test", **answer})
    )


async def finished(runner: Runner, table: Path, seed: int = 1, **asked: object) -> SessionView:
    """A project from file to end."""
    request = ASKED.model_copy(update=asked)
    view = await runner.start([table], request, seed=seed, unattended=True)
    return await approve_until(runner, view)


async def test_a_table_becomes_evaluated_synthetic_data(
    runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    view = await finished(runner, clinic_csv)
    assert view.status == "finished"
    assert [c.status for c in view.candidates] == ["ok"]
    files = await runner.export(view.session, tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["status"] == "finished"
    approved = [a["gate"] for a in results["approvals"]]
    assert approved == [*GATES, "documentation"]
    assert {a["actor"] for a in results["approvals"]} == {"Dr Test"}
    data = results["data"]
    assert data["train"] + data["validation"] + data["holdout"] == data["rows"] == 400
    families = {r["family"] for r in results["results"]}
    assert {"sanity", "fidelity", "utility", "privacy_metrics"} <= families
    assert results["decision"]["state"] in ("BLOCKED", "REFER", "CRITERIA MET")
    html = (tmp_path / "out" / "report.html").read_text()
    assert "SYNTHETIC" in html
    assert "Dr Test" in html
    made = pd.read_parquet(next((tmp_path / "out" / "synthetic").glob("*.parquet")))
    assert "patient_id" not in made
    assert made["bmi"].isna().any()
    assert set(made["sex"].dropna()) == {"female", "male"}
    assert all(Path(path).exists() for path in files.values())


async def test_the_same_seed_gives_the_same_bytes(clinic_csv: Path, tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        async with open_runner(Settings.from_env(home=tmp_path / name, environ={})) as runner:
            view = await finished(runner, clinic_csv, seed=7)
            hashes.append([c.sha256 for c in view.candidates])
    assert hashes[0] == hashes[1] != [[]]


async def test_another_seed_gives_other_rows(runner: Runner, clinic_csv: Path) -> None:
    one = await finished(runner, clinic_csv, seed=1)
    two = await finished(runner, clinic_csv, seed=2)
    assert one.candidates[0].sha256 != two.candidates[0].sha256


async def test_the_holdout_is_no_part_of_what_is_trained_on(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await finished(runner, clinic_csv)
    snapshot = await runner._snapshot(view.session)
    refs, store = snapshot.values["refs"], runner.deps.store
    parts = [store.read_frame(refs[p].sha256) for p in ("train", "validation", "holdout")]
    rows = pd.concat(parts)
    original = store.read_frame(refs["table"].sha256).drop(columns="patient_id")
    both = [
        f.sort_values(list(rows)).reset_index(drop=True) for f in (rows, original[rows.columns])
    ]
    pd.testing.assert_frame_equal(*both)


async def test_going_back_keeps_both_branches(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1)
    view = await approve_until(runner, view, "parameters")
    before = view.checkpoint
    first = await approve_until(runner, view, "evaluation")
    back = await runner.revert(view.session, before)
    assert back.waiting_for == "parameters"
    assert back.interrupt_id != view.interrupt_id
    assert back.candidates == ()
    other = await say(
        runner, back, verdict="revise", changes=Changes(include=("marginal_distributions",))
    )
    second = await approve_until(runner, other, "evaluation")
    assert [c.generator for c in first.candidates] == ["cart"]
    assert [c.generator for c in second.candidates] == ["marginal_distributions"]
    store = runner.deps.store
    assert all(store.has(v.candidates[0].sha256) for v in (first, second))
    html = await runner.report_html(view.session)
    left, stands = (v.candidates[0].sha256[:12] for v in (first, second))
    assert f"<li>cart-1 (cart, file {left})</li>" in html and f"file {stands})" not in html
    lines = await runner.history(view.session)
    assert any(not line.on_head for line in lines)
    assert first.checkpoint in {line.checkpoint for line in lines}


async def test_an_answered_gate_cannot_be_answered_again(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    after = await say(runner, view, verdict="approve")
    with pytest.raises(StaleApprovalError):
        await say(runner, view, verdict="approve")
    assert (await runner.view(view.session)).checkpoint == after.checkpoint


async def test_two_answers_at_once_count_once(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    done = await asyncio.gather(
        *(say(runner, view, verdict="approve") for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(d, StaleApprovalError) for d in done) == 1
    assert sum(isinstance(d, SessionView) for d in done) == 1
    results = await runner.results(view.session)
    assert [a["gate"] for a in results["approvals"]] == ["intake"]


async def test_a_question_is_answered_and_the_gate_stays(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    asked = await say(runner, view, verdict="question", comment="What is a holdout?")
    assert asked.waiting_for == view.waiting_for == "intake"
    assert asked.proposal is not None
    assert "holdout" in asked.proposal.reply.lower()
    assert asked.step == view.step


async def test_changes_at_a_gate_are_what_runs(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    view = await approve_until(runner, view, "parameters")
    view = await say(runner, view, verdict="revise", changes=Changes(rows=120))
    assert view.waiting_for == "parameters"
    view = await approve_until(runner, view, "generation")
    assert [c.rows for c in view.candidates] == [120]


async def test_a_new_target_late_goes_back_to_the_intent(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    view = await approve_until(runner, view, "evaluation")
    view = await say(runner, view, verdict="revise", changes=Changes(target="sex"))
    assert view.waiting_for == "intent"
    assert view.plan.target == "sex"
    assert view.progress["intake"].status == "approved"
    view = await approve_until(runner, view)
    assert view.status == "finished"


async def test_changes_that_cannot_be_made_leave_the_gate_open(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED)
    for changes in (
        Changes(target="strok"),
        Changes(include=("ctgann",)),
        Changes(rows=0),
        Changes(epsilon=-1),
        Changes(roles={"nobody": "drop"}),
        Changes(target="patient_id"),
    ):
        with pytest.raises(InputError):
            await say(runner, view, verdict="revise", changes=changes)
    assert (await runner.view(view.session)).interrupt_id == view.interrupt_id


async def test_a_person_who_rejects_everything_is_let_go(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    for _ in range(10):
        if view.status != "waiting":
            break
        view = await say(runner, view, verdict="revise", reasons=("distribution",))
    assert view.status == "stopped"
    assert "sent back 3 times" in view.message


async def test_stop_keeps_the_work(runner: Runner, clinic_csv: Path, tmp_path: Path) -> None:
    view = await runner.start([clinic_csv], ASKED)
    view = await approve_until(runner, view, "evaluation")
    view = await say(runner, view, verdict="stop")
    assert view.status == "stopped"
    files = await runner.export(view.session, tmp_path / "out")
    assert Path(files["report"] if "report" in files else files["report.html"]).exists()


async def test_nothing_is_learnt_from_an_approver_that_is_no_person(
    fresh_runner: Runner, clinic_csv: Path, settings: Settings
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, unattended=True)
    while view.status == "waiting":
        assert view.interrupt_id is not None
        view = await fresh_runner.answer(view.session, view.interrupt_id, auto_answer("test"))
    counts = json.loads(settings.policy_file.read_text())["counts"]
    assert counts
    assert all(key.startswith("s|") for key in counts)
    html = await fresh_runner.report_html(view.session)
    assert "no person looked" in html


async def test_a_project_is_learnt_from_once(
    fresh_runner: Runner, clinic_csv: Path, settings: Settings
) -> None:
    view = await finished(fresh_runner, clinic_csv)
    before = settings.policy_file.read_bytes()
    await fresh_runner.resume(view.session)
    assert settings.policy_file.read_bytes() == before
    assert any(key.startswith("b|") for key in json.loads(before)["counts"])


async def test_bad_files_leave_no_project_behind(fresh_runner: Runner, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(DataError):
        await fresh_runner.start([empty])
    with pytest.raises(InputError):
        await fresh_runner.start([tmp_path / "nobody.csv"])
    assert await fresh_runner.sessions() == []


async def test_sessions_are_listed_found_and_deleted(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED)
    assert [s.session for s in await fresh_runner.sessions()] == [view.session]
    assert (await fresh_runner.view(view.session[:4])).session == view.session
    await fresh_runner.delete(view.session)
    assert await fresh_runner.sessions() == []
    with pytest.raises(NotFoundError):
        await fresh_runner.view(view.session)


async def test_checkpoints_hold_only_known_types_and_stay_small(
    fresh_runner: Runner, clinic_csv: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states: list[str] = []
    with caplog.at_level(logging.WARNING):
        view = await finished(fresh_runner, clinic_csv)
        async for snapshot in fresh_runner.graph.aget_state_history(
            {"configurable": {"thread_id": view.session}}
        ):
            states.append(repr(snapshot.values))
            for name in ("plan", "choice", "flags", "source"):
                assert not isinstance(snapshot.values.get(name), dict), name
    assert "Blocked" not in caplog.text
    assert "north" not in "".join(states)  # a level of a column of the table


async def test_no_cell_value_reaches_the_audit_log(runner: Runner, clinic_csv: Path) -> None:
    frame = pd.read_csv(clinic_csv)
    frame.loc[3, "site"] = "CANARY-town"
    frame.to_csv(clinic_csv, index=False)
    view = await finished(runner, clinic_csv)
    log = (runner.deps.settings.home / "audit" / f"{view.session}.jsonl").read_text()
    assert "CANARY" not in log
    assert "P001" not in log
    assert "CANARY" not in await runner.report_html(view.session)


async def test_nhanes_from_five_files(nhanes_parts: list[Path], runner: Runner) -> None:
    columns = Changes(target="MCQ160E", include=("cart",))
    view = await runner.start(nhanes_parts, columns, join_on="SEQN", unattended=True)
    assert view.waiting_for == "intake"
    assert view.plan.roles["SEQN"] == "identifier"


async def test_nhanes_keeps_its_signal(nhanes: Path, runner: Runner) -> None:
    request = Changes(target="heart_attack", include=("cart",), use_case="sharing")
    view = await runner.start([nhanes], request, seed=1, unattended=True)
    view = await approve_until(runner, view)
    results = (await runner.results(view.session))["results"]
    aucs = {
        r["metric_id"]: r["value"]
        for r in results
        if r["family"] == "utility" and r["column"] is None and r["group"] is None
    }
    assert view.status == "finished"
    assert any("tstr" in name for name in aucs), aucs
