"""Names, parameters and promises of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.tools.generators.base import FORMAL
from synthcraft.tools.generators.catalogue import catalogue, find, validate_params
from synthcraft.tools.privacy.dp_record import claimed

SURVIVAL = {"survae", "survival_gan", "survival_ctgan", "survival_nflow"}
TIME_SERIES = {"timegan", "timevae", "fflows"}
OFFERED = {
    "gen_fast": {"cart", "bayesian_network", "arf", "marginal_distributions", "uniform_sampler"},
    "gen_gan": {"ctgan", "tvae", "rtvae", "nflow", "adsgan", *SURVIVAL, *TIME_SERIES},
    "gen_diffusion": {"ddpm"},
    "gen_dp": {"privbayes", "pategan", "dpgan", "aim"},
}
WORDS = ("safe", "anonym", "de-identified", "privacy-preserving", "compliant")


def test_groups_hold_what_is_offered() -> None:
    groups: dict[str, set[str]] = {}
    for spec in catalogue().values():
        if spec.available:
            groups.setdefault(spec.group, set()).add(spec.name)
    assert all(OFFERED[group] <= names for group, names in groups.items())
    assert groups.keys() == OFFERED.keys()


def test_what_is_not_available_says_why() -> None:
    absent = {spec.name: spec.reason for spec in catalogue().values() if not spec.available}
    elsewhere = {spec.name for spec in catalogue().values() if spec.engine}
    assert elsewhere == {"dpmm_mst", "dpmm_aim"}
    pictures = {"image_adsgan", "image_cgan"}
    never = {"great", "goggle", "dummy_sampler", "radialgan", "decaf"} | pictures
    assert set(absent) == never | elsewhere
    assert all("out of scope" in absent[name] for name in pictures)
    assert all(absent.values())
    assert "copies real rows" in absent["dummy_sampler"]
    assert all("synthcraft engines install" in absent[name] for name in elsewhere)
    assert "dgl" in absent["goggle"] and "language model" in absent["great"]


def test_no_text_promises_more_than_the_claim_level() -> None:
    for spec in catalogue().values():
        sentences = [p.sentence for p in spec.parameters]
        text = " ".join([spec.strengths, spec.weaknesses, *sentences]).lower()
        assert not [word for word in WORDS if word in text], spec.name
    formal = {s.name for s in catalogue().values() if s.claim_level in FORMAL}
    assert formal == {s.name for s in catalogue().values() if s.differentially_private}
    assert formal == {"aim", "dpmm_aim", "dpmm_mst"}


def test_a_claim_that_is_contradicted_on_record_is_contradicted_in_the_catalogue() -> None:
    for spec in catalogue().values():
        record = claimed(spec.name, {}, 2000)
        contradicted = spec.claim_level == "nominal, contradicted by code or audit"
        assert contradicted is bool(record and record.contradictions), spec.name


def test_every_task_has_engines_and_says_what_it_needs() -> None:
    special = {s.name: s.task for s in catalogue().values() if s.task != "any"}
    assert special == dict.fromkeys(SURVIVAL, "survival") | dict.fromkeys(
        TIME_SERIES, "time series"
    )
    for spec in catalogue().values():
        assert spec.needs.endswith(".") and spec.cost_class
        assert spec.strengths and spec.weaknesses


def test_presets_are_complete_valid_and_ordered_by_cost() -> None:
    for spec in catalogue().values():
        names = [parameter.name for parameter in spec.parameters]
        for params in spec.presets.values():
            assert list(params) == names
            assert validate_params(spec, params) == params
        costs = [spec.seconds(2000, 7, spec.presets[p]) for p in ("quick", "standard", "paper")]
        assert costs == sorted(costs)


def test_predictions_grow_with_the_table() -> None:
    for spec in catalogue().values():
        params = spec.presets["standard"]
        if spec.available:
            assert spec.seconds(20_000, 30, params) > spec.seconds(1_000, 5, params)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("CTGAN", "ctgan"),
        ("Bayesian-Network", "bayesian_network"),
        (" ads gan ", "adsgan"),
        ("sequential cart", "cart"),
        ("PATE-GAN", "pategan"),
    ],
)
def test_find_takes_names_as_people_write_them(said: str, meant: str) -> None:
    assert find(said).name == meant


def test_unknown_name_comes_with_the_nearest() -> None:
    with pytest.raises(NotFoundError) as error:
        find("ctgna")
    assert "ctgan" in error.value.hint
    with pytest.raises(NotFoundError) as error:
        find("zzz")
    assert "bayesian_network" in error.value.hint


def test_values_take_the_type_of_their_parameter() -> None:
    checked = validate_params(find("ctgan"), {"n_iter": "50", "lr": 1})
    assert checked == {"n_iter": 50, "lr": 1.0}
    assert isinstance(checked["lr"], float)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("ctgan", {"n_iter": 0}),
        ("ctgan", {"n_iter": 1.5}),
        ("ctgan", {"n_iter": "many"}),
        ("ctgan", {"n_iter": True}),
        ("ctgan", {"lr": float("nan")}),
        ("ctgan", {"epsilon": 1.0}),
        ("ctgan", {"n_iter": None}),
        ("privbayes", {"epsilon": 0}),
        ("privbayes", {"epsilon": -1}),
        ("privbayes", {"epsilon": 100.1}),
        ("privbayes", {"epsilon": float("inf")}),
        ("bayesian_network", {"struct_learning_score": "best"}),
        ("bayesian_network", {"struct_learning_score": ["k2"]}),
    ],
)
def test_bad_parameters_are_refused_with_what_is_allowed(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(InputError) as error:
        validate_params(find(name), params)
    assert error.value.hint
