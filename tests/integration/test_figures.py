"""The figures of a project: none before there are results, then those of the report."""

from __future__ import annotations

from pathlib import Path

from synthcraft.graph.contracts import Changes
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer

ASKED = Changes(target="stroke", include=("cart",))


async def test_figures_come_with_the_results_and_hold_the_numbers_of_the_report(
    runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    assert await runner.figures(view.session) == ()
    while view.waiting_for not in ("refinement", "documentation"):
        assert view.interrupt_id is not None
        approval = Answer(verdict="approve", actor="Dr Test")
        view = await runner.answer(view.session, view.interrupt_id, approval)
    figures = {f.chart.name: f for f in await runner.figures(view.session)}
    assert {"anchors", "marginals", "associations", "calibration"} <= set(figures)
    (name,) = (candidate.id for candidate in view.candidates)
    assert all(figure.rows or figure.why for figure in figures.values())
    assert figures["marginals"].files == (name,)
    await runner.export(view.session, tmp_path)
    for chart, file in (("anchors", "anchors"), ("calibration", "calibration"),
                        ("marginals", f"marginals__{name}")):  # fmt: skip
        assert figures[chart].csv(name)[1] == (tmp_path / "figures" / f"{file}.csv").read_text()
        assert figures[chart].draw(name).data
