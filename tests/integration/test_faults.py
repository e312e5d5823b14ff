"""What goes wrong inside a run: the run goes on with the rest and says so in a sentence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import StoreError
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer, SessionView

Approve = Callable[..., Awaitable[SessionView]]
CANARY = "CANARY-town"
SAID = {
    "raises": "A calculation in the library failed (ValueError)",
    "hangs": "its time was up",
    "few_rows": "undertrained",
    "eats": "more memory than it was given",
}


@pytest.fixture
def table(clinic_csv: Path) -> Path:
    """The clinic, with a word in many cells that must stand in no message."""
    frame = pd.read_csv(clinic_csv)
    frame.loc[frame.index[:3], "site"] = CANARY  # of fewer people than any table may name
    frame.to_csv(clinic_csv, index=False)
    return clinic_csv


@pytest.fixture
async def strict_runner(settings: Settings, faults: str) -> AsyncIterator[Runner]:
    """Jobs get fifteen seconds and 500 MB, and there are generators that need more."""
    strict = settings.model_copy(update={"job_timeout_s": 15.0, "memory_mb": 500, "parallel": 3})
    async with open_runner(strict) as opened:
        opened.deps.jobs.executor.modules = (faults,)
        yield opened


async def test_a_run_goes_on_without_the_generators_that_fail(
    strict_runner: Runner, settings: Settings, table: Path, approve: Approve, tmp_path: Path
) -> None:
    asked = Changes(target="stroke", include=(*SAID, "cart"))
    view = await strict_runner.start([table], asked, seed=1, unattended=True)
    view = await approve(strict_runner, view, "generation")
    ended = {c.generator: (c.status, c.message) for c in view.candidates}
    assert ended.pop("cart") == ("ok", "")
    assert view.proposal is not None
    card = " ".join(view.proposal.lines)
    for name, words in SAID.items():
        status, message = ended[name]
        assert status == "failed" and words in message, message
        assert f"{name} gave no data: {message}" in card
    async with open_runner(settings) as runner:
        view = await approve(runner, await runner.view(view.session))
        assert view.status == "finished"
        assert [v.candidate for v in view.verdicts] == ["cart-1"]
        await runner.export(view.session, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "results.json").read_text())
    html = (tmp_path / "out" / "report.html").read_text()
    for candidate in written["candidates"]:
        if candidate["generator"] in SAID:
            assert candidate["status"] == "failed" and candidate["file"] is None
            assert SAID[candidate["generator"]] in candidate["message"]
            assert SAID[candidate["generator"]] in html
    assert len(list((tmp_path / "out" / "synthetic").glob("*.parquet"))) == 1
    log = (settings.home / "audit" / f"{view.session}.jsonl").read_text()
    for text in (card, log, html, json.dumps(written)):
        assert CANARY not in text


async def test_when_every_generator_fails_the_project_can_go_back(
    strict_runner: Runner, settings: Settings, table: Path, approve: Approve
) -> None:
    asked = Changes(target="stroke", include=("raises", "few_rows"))
    view = await strict_runner.start([table], asked, unattended=True)
    before = (await approve(strict_runner, view, "parameters")).checkpoint
    view = await approve(strict_runner, await strict_runner.view(view.session))
    assert view.status == "failed"
    assert "Go back" in view.message
    listed = await strict_runner.sessions()
    assert [info.status for info in listed] == ["failed"]
    html = await strict_runner.report_html(view.session)
    assert SAID["raises"] in html and SAID["few_rows"] in html and CANARY not in html
    async with open_runner(settings) as runner:
        back = await runner.revert(view.session, before)
        assert back.waiting_for == "parameters" and back.candidates == ()
        other = Answer(verdict="revise", changes=Changes(include=("cart",)), actor="Dr Test")
        view = await runner.answer(back.session, back.interrupt_id or "", other)
        view = await approve(runner, view)
        assert view.status == "finished"
        assert [(c.generator, c.status) for c in view.candidates] == [("cart", "ok")]


async def test_a_generator_that_fills_the_disk_stops_the_run_and_not_the_project(
    strict_runner: Runner, table: Path, approve: Approve
) -> None:
    asked = Changes(target="stroke", include=("no_room",))
    view = await strict_runner.start([table], asked, unattended=True)
    view = await approve(strict_runner, view, "parameters")
    with pytest.raises(StoreError) as caught:
        await approve(strict_runner, view)
    assert caught.value.code == "E_DISK_FULL"
    view = await strict_runner.view(view.session)
    assert view.status == "interrupted"
    assert view.candidates == ()


async def test_a_family_that_cannot_be_measured_is_named_and_the_rest_stands(
    settings: Settings, table: Path, approve: Approve, faults: str
) -> None:
    folder, _, _ = faults.rpartition(":")
    async with open_runner(settings) as runner:
        runner.deps.jobs.executor.modules = (f"{folder}:faulty_evaluation",)
        asked = Changes(target="stroke", include=("cart",))
        view = await runner.start([table], asked, unattended=True)
        view = await approve(runner, view)
        assert view.status == "failed"
        assert "None of the privacy metrics could be measured" in view.message
        view = await runner.skip(view.session, "evaluation", "for a test only", "Dr Test")
        view = await approve(runner, view)
        assert view.status == "finished"
        results = await runner.results(view.session)
        html = await runner.report_html(view.session)
    assert results["decision"]["state"] == "REFER"
    assert "Required for this use but not assessed: privacy.copies." in view.verdicts[0].reasons
    assert "skipped by Dr Test" in html
    families = {r["family"] for r in results["results"]}
    assert "fidelity" in families and "utility" in families
    assert "A calculation in the library failed (ValueError)" in html
    assert CANARY not in html


async def test_changed_artefacts_stop_a_run_and_are_made_again_by_the_next(
    settings: Settings, table: Path, approve: Approve
) -> None:
    asked = Changes(target="stroke", include=("cart",), preset="quick")
    async with open_runner(settings) as runner:
        view = await runner.start([table], asked, seed=1, unattended=True)
        (first,) = (await approve(runner, view, "generation")).candidates
        for path in runner.deps.store.root.rglob("*"):
            if path.is_file():
                path.write_bytes(b"?" + path.read_bytes()[1:])
        with pytest.raises(StoreError, match=r"changed after it was written.*Begin the run anew"):
            await approve(runner, await runner.view(view.session))
        view = await runner.start([table], asked, seed=1, unattended=True)
        (second,) = (await approve(runner, view, "generation")).candidates
    assert second.status == "ok" and not second.cached
    assert second.sha256 == first.sha256


def test_a_budget_for_nothing_ends_with_a_sentence(table: Path, commands: Any) -> None:
    words = ["run", str(table), "--target", "stroke", "--budget", "0.001", "--approve", "auto"]
    code, printed = commands.run(*words, "--out", str(table.parent / "out"))
    assert code == 2, printed
    assert printed["status"] == "failed" and printed["candidates"] == []
    shown = commands.run("sessions", "show", commands.session())[1]
    assert "No generator" in shown["message"], shown["message"]


def test_a_budget_of_privacy_that_protects_nobody_is_refused(table: Path, commands: Any) -> None:
    code, printed = commands.run("run", str(table), "--epsilon", "1e9", "--approve", "auto")
    assert code == 2 and "epsilon" in printed["error"]["message"].lower()
    assert commands.run("sessions", "list")[1] == {"sessions": []}
