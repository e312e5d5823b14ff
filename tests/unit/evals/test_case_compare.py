"""The rules that set the paper's figures beside ours, and the figures themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from synthcraft import evals
from synthcraft.evals.case.clock import Clock
from synthcraft.evals.case.compare import Printed, compare, printed
from synthcraft.evals.case.merge import merged
from synthcraft.evals.case.protocol import ENGINES, PROTOCOLS
from synthcraft.evals.case.records import CaseResults, Verdicts
from synthcraft.evals.case.section import section
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.report.printed import Printed as Table

AUC = "AUC, learnt from CTGAN"
WORSE = "PATE-GAN performs less well than real people"
RARER = "Heart attack, CTGAN"
AUGMENTED = "Augmentation by CTGAN does not raise the AUC"


def auc(about: str, value: float | None, low: float | None, high: float | None) -> Fact:
    return Fact(name="auc", about=about, value=value, low=low, high=high)


def beside(says: str, *facts: Fact, **absent: str) -> Verdicts:
    """The line of that sentence, with these facts in paper mode and none in the other."""
    modes: dict[Mode, tuple[Fact, ...]] = {"paper": facts, "rigorous": ()}
    return next(line for line in compare("nhanes", modes, absent) if line.says == says)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_engine_of_the_paper_has_a_line(name: str) -> None:
    lines = printed(name)
    assert set(ENGINES) <= {line.about for line in lines}
    assert all(line.place for line in lines)


def test_the_papers_figures_are_as_printed() -> None:
    lines = {
        line.says: line.printed for line in compare("nhanes", {"paper": (), "rigorous": ()}, {})
    }
    assert lines["AUC, learnt from real people"] == "0.818 (0.773–0.859)"
    assert lines["AUC, learnt from ADS-GAN"] == "0.781 (0.733–0.827)"
    assert lines[AUC] == "0.797 (0.746–0.847)"
    shares = ("real people", "ADS-GAN", "CTGAN", "DDPM")
    assert [lines[f"Heart attack, {who}"] for who in shares] == ["4.2 %", "3.1 %", "2.6 %", "7.4 %"]


def test_intervals_that_meet_agree() -> None:
    near = beside(AUC, auc("ctgan", 0.72, 0.69, 0.75))
    assert near.verdict == {"paper": "agrees", "rigorous": "not run"}
    assert near.ours == {"paper": "0.720 (0.690–0.750)", "rigorous": "–"}
    far = beside(AUC, auc("ctgan", 0.70, 0.67, 0.74))
    assert far.verdict["paper"] == "differs" and "One fit in the paper" in far.why
    assert not near.why


def test_a_figure_without_an_interval_must_be_covered() -> None:
    for low, high, verdict in ((0.020, 0.030, "agrees"), (0.027, 0.04, "differs")):
        share = Fact(name="prevalence", about="ctgan", value=0.029, low=low, high=high)
        assert beside(RARER, share).verdict["paper"] == verdict


def test_less_well_needs_more_than_a_lower_number() -> None:
    real = auc("real", 0.82, 0.78, 0.86)
    for high, verdict in ((0.70, "agrees"), (0.83, "differs")):
        found = beside(WORSE, auc("pategan", 0.65, 0.6, high), real)
        assert found.verdict["paper"] == verdict
        assert found.ours["paper"].endswith("; real 0.820")


def test_like_is_not_bought_by_a_wide_interval() -> None:
    real = Fact(name="mse", about="real", value=0.02, low=0.013, high=0.027)
    for value, verdict in ((0.025, "agrees"), (0.04, "differs")):
        mine = Fact(name="mse", about="ddpm", value=value, low=0.0, high=0.09)
        modes: dict[Mode, tuple[Fact, ...]] = {"paper": (mine, real), "rigorous": ()}
        found = {line.says: line for line in compare("tcga", modes, {})}
        line = found["Error after DDPM is like that after real rows"]
        assert line.verdict["paper"] == verdict


def test_no_gain_is_refuted_by_an_interval_above_nothing_only() -> None:
    name = "auc gained by synthetic"
    for low, verdict in ((-0.02, "agrees"), (0.004, "differs")):
        gain = Fact(name=name, about="ctgan", value=0.01, low=low, high=0.03)
        assert beside(AUGMENTED, gain).verdict["paper"] == verdict


def test_what_is_missing_is_told_apart() -> None:
    nothing = beside(AUC, ctgan="4 steps without a result, 4 min 25 s on a quiet core")
    assert nothing.verdict["paper"] == "not run" and "4 min 25 s" in nothing.why
    hidden = beside(AUC, auc("ctgan", None, None, None))
    assert hidden.verdict["paper"] == "not assessed" and hidden.ours["paper"] == "suppressed"
    other_group = auc("ctgan", 0.8, 0.7, 0.9).model_copy(update={"group": "gender: Male"})
    assert beside(AUC, other_group).verdict["paper"] == "not run"


@pytest.mark.parametrize("wrong", [{"kind": "figure"}, {"kind": "like"}, {"kind": "equal"}])
def test_an_entry_that_lacks_something_is_refused(wrong: dict[str, str]) -> None:
    entry = {"says": "x", "fact": "auc", "about": "real", "place": "y"}
    with pytest.raises(ValidationError):
        Printed.model_validate(entry | wrong)


def test_the_clock_refuses_what_the_limit_does_not_hold() -> None:
    clock = Clock(10.0)
    assert not clock.refuses(500)
    assert "10 min" in clock.refuses(700)
    clock.took(predicted=100, seconds=300)
    assert clock.pace == 3.0 and "25 min" in clock.refuses(500)
    assert not Clock(None).refuses(1e9)


def test_tables_of_single_engines_become_one() -> None:
    head, real = ("Learnt from", "MSE"), ("real", "0.02")
    groups = ("cohort", "real")
    tables = [
        Table(name="purity", title="P", header=head, rows=(real, ("ddpm", "0.03"))),
        Table(name="groups", title="G", header=(*groups, "ddpm"), rows=(("ACC", "1", "2"),)),
        Table(name="purity", title="P", header=head, rows=(real, ("ctgan", "0.04"))),
        Table(name="groups", title="G", header=(*groups, "ctgan"), rows=(("ACC", "1", "3"),)),
    ]
    errors, by_group = merged(tables)
    assert errors.rows == (real, ("ddpm", "0.03"), ("ctgan", "0.04"))
    assert by_group.header == (*groups, "ddpm", "ctgan")
    assert by_group.rows == (("ACC", "1", "2", "3"),)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_page_of_results_is_made_of_what_was_kept(name: str) -> None:
    home = Path(evals.__file__).parent
    files = sorted(home.glob(f"case_{name}_*.json"))
    assert files
    for file in files:
        kept = CaseResults.model_validate_json(file.read_text())
        assert kept.name == file.stem
        assert section(kept) in (home / "RESULTS.md").read_text()
        assert {line.says for line in kept.compared} == {each.says for each in printed(name)}
