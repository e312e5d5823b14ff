"""Evaluation plans as files: strict, hashed, and the same plan after writing and reading."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from synthcraft.graph.errors import InputError
from synthcraft.graph.records import Plan
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_yaml import plan_of, plan_text, read_plan_file

PROTOCOL = """
plan_version: 1
use_case: data_sharing
unit: person_id
roles: {target: mi, quasi: [age, gender, bmi], sensitive: [mi, insulin], protected: [gender]}
split: {holdout: 0.2, strata: [mi, ethnicity], seed: 20250723, cross_fit_folds: 5}
replicates: {splits: 3, fits: 5, draws: 2, k: n}
engines: [{name: ctgan, tuning_trials: 20}, {name: aim, epsilon: [0.5, 1, 3]}]
primary: {fidelity: F3, utility: U1, fairness: E4, privacy: V3}
margins: {delta_auc: 0.05, prevalence_ratio: [0.80, 1.25], aia_excess: 0.05, mia_auc_fail: 0.60}
multiplicity: {attacks: holm, subgroups: holm, exploratory: bh}
min_cell: 10
release_tier: registered
llm: {mode: L1, card: required}
signed_by: {analyst: null, steward: null}
"""


def test_the_plan_of_the_protocol_is_read_as_it_stands() -> None:
    plan = plan_of(PROTOCOL, "plan.yaml")
    assert plan.use_case == "sharing" and plan.split.seed == 20250723
    assert list(plan.endpoints.values()) == [
        "privacy.membership", "subgroup.worst_gap", "utility.delta_boosting",
        "fidelity.association",
    ]  # fmt: skip
    assert plan.unsigned == ("analyst", "steward")
    limits = plan.limits()
    assert limits["utility.delta_linear"].pass_low == -0.05
    assert limits["utility.prevalence_ratio"].pass_high == 1.25
    assert "plan" in limits["utility.prevalence_ratio"].source


def test_written_and_read_it_is_the_same_plan() -> None:
    for text in (
        PROTOCOL,
        "use_case: sharing",
        "thresholds: {fidelity.association: {pass_high: 1}}",
        'unit: "a\\Nb\\Lc\\Pd"',
    ):
        plan = plan_of(text, "x")
        again = plan_of(plan_text(plan), "y")
        assert again == plan and again.digest == plan.digest
        assert plan.digest in plan_text(plan)


def test_a_threshold_and_bands_are_part_of_the_plan() -> None:
    plan = plan_of("risk_threshold: 0.1\nbands: {age: [40, 60]}", "x")
    assert plan.risk_threshold == 0.1 and plan.bands == {"age": (40.0, 60.0)}
    assert plan.digest != plan_of("bands: {age: [40, 65]}", "x").digest


@pytest.mark.parametrize("limits", ["[60, 40]", "[40, 40]"])
def test_bands_that_do_not_rise_are_refused_with_the_column(limits: str) -> None:
    with pytest.raises(InputError, match="bands of 'age' must rise, each limit above"):
        plan_of(f"bands: {{age: {limits}}}", "x")
    with pytest.raises(ValidationError, match="bands of 'age' must rise"):
        Plan(bands={"age": tuple(json.loads(limits))})


def test_the_digest_covers_everything_but_signatures() -> None:
    plan = plan_of(PROTOCOL, "x")
    signed = plan_of(PROTOCOL.replace("analyst: null", "analyst: A. Nyst"), "x")
    assert signed.digest == plan.digest and signed.unsigned == ("steward",)
    changes = {"seed: 20250723": "seed: 1", "delta_auc: 0.05": "delta_auc: 0.06",
               "min_cell: 10": "tier: quick", "k: n": "k: 500"}  # fmt: skip
    digests = {plan_of(PROTOCOL.replace(*change), "x").digest for change in changes.items()}
    assert len(digests | {plan.digest}) == len(changes) + 1


def test_a_default_that_changes_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = EvaluationPlan().digest
    rules = EvaluationPlan().limits()
    moved = rules | {"fidelity.association": rules["fidelity.association"].with_limit(0.9)}
    monkeypatch.setattr("synthcraft.tools.plan_file.thresholds_from", lambda *_: moved)
    assert EvaluationPlan().digest != before


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no fields"),
        ("just words", "no fields"),
        ("- a list", "no fields"),
        ("a: [", "line 1"),
        ("tier: quick\ntier: standard", "tier stands twice"),
        ("? [a]\n: b", "unhashable"),
        ("use_case: digital_twin", "use_case"),
        ("tier: fast", "tier"),
        ("colour: red", "colour: is no field"),
        ("roles: {targett: x}", "roles.targett: is no field"),
        ("roles: {target: x, ignored: [x]}", "roles.ignored"),
        ("roles: {target: x, task: survival}", "roles.time"),
        ("split: {seed: -1}", "split.seed"),
        ("split: {holdout: 0.9}", "split.holdout"),
        ("split: {strata: [a, b]}", "split.strata"),
        ("replicates: {fits: 0}", "replicates.fits"),
        ("margins: {delta_auc: -0.1}", "margins.delta_auc"),
        ("margins: {prevalence_ratio: [1.1, 2]}", "margins.prevalence_ratio"),
        ("thresholds: {fidelity.asociation: 0.1}", "near it: fidelity.association"),
        ("thresholds: {fidelity.association: .nan}", "thresholds.fidelity.association"),
        ("thresholds: {fidelity.association: yes}", "thresholds.fidelity.association"),
        ("risk_threshold: 1.5", "risk_threshold"),
        ("bands: {age: [young]}", "bands.age"),
        ("families: [fidelty]", "near it: fidelity"),
        ("primary: {utility: U9}", "primary"),
        ("primary: {beauty: U1}", "primary.beauty"),
        ("multiplicity: {attacks: none}", "multiplicity.attacks"),
        ("min_cell: 3", "min_cell"),
        ("plan_version: 2", "plan_version"),
        ("evaluation_plan: {digest: x}", "no fields"),
        ("\x00", "no YAML"),
        ("unit: 2021-13-45", "no YAML"),
        ("unit: !!timestamp x", "no YAML"),
        ("unit: !!float x", "no YAML"),
        ("split: {seed: 0x_}", "no YAML"),
        ("split:\n  seed: " + "9" * 5000, "too many digits in line 2"),
        ('unit: "\\ud800"', "half of a sign in line 1"),
    ],
)
def test_a_plan_that_cannot_be_used_names_the_field(text: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        plan_of(text, "plan.yaml")
    assert named in caught.value.message and "plan.yaml" in caught.value.message
    assert caught.value.code == "E_PLAN" and "Input should be" not in named


def test_the_plan_of_the_readme_can_be_used() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert plan_of(text, "README").unsigned == ("steward",)


def test_a_plan_cannot_run_code(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(f"use_case: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']")
    with pytest.raises(InputError):
        read_plan_file(path)
    assert not (tmp_path / "made").exists()


def test_the_plan_of_results_is_found_in_them(tmp_path: Path) -> None:
    plan = plan_of(PROTOCOL, "x")
    path = tmp_path / "results.json"
    entry = {"digest": plan.digest, "plan": plan.model_dump(mode="json")}
    path.write_text(json.dumps({"schema": 1, "evaluation_plan": entry}))
    assert read_plan_file(path) == plan
