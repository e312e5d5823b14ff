"""The router benchmark: orders of policies with margins, its numbers and its page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from synthcraft.evals import router_bench
from synthcraft.evals.page import PAGE_NAME, markers, replaced
from synthcraft.evals.router_bench import RouterResults, Task, run, simulate
from synthcraft.evals.router_page import NAME, section, write
from synthcraft.evals.simulators.registry import PLAYERS
from synthcraft.evals.simulators.run import COLUMNS
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.ui.cli import app

FIELDS = {
    "net", "se", "first10", "last200", "approved", "completed", "questions", "redos", "contacts",
    "violations", "default",
}  # fmt: skip


@pytest.fixture(scope="module")
def compared() -> RouterResults:
    """All policies that are compared in world A, on the same random numbers."""
    names = [n for n in PLAYERS if n not in ("veto_calibrated", "linucb", "rules")]
    return run(60, 2, ["A"], names, workers=1)


@pytest.mark.parametrize(
    ("other", "margin"),
    [
        ("fixed", 0.0),
        ("beta_ts", 0.2),
        ("emulated_llm_coordinator", 3.5),
        ("ask_always", 4.5),
        ("feedbal", 4.0),
        ("random", 6.0),
    ],
)
def test_the_default_is_ahead_where_the_rules_are_right(
    compared: RouterResults, other: str, margin: float
) -> None:
    nets = {name: outcome.net for name, outcome in compared.worlds["A"].items()}
    assert nets["veto"] > nets[other] + margin


def test_knowing_more_is_worth_more(compared: RouterResults) -> None:
    nets = {name: outcome.net for name, outcome in compared.worlds["A"].items()}
    assert nets["clairvoyant"] > nets["oracle"] > nets["veto"] - 0.1
    assert nets["veto"] > nets["oracle"] - 0.6


def test_only_the_emulated_coordinator_violates_anything(compared: RouterResults) -> None:
    outcomes = compared.worlds["A"]
    assert {name for name, o in outcomes.items() if o.violations} == {"emulated_llm_coordinator"}
    assert {name for name, o in outcomes.items() if o.emulated} == {"emulated_llm_coordinator"}
    assert {name for name, o in outcomes.items() if o.default} == {"veto"}


def test_the_numbers_are_those_of_the_projects() -> None:
    results = run(12, 2, ["D"], ["checklist", "oracle"], workers=1)
    tables = [simulate(Task("D", "checklist", seed, 12))[0] for seed in range(2)]
    net = np.array(tables)[:, :, COLUMNS.index("net")]
    outcome = results.worlds["D"]["checklist"]
    assert outcome.net == pytest.approx(net.mean(), abs=1e-4)
    assert outcome.se == pytest.approx(abs(net[0].mean() - net[1].mean()) / 2, abs=1e-4)
    assert outcome.first10 == pytest.approx(net[:, :10].mean(), abs=1e-4)
    assert outcome.last200 == outcome.net
    assert len(outcome.curve) == 10
    assert results.worlds["D"]["oracle"].of_oracle == 1.0
    assert results.worlds["D"]["oracle"].gap_se == 0.0


def test_processes_side_by_side_give_the_same_numbers() -> None:
    arguments = (3, 2, ["F"], ["checklist", "beta_ts"])
    alone, together = run(*arguments, workers=1), run(*arguments, workers=2)

    def numbers(results: RouterResults) -> object:
        outcomes = results.worlds["F"].items()
        return {name: o.model_dump(exclude={"milliseconds"}) for name, o in outcomes}

    assert numbers(alone) == numbers(together)


def test_the_command_prints_one_document_and_keeps_the_page(tmp_path: Path) -> None:
    words = "bench router --pipelines 2 --seeds 1 --worlds A,F --policies checklist,oracle"
    done = CliRunner().invoke(
        app, [*words.split(), "--workers", "1", "--out", str(tmp_path), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told["worlds"]) == {"A", "F"}
    assert set(told["worlds"]["A"]["checklist"]) >= FIELDS
    assert "4 of 4: oracle in world F" in done.stderr
    kept = (tmp_path / f"{NAME}.json").read_text()
    assert json.loads(kept) == told
    page = (tmp_path / PAGE_NAME).read_text()
    assert section(RouterResults.model_validate(told)) in page
    assert f"`synthcraft {words}" in page


def test_the_section_is_replaced_and_the_rest_of_the_page_stays(tmp_path: Path) -> None:
    page, (begin, end) = tmp_path / PAGE_NAME, markers(NAME)
    page.write_text(f"# Mine\n\nbefore\n\n{begin}\nold numbers\n{end}\n\nafter\n")
    results = run(2, 1, ["A"], ["checklist"], workers=1)
    write(results, tmp_path)
    text = page.read_text()
    assert "old numbers" not in text
    assert text.startswith("# Mine\n\nbefore")
    assert text.endswith(f"{end}\n\nafter\n")
    assert replaced(text, NAME, section(results)) == text
    assert f"| checklist | {results.worlds['A']['checklist'].net:.2f} |" in text


def test_bad_input_is_refused_before_anything_runs() -> None:
    with pytest.raises(InputError):
        run(0, 1)
    with pytest.raises(NotFoundError):
        run(1, 1, policies=["best"])
    refused = CliRunner().invoke(app, ["bench", "router", "--worlds", "Q", "--json"])
    assert refused.exit_code == 2
    assert json.loads(refused.stdout)["error"]["code"] == "E_NOT_FOUND"


def test_the_page_on_file_is_made_of_the_numbers_on_file() -> None:
    folder = Path(router_bench.__file__).parent
    source = folder / f"{NAME}.json"
    if not source.exists():
        pytest.skip("no results are kept yet")
    kept = RouterResults.model_validate_json(source.read_bytes())
    assert section(kept) in (folder / PAGE_NAME).read_text()
    for outcomes in kept.worlds.values():
        assert all(o.violations == 0 for o in outcomes.values() if not o.emulated)


def test_the_page_says_what_is_reached_of_the_oracle() -> None:
    results = run(12, 1, ["A"], ["rules", "oracle", "checklist"], workers=1)
    rules, oracle = (results.worlds["A"][name] for name in ("rules", "oracle"))
    assert f"| A | rules | {rules.first10 / oracle.first10:.2f} |" in section(results)
    assert "| A | checklist |" not in section(results).split("### Learning curves")[0]
    assert "planning oracle\n" not in section(run(2, 1, ["A"], ["rules"], workers=1))
