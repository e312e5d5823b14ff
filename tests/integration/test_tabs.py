"""What the tabs of the page read of a real project."""

from __future__ import annotations

from pathlib import Path

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer
from synthcraft.tools.audit import ROOT, AuditLog
from synthcraft.ui import data_tab, generators_tab, privacy_tab, terms
from synthcraft.ui.project import Project
from synthcraft.ui.screen import screen
from tests.model_double import served


async def test_the_data_tab_follows_the_intake(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], seed=1)
    sheets = await runner.sheets(view.session)
    assert sheets is not None
    columns = {column.name: column for column in sheets.columns}
    assert columns["patient_id"].role == "identifier"
    assert columns["patient_id"].distribution is None
    described = columns["age"].distribution
    assert described is not None and described.percentiles
    project = Project(key=view.session, view=view, sheets=sheets)
    assert data_tab.can_edit(project)
    changes, words = data_tab.asked_roles(project, ["age", "glucose"], "left out altogether")
    again = Answer(verdict="revise", changes=changes, comment=words, actor="Dr Test")
    view = await runner.answer(view.session, project.gate, again)
    after = await runner.sheets(view.session)
    assert after is not None
    left = {column.name for column in after.columns if column.role == "drop"}
    assert left == {"age", "glucose"}
    assert "age" in data_tab.head(after)
    assert changes == Changes(roles={"age": "drop", "glucose": "drop"})


async def test_the_catalogue_is_priced_for_the_table_and_marks_the_plan(
    runner: Runner, clinic_csv: Path
) -> None:
    asked = Changes(target="stroke", include=("cart",))
    view = await runner.start([clinic_csv], asked, seed=1, unattended=True)
    before = await runner.sheets(view.session)
    while view.waiting_for != "parameters":
        assert view.interrupt_id is not None
        approval = Answer(verdict="approve", actor="Dr Test")
        view = await runner.answer(view.session, view.interrupt_id, approval)
    sheets = await runner.sheets(view.session)
    assert before is not None and sheets is not None
    assert (before.rows, sheets.rows < 400) == (400, True)  # all rows, then those for training
    offers = {offer.spec.name: offer for offer in sheets.offers}
    assert [g.id for g in offers["cart"].planned] == ["cart-1"]
    assert offers["ctgan"].seconds and not offers["ctgan"].planned
    assert "cart-1: proposed, has not run" in generators_tab.cards(sheets, view)


async def test_the_privacy_tab_shows_the_card_and_what_a_real_model_server_got(
    tmp_path: Path, clinic_csv: Path
) -> None:
    with served() as model:
        settings = Settings.from_env(
            home=tmp_path / "home", environ={}, llm_base_url=model.url, llm_model="double"
        )
        async with open_runner(settings) as runner:
            view = await runner.start([clinic_csv], seed=1)
            before = await runner.sheets(view.session)
            assert before is not None
            assert before.told.card and not before.told.approved_by
            assert all("statistician" not in entry.text for entry in before.told.sent)
            assert view.interrupt_id is not None
            approval = Answer(verdict="approve", actor="Dr Test")
            view = await runner.answer(view.session, view.interrupt_id, approval)
            await runner.understand(view.session, "a statistician would rather tweak it somehow")
            after = await runner.sheets(view.session)
    assert after is not None
    assert after.told.approved_by == "Dr Test"
    assert model.received
    shown = privacy_tab.entries(after.told.sent, "statistician would rather")
    assert "statistician would rather" in shown
    assert "card approved" in privacy_tab.entries(after.told.sent, "")
    ledger = tmp_path / "home" / "ledger" / f"{view.session}.jsonl"
    assert after.told.size == ledger.stat().st_size


async def test_a_record_that_was_spoilt_is_told_and_hides_no_other_tab(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    view = await fresh_runner.start([clinic_csv], seed=1)
    ledger = fresh_runner.deps.settings.home / "ledger" / f"{view.session}.jsonl"
    ledger.parent.mkdir(exist_ok=True)
    AuditLog(ledger).append({"odd": "entry"}, ROOT)
    for spoilt in (ledger.read_bytes(), b"no entry\n", b"\xff\xfe\n"):
        ledger.write_bytes(spoilt)
        sheets = await fresh_runner.sheets(view.session)
        assert sheets is not None
        assert sheets.columns
        assert sheets.told.sent == ()
        assert sheets.told.size == len(spoilt)
        assert bool(sheets.told.faults) == (b"odd" not in spoilt)


async def test_numbers_of_real_results_say_compared_with_what(
    runner: Runner, clinic_csv: Path
) -> None:
    asked = Changes(target="stroke", include=("cart",))
    view = await runner.start([clinic_csv], asked, seed=1, unattended=True)
    while view.waiting_for not in ("refinement", "documentation"):
        assert view.interrupt_id is not None
        approval = Answer(verdict="approve", actor="Dr Test")
        view = await runner.answer(view.session, view.interrupt_id, approval)
    project = Project(key=view.session, view=view, sheets=await runner.sheets(view.session))
    parts = screen(project, [])
    shown = parts["results"]["results"]["value"]
    assert "accepted: " in shown
    assert "fresh real rows: " in shown
    assert "trained on real rows: " in shown
    choices = parts["terms"]["term"]["choices"]
    assert all(terms.meaning(project, value) for _, value in choices)
    told = terms.meaning(project, "measure fidelity.association")
    assert "Lower is better; 0 is ideal." in told
    assert "Compared with fresh real rows" in told
