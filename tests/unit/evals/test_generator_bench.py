"""The generator benchmark: learnt choices ahead by clear margins, guards held, page and numbers."""

from __future__ import annotations

import json
import sys
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from synthcraft.evals import generator_bench, generator_page
from synthcraft.evals.generator_bench import (
    REFERENCE,
    GeneratorResults,
    Mean,
    Outcome,
    run,
    simulate,
)
from synthcraft.evals.generator_page import NAME, SPECIFIED, Pair, section, write
from synthcraft.evals.page import PAGE_NAME, markers
from synthcraft.evals.simulators.generator_policies import POLICIES, policy_named
from synthcraft.evals.simulators.generator_world import (
    CLASSES,
    GENERATORS,
    NAMES,
    GeneratorWorld,
    Workbench,
    predicted_minutes,
)
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.tools.generators.budget import SAFETY
from synthcraft.ui.cli import app

PROTOTYPE = Path(__file__).resolve().parents[4] / "shared/prototypes/router/run_gens.py"
CHOOSERS = [name for name in POLICIES if name.startswith("ts_ei") or name == "successive_halving"]


@pytest.fixture(scope="module")
def compared() -> GeneratorResults:
    """All policies on the same tables."""
    return run(40, 4)


def overall(results: GeneratorResults, name: str) -> float:
    gap = results.policies[name].gap
    assert gap is not None
    return gap.mean


@pytest.mark.parametrize(
    ("other", "margin"),
    [("all", 0.06), ("fixed_four", 0.06), ("random_two", 0.06), ("single_best", 0.03)],
)
@pytest.mark.parametrize("learnt", ["ts_ei_warm", "ts_ei_warm_spare", "ts_ei_warm_rung"])
def test_what_was_learnt_is_ahead(
    compared: GeneratorResults, learnt: str, other: str, margin: float
) -> None:
    assert overall(compared, other) - overall(compared, learnt) > margin


def test_learnt_choices_cost_less_time_than_trying_everything(compared: GeneratorResults) -> None:
    outcomes = compared.policies
    minutes = {name: outcome.minutes.mean for name, outcome in outcomes.items()}
    assert minutes["ts_ei_warm_rung"] < 0.75 * minutes["fixed_four"]
    assert minutes["ts_ei_warm"] < 0.5 * minutes["all"]
    assert outcomes["all"].over.mean > 0.5 > 0.1 > outcomes["ts_ei_warm"].over.mean


def test_only_the_policy_without_masks_breaks_a_privacy_class(compared: GeneratorResults) -> None:
    assert {name for name, o in compared.policies.items() if o.forbidden} == {"all"}
    assert compared.policies["all"].forbidden > 0.3


@pytest.mark.parametrize("name", CHOOSERS)
def test_choices_start_nothing_that_is_predicted_to_break_the_budget(name: str) -> None:
    """Only a run that takes longer than predicted with the margin meets the watchdog."""
    policy, world, cut = policy_named(name, 3), GeneratorWorld(3), 0
    for number in range(60):
        bench = Workbench(world.table(number))
        policy(bench)
        predicted, used = predicted_minutes(bench.table.flags), 0.0
        for trial in bench.trials:
            assert bench.table.admissible(trial.generator)
            counted = SAFETY * trial.share * predicted[trial.generator]
            assert used + counted <= bench.table.budget + 1e-9
            used += trial.minutes
        assert used == pytest.approx(bench.used) and used <= bench.table.budget + 1e-9
        cut += bench.over
    assert cut <= 3


def test_the_watchdog_cuts_a_run_short_and_its_time_is_lost() -> None:
    table = GeneratorWorld(0).table(0)._replace(budget=10.0, minutes=np.full(10, 8.0))
    bench = Workbench(table._replace(breaks=np.zeros(10, dtype=bool)))
    assert bench.run("arf") is not None and not bench.over
    assert bench.run("ddpm") is None and bench.over
    assert bench.used == 10.0 and bench.search().left == 0.0
    assert bench.run("arf") is None and bench.used == 10.0


def test_a_short_run_shows_less_and_a_broken_generator_nothing() -> None:
    table = (
        GeneratorWorld(0)
        .table(0)
        ._replace(budget=1e6, breaks=np.array([name == "tvae" for name in NAMES]))
    )
    bench = Workbench(table._replace(early_noise=np.zeros((2, 10)), whole_noise=np.zeros(10)))
    short, whole = bench.run("ddpm", 0.15), bench.run("ddpm")
    assert short is not None and whole is not None
    assert short < 0.8 * whole and whole == pytest.approx(table.true_quality("ddpm"))
    assert bench.run("tvae") is None and bench.pick(False) == "ddpm"


def test_same_seed_same_numbers() -> None:
    for name in POLICIES:
        np.testing.assert_array_equal(simulate(name, 1, 6), simulate(name, 1, 6))


