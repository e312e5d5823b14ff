"""Names in sentences, resolved against what exists."""

from __future__ import annotations

import pytest

from synthcraft.agents.language.cues import find_cues, govern
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.slots import (
    find_checkpoint,
    find_columns,
    find_episode,
    find_generators,
    find_misspelt,
    nearest,
)
from synthcraft.agents.language.text import plain
from synthcraft.tools.generators.catalogue import catalogue

COLUMNS = ("Heart_Attack", "visit date", "SystolicBP", "bmi", "BMXWT.1", "age")
GENERATORS = ("bayesian_network", "ctgan", "tvae", "rtvae", "arf", "ddpm", "aim", "dpgan")


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("heart attack", ["Heart_Attack"]),
        ("heartattack", ["Heart_Attack"]),
        ("HEART-ATTACK", ["Heart_Attack"]),
        ("systolic bp", ["SystolicBP"]),
        ("the Visit_Date and bmi", ["visit date", "bmi"]),
        ("BMXWT.1", ["BMXWT.1"]),
        ("ages", ["age"]),
        ("heart and attack of manage", []),
    ],
)
def test_columns(said: str, names: list[str]) -> None:
    found = sorted(find_columns(said, plain(said), COLUMNS), key=lambda m: m.start)
    assert [m.values[0] for m in found] == names


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("the diffusion model", {"ddpm"}),
        ("gan", {"ctgan"}),
        ("bayes net", {"bayesian_network"}),
        ("bn", {"bayesian_network"}),
        ("random forest", {"arf"}),
        ("rtvae", {"rtvae"}),
        ("differentially private ones", {"aim"}),
        ("pategan", set()),
    ],
)
def test_generators_that_exist_here(said: str, names: set[str]) -> None:
    found = find_generators(plain(said), GENERATORS)
    assert {v for m in found for v in m.values} == names


def test_engines_of_one_task_are_named_by_themselves_and_not_by_all() -> None:
    special = {name for name, spec in catalogue().items() if spec.task != "any"}
    assert set(book("names")["special"]) == special
    known = (*GENERATORS, *special)
    (every,) = find_generators(plain("all generators"), known)
    assert every.values == GENERATORS
    for said, name in (("the survival gan", "survival_gan"), ("timegan", "timegan")):
        assert [m.values for m in find_generators(plain(said), known)] == [(name,)]


def test_a_group_with_a_guarantee_holds_only_such() -> None:
    for name in book("names")["group_members"]["dp"]:
        assert catalogue()[name].differentially_private


def test_misspelt_names_are_found_from_085_up() -> None:
    found = find_misspelt("sistolicbp and bayesan network but zzz", [], COLUMNS, GENERATORS)
    assert {m.values[0] for m in found} == {"SystolicBP", "bayesian_network"}
    assert find_misspelt("visitor attic", [], COLUMNS, GENERATORS) == []


def test_nearest_three() -> None:
    assert nearest("weight_bmx", COLUMNS)[0] == "BMXWT.1"
    assert len(nearest("zzz", COLUMNS)) == 3


@pytest.mark.parametrize(
    ("said", "episode"),
    [
        ("we generated", "generation"),
        ("the report", "documentation"),
        ("evaluating", "evaluation"),
        ("lunch", None),
    ],
)
def test_episodes(said: str, episode: str | None) -> None:
    assert find_episode(said) == episode


def test_checkpoints_by_id_or_its_beginning() -> None:
    known = ("1f0a2b3c-77", "1f0a2bff-12")
    assert find_checkpoint("revert to 1f0a2b3c-77", known) == "1f0a2b3c-77"
    assert find_checkpoint("revert to 1f0a2bf", known) == "1f0a2bff-12"
    assert find_checkpoint("revert to 1f0a2b", known) is None


@pytest.mark.parametrize(
    ("said", "cues"),
    [
        ("drop bmi and age", ["drop", "drop"]),
        ("bmi and age are sensitive", ["sensitive", "sensitive"]),
        ("the target is bmi and age is sensitive", ["target", "sensitive"]),
        ("use bmi as target , without age", ["target", "without"]),
        ("bmi", [None]),
    ],
)
def test_which_cue_governs_which_name(said: str, cues: list[str | None]) -> None:
    mentions = find_columns(said, said, COLUMNS)
    assert [g.cue for g in govern(said, mentions, find_cues(said, mentions))] == cues


def test_every_generator_synonym_leads_to_its_generator() -> None:
    for name in book("names")["generators"]:
        assert [m.values for m in find_generators(plain(name), (name,))] == [(name,)]
