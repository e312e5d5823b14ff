"""A generator chosen under a time limit: approval, the trail, the cache, and H that stays away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from synthcraft.graph.policy_file import load_policy
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.counts import qualities
from synthcraft.tools.generators.hunt import Strategy
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.jobs import JobRunner
from synthcraft.ui.cli import app
from synthcraft.ui.commands import choose, keepers

ENGINES = "cart,bayesian_network,marginal_distributions"


def ask(file: Path, home: Path, *words: str, said: str = "") -> Result:
    named = ["--target", "stroke", "--engines", ENGINES, "--home", str(home)]
    return CliRunner().invoke(app, ["generators", "choose", str(file), *named, *words], input=said)


def trained(home: Path) -> int:
    return len(list((home / "jobs").rglob("*.json")))


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> list[JobSpec]:
    """Every job that is asked for."""
    seen: list[JobSpec] = []
    real = JobRunner.run

    async def run(self: JobRunner, spec: JobSpec, *more: Any, **named: Any) -> Any:
        seen.append(spec)
        return await real(self, spec, *more, **named)

    monkeypatch.setattr(JobRunner, "run", run)
    return seen


def test_few_are_run_the_holdout_by_none_and_a_second_call_runs_nothing(
    clinic_csv: Path, tmp_path: Path, inputs: list[JobSpec]
) -> None:
    home, words = tmp_path / "home", ("--minutes", "5", "--approve", "auto", "--json")
    first = json.loads(ask(clinic_csv, home, *words).stdout)
    assert first["approved_by"].startswith("auto:") and not first["learnt"]
    assert not qualities(load_policy(home / "policy.json").installation)
    best = max((r for r in first["runs"] if r["share"] == 1), key=lambda r: r["quality"])
    assert best["generator"] == first["chosen"]
    assert len(ArtifactStore(home / "artifacts").read_frame(best["sha256"])) == 215
    assert all(step["why"] for step in first["trail"]) and not first["trail"][-1]["chosen"]
    assert 0 < first["minutes"] == first["minutes_anew"] <= first["minutes_of_all"]

    rows = {len(ArtifactStore(home / "artifacts").read_frame(h)) for h in tables(inputs)}
    assert rows == {216, 24, 215}  # of T, V and synthetic tables; the 160 of H are in no job
    assert {spec.kind for spec in inputs} == {"generate", "score"}

    assert first["split"] == {"train": 215, "validation": 25, "holdout": 160}  # as they are told

    again = json.loads(ask(clinic_csv, home, *words).stdout)
    assert again["minutes_anew"] == 0 and again["trail"] == first["trail"]


def tables(specs: list[JobSpec]) -> set[str]:
    """Hashes of all tables that jobs got."""
    return {h for spec in specs for name, h in spec.inputs.items() if name != "schema"}


@pytest.mark.parametrize(("there", "said"), [(True, "no\n"), (False, "")])
def test_nothing_is_trained_without_approval(
    clinic_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, said: str
) -> None:
    monkeypatch.setattr(keepers, "somebody_is_there", lambda: there)
    result = ask(clinic_csv, tmp_path / "home", said=said)
    assert result.exit_code == 3 and "Nothing was trained." in result.output
    assert "min_leaf = " in result.output  # what would have been approved
    assert trained(tmp_path / "home") == 0


def test_what_a_person_approved_teaches_the_installation(
    clinic_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepers, "somebody_is_there", lambda: True)
    home = tmp_path / "home"
    result = ask(clinic_csv, home, "--minutes", "0.1", "--actor", "Dr Test", said="yes\n")
    assert result.exit_code == 0 and "Chosen: " in result.output
    counts = qualities(load_policy(home / "policy.json").installation)
    assert counts and {key.split("|")[1] for key in counts} <= set(ENGINES.split(","))


def test_an_engine_that_crashes_has_no_quality_and_the_search_goes_on(
    clinic_csv: Path, tmp_path: Path, faults: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthcraft.graph import deps

    real = deps.make_deps

    def with_faults(settings: deps.Settings) -> deps.Deps:
        opened = real(settings)
        jobs = JobRunner(opened.store, settings.home, extra_modules=(faults,))
        return deps.Deps(settings, opened.store, jobs, opened.language)

    monkeypatch.setattr(deps, "make_deps", with_faults)
    words = ["--engines", "raises,cart", "--strategy", "halving", "--approve", "auto", "--json"]
    place = ["generators", "choose", str(clinic_csv), "--home", str(tmp_path / "home")]
    found = json.loads(CliRunner().invoke(app, [*place, "--target", "stroke", *words]).stdout)
    assert found["chosen"] == "cart"
    failed = [run for run in found["runs"] if run["generator"] == "raises"]
    assert failed[0]["quality"] is None and "ValueError" in failed[0]["message"]
    assert any("gave no result" in step["dropped"].get("raises", "") for step in found["trail"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--minutes", "0.01"], "No generator may be run here. cart: its "),
        (["--engines", "kart"], "Did you mean cart"),
        (["--engines", "goggle"], "dgl"),
        (["--target", "strok"], "stroke"),
        (["--engines", "cart", "--use-case", "privacy"], "claim level"),
    ],
)
def test_what_cannot_be_chosen_is_said(
    clinic_csv: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    file, home = str(clinic_csv), str(tmp_path / "home")
    named = [] if "--engines" in words else ["--engines", ENGINES]
    goal = [] if "--target" in words else ["--target", "stroke"]
    place = ["generators", "choose", file, "--home", home, "--approve", "auto"]
    result = CliRunner().invoke(app, [*place, *goal, *named, *words])
    assert result.exit_code != 0
    assert said in result.output + str(result.exception)
    assert trained(tmp_path / "home") == 0


def test_the_strategies_of_the_command_are_those_of_the_search() -> None:
    assert get_args(choose.Strategy) == get_args(Strategy)
