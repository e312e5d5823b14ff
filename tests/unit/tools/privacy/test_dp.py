"""What is on record of a differential privacy claim, what it means, and what attacks prove."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.metrics import anchors
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.privacy import dp_record
from synthcraft.tools.privacy.dp_audit import _epsilon, _proven
from synthcraft.tools.privacy.dp_record import (
    NO_LABEL,
    DPRecord,
    claimed,
    meaning,
    most_found,
    posterior,
)

Parts = Callable[..., EvalContext]
COMPLETE = {
    "generator": "made", "claim_level": "formal, end to end", "rows": 2000, "epsilon": 1.0,
    "delta": 1e-5, "unit": "person", "neighbouring": "one person added or removed",
    "mechanism": "Gaussian", "accountant": "RDP", "recomputed": "PLD",
    "domain": "inside", "encoder": "inside", "discretisation": "inside", "tuning": "absent",
    "early_stopping": "absent", "noise_source": "the system's", "secure_noise": True,
    "floating_point": "discrete noise",
}  # fmt: skip


def row(ctx: EvalContext, name: str) -> Result:
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == name]
    (only,) = run_metric(spec, ctx, default_thresholds("privacy")[name])
    return only


@pytest.mark.parametrize(
    ("epsilon", "sure", "found"),
    [(1, 0.73, 0.027), (2, 0.88, 0.074), (3, 0.95, 0.20), (5, 0.993, 0.993), (8, 0.9997, 0.9997)],
)
def test_what_an_epsilon_means(epsilon: float, sure: float, found: float) -> None:
    assert posterior(epsilon) == pytest.approx(sure, abs=4e-3)
    assert most_found(epsilon) == pytest.approx(found, abs=2e-3)
    assert most_found(epsilon, delta=0.01) > most_found(epsilon)


def test_a_complete_record_has_a_label() -> None:
    record = DPRecord.model_validate(COMPLETE)
    assert record.gaps == ()
    assert "epsilon 1, delta 1e-05" in record.label and "per person" in record.label
    assert "73.1%" in meaning(record)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"unit": ""}, "unit"),
        ({"accountant": ""}, "accountant"),
        ({"recomputed": ""}, "recomputed"),
        ({"floating_point": ""}, "floating point"),
        ({"domain": "outside"}, "domain"),
        ({"early_stopping": "outside"}, "early stopping"),
        ({"delta": 1 / 2000}, "delta"),
        ({"secure_noise": False}, "seed"),
        ({"contradictions": ("the code leaks",)}, "the code leaks"),
    ],
)
def test_one_gap_is_enough_for_no_label(change: dict[str, object], word: str) -> None:
    record = DPRecord.model_validate(COMPLETE | change)
    assert record.label == NO_LABEL
    (gap,) = record.gaps
    assert word in gap


def test_every_engine_with_an_epsilon_is_on_record_and_none_has_a_label() -> None:
    for name, spec in catalogue().items():
        record = claimed(name, {}, 2000)
        has_epsilon = any(p.name == "epsilon" for p in spec.parameters)
        assert (record is not None) is has_epsilon, name
        if record is not None:
            assert record.label == NO_LABEL and record.claim_level == spec.claim_level
            assert record.epsilon == spec.presets["standard"]["epsilon"]
            assert record.mechanism and record.accountant and record.noise_source


def test_parameters_and_rows_enter_the_record() -> None:
    aim = claimed("aim", {"epsilon": 0.5, "delta": 1e-6}, 2000)
    assert aim is not None and (aim.epsilon, aim.delta) == (0.5, 1e-6)
    deltas = {name: claimed(name, {}, 2000).delta for name in ("privbayes", "pategan", "dpgan")}
    assert deltas["privbayes"] == 0
    assert deltas["pategan"] == pytest.approx(2000**-1.5)
    assert "delta is not below one over the rows" in claimed("dpgan", {}, 2000).gaps
    assert claimed("unknown", {}, 2000) is None


def test_without_a_claim_there_is_nothing_to_audit(made: Parts) -> None:
    for name in ("privacy.dp_record", "privacy.dp_audit"):
        only = row(made(), name)
        assert only.status == "not_assessed" and "No epsilon is claimed" in only.message


def test_an_incomplete_record_is_referred_with_its_gaps(made: Parts) -> None:
    only = row(made(claim=claimed("pategan", {}, 600)), "privacy.dp_record")
    assert only.status == "refer" and only.value >= 4
    assert NO_LABEL in only.message and "training rows" in only.message
    complete = row(made(claim=DPRecord.model_validate(COMPLETE)), "privacy.dp_record")
    assert complete.status == "pass" and complete.value == 0


def test_a_promised_guarantee_without_its_record_fails(made: Parts) -> None:
    record = DPRecord.model_validate(COMPLETE | {"recomputed": ""})
    assert row(made(claim=record), "privacy.dp_record").status == "fail"
    modest = record.model_copy(update={"claim_level": "formal mechanism, domain from data"})
    assert row(made(claim=modest), "privacy.dp_record").status == "refer"


def test_an_engine_of_which_nothing_is_known_has_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    aim = catalogue()["aim"].model_copy(update={"name": "new"})
    monkeypatch.setattr(dp_record, "catalogue", lambda: {"new": aim})
    record = claimed("new", {"epsilon": 2.0}, 2000)
    assert record is not None and record.epsilon == 2.0
    assert record.label == NO_LABEL and len(record.gaps) >= 8


def test_proven_epsilon_is_the_formula() -> None:
    found = beta.ppf(0.025, 60, 41)
    wrong = beta.ppf(0.975, 3, 98)
    assert _epsilon(60, 100, 2, 100, 0.01) == pytest.approx(math.log((found - 0.01) / wrong))
    assert _epsilon(0, 100, 0, 100, 0.0) == 0
    assert _epsilon(5, 100, 50, 100, 0.0) == 0
    sides = (np.array([0.1, 0.6, 0.9]), np.array([0.2, 0.7]))
    assert _proven(sides, 0.5, 0.0) == _epsilon(2, 3, 1, 2, 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_fresh_people_contradict_no_claim(people: Parts, seed: int) -> None:
    ctx = people(seed)
    only = row(replace(ctx, claim=claimed("aim", {}, 1900)), "privacy.dp_audit")
    assert only.status == "pass" and only.value < 0.5


def test_memorised_people_contradict_a_small_epsilon_and_not_a_large_one(people: Parts) -> None:
    ctx = people(0)
    leaked = replace(ctx, synthetic=anchors.jittered(ctx))
    broken = row(replace(leaked, claim=claimed("aim", {"epsilon": 1.0}, 1900)), "privacy.dp_audit")
    assert broken.status == "fail" and broken.value > 2
    blind = row(replace(leaked, claim=claimed("aim", {"epsilon": 9.0}, 1900)), "privacy.dp_audit")
    assert blind.status == "refer" and "too little to contradict" in blind.message


def test_a_mechanism_that_keeps_its_epsilon_is_not_blamed() -> None:
    """Randomised response: calling a yes a member proves nearly its epsilon, and never more."""
    epsilon, rng = 1.0, np.random.default_rng(0)
    keep = math.exp(epsilon) / (1 + math.exp(epsilon))
    proven = [
        _proven(tuple((rng.random(4000) < p).astype(float) for p in (keep, 1 - keep)), 0.5, 0.0)
        for _ in range(40)
    ]
    assert max(proven) <= epsilon
    assert np.mean(proven) > 0.85


@pytest.mark.slow
def test_the_noise_of_privbayes_is_what_its_record_says() -> None:
    """Scaled for shares and put on counts: at epsilon 1 no count moves by one."""
    from synthcity.plugins.privacy.plugin_privbayes import PrivBayes

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.integers(0, 5, 3000), "b": rng.integers(0, 4, 3000)})
    model = PrivBayes(epsilon=1.0)
    model.K = 1
    noisy = model._get_noisy_counts_for_attributes(table, ["a", "b"])["count"].to_numpy()
    true = table.groupby(["a", "b"]).size().to_numpy()
    assert 0 < np.abs(noisy - true).max() < 0.5  # two over half of epsilon would be four
    assert any(
        "scaled for shares" in text for text in claimed("privbayes", {}, 3000).contradictions
    )