def test_the_numbers_are_those_of_the_tables(compared: GeneratorResults) -> None:
    tables = np.array([simulate("ts_ei_warm_spare", seed, 40) for seed in range(4)])
    reference = np.array([simulate(REFERENCE, seed, 40)[:, 0] for seed in range(4)])
    regret, outcome = tables[:, :, 0], compared.policies["ts_ei_warm_spare"]
    first = np.nanmean(regret[:, :10], axis=1)
    told = outcome.regret[0]
    assert told is not None
    assert told.mean == pytest.approx(np.nanmean(regret[:, :10]), abs=1e-5)
    assert told.se == pytest.approx(first.std(ddof=1) / 2, abs=1e-5)
    assert outcome.gap is not None and len(outcome.regret) == 3
    assert outcome.gap.mean == pytest.approx(np.nanmean(regret - reference), abs=1e-5)
    assert outcome.minutes.mean == pytest.approx(tables[:, :, 1].mean(), abs=1e-4)
    assert overall(compared, REFERENCE) == 0


def test_worlds_are_those_of_the_prototype() -> None:
    if not PROTOTYPE.exists():
        pytest.skip("the prototype is not beside the repository")
    spec = util.spec_from_file_location("run_gens", PROTOTYPE)
    assert spec is not None and spec.loader is not None
    prototype: Any = util.module_from_spec(spec)
    spec.loader.exec_module(prototype)
    sys.modules.pop("run_gens", None)
    assert tuple(prototype.G) == NAMES and [g.privacy for g in GENERATORS.values()] == list(
        prototype.PRIV
    )
    for seed in range(3):
        theirs, ours = prototype.GW(seed), GeneratorWorld(seed)
        for number in range(20):
            facts, quality, minutes, breaks, _ = theirs.data(number)
            table = ours.table(number)
            np.testing.assert_allclose(table.quality, quality)
            np.testing.assert_allclose(table.minutes, minutes)
            assert list(table.breaks) == list(breaks)
            assert (table.budget, table.asked) == (facts["B"], CLASSES[facts["priv"]])


def test_the_command_prints_one_document_and_keeps_its_section(tmp_path: Path) -> None:
    (begin, end), page = markers(NAME), tmp_path / PAGE_NAME
    page.write_text(
        f"# Mine\n\n<!-- router: begin -->\nhis\n<!-- router: end -->\n\n{begin}\n{end}\n"
    )
    words = "bench generators --datasets 12 --seeds 1"
    done = CliRunner().invoke(app, [*words.split(), "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told) == set(GeneratorResults.model_fields)
    assert list(told["policies"]) == list(POLICIES)
    for outcome in told["policies"].values():
        assert set(outcome) == set(Outcome.model_fields) and len(outcome["regret"]) == 2
    assert json.loads((tmp_path / f"{NAME}.json").read_text()) == told
    text = page.read_text()
    assert section(GeneratorResults.model_validate(told)) in text
    assert "-->\nhis\n<!--" in text and f"`synthcraft {words}" in text
    write(GeneratorResults.model_validate(told), tmp_path)
    assert page.read_text() == text
    told_people = CliRunner().invoke(
        app, ["bench", "generators", "--datasets", "1", "--seeds", "1"]
    )
    assert told_people.exit_code == 0 and "ts_ei_warm_rung" in told_people.stdout


def test_bad_input_is_refused_before_anything_runs() -> None:
    for datasets, seeds in ((0, 1), (1, 0), (-1, 1)):
        with pytest.raises(InputError):
            run(datasets, seeds)
    with pytest.raises(NotFoundError, match="ts_ei_warm"):
        policy_named("best", 0)
    refused = CliRunner().invoke(app, ["bench", "generators", "--seeds", "0", "--json"])
    assert refused.exit_code == 2


@pytest.mark.parametrize("name", ["generators", "router"])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("here already")
    words = ["bench", name, "--seeds", "1", "--out", str(tmp_path / "file"), "--json"]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2 and refused.stderr == ""
    assert "file" in json.loads(refused.stdout)["error"]["message"]


def test_figures_of_the_specification_are_judged_by_our_error() -> None:
    assert Pair(Mean(mean=0.020, se=0.004), 0.028, 0.0005).agree
    assert not Pair(Mean(mean=0.020, se=0.003), 0.028, 0.0005).agree
    assert Pair(Mean(mean=0.0204, se=0.0), 0.020, 0.0005).agree
    assert Pair(Mean(mean=18.76, se=0.1), 18.7, 0.05).text() == "18.8 / 18.7"


def test_the_page_on_file_is_made_of_the_numbers_on_file() -> None:
    folder = Path(generator_bench.__file__).parent
    kept = GeneratorResults.model_validate_json((folder / f"{NAME}.json").read_bytes())
    assert section(kept) in (folder / PAGE_NAME).read_text()
    assert (kept.datasets, kept.seeds) == (200, 20)
    assert (
        set(SPECIFIED) | {"ts_ei_warm_spare"} == set(kept.policies) == set(generator_page.MEANING)
    )
