"""Arithmetic of predictions: known costs are found again, limits are kept with a suggestion."""

from __future__ import annotations

import pytest

from synthcraft.tools.generators.catalogue import catalogue, find
from synthcraft.tools.generators.prediction import (
    Loop,
    Point,
    Prediction,
    of_passes,
    of_rows,
    power_law,
    prediction_of,
    refusal,
    straight,
)

LOOP = Loop(outside=2.0, passes=(0.5, 0.5, 4.5, 0.5, 0.5, 4.5), looks=2)
"""Passes of half a second, looks of four."""


def run(passes: int = 600) -> Prediction:
    return of_passes(LOOP, passes, 250, 50, rest=1.0, memory_mb=700.4, basis="six passes")


def test_passes_and_looks_are_told_apart() -> None:
    assert LOOP.seconds(600, 50) == pytest.approx(600 * 0.5 + 12 * 4)
    assert LOOP.seconds(40, 50) == pytest.approx(20)
    assert Loop(0.0, (0.2, 0.2, 0.3), 0).seconds(10, 0) == pytest.approx(2)


def test_a_run_may_stop_early_and_is_predicted_in_full() -> None:
    found = run()
    assert found.seconds == 3 + 300 + 48
    assert found.low == pytest.approx((3 + 125 + 20) / 1.5, abs=0.1)
    assert found.low < found.seconds < found.high
    assert found.memory_mb == 700


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5])
def test_a_power_law_is_found_again(power: float) -> None:
    small, large = (Point(rows, 3.0 * rows**power) for rows in (100, 200))
    assert power_law(small, large, 1600) == pytest.approx(3.0 * 1600**power)


def test_a_second_fit_that_was_faster_does_not_shrink_the_prediction() -> None:
    assert power_law(Point(100, 2.0), Point(200, 1.0), 1600) == 1.0
    assert straight(Point(100, 2.0), Point(200, 1.0), 1600) == 1.0


def test_a_first_fit_that_ended_at_once_does_not_explode_the_prediction() -> None:
    assert power_law(Point(255, 0.05), Point(510, 0.8), 2040) == pytest.approx(0.8 * 8)


def test_one_size_alone_grows_with_the_rows() -> None:
    assert power_law(Point(50, 2.0), Point(50, 3.0), 100) == 6.0
    assert straight(Point(50, 2.0), Point(50, 3.0), 100) == 6.0
    assert straight(Point(100, 1.0), Point(200, 2.0), 1000) == pytest.approx(10.0)


def test_what_fits_is_not_refused() -> None:
    assert refusal(run(), None, 4000) == ""
    assert refusal(run(), 7, 4000) == ""


def test_too_long_names_the_passes_that_would_fit() -> None:
    said = refusal(run(), 2, 4000)
    assert "351 s" in said and "120 s are left" in said
    passes = int(said.split("About ")[1].split(" passes")[0])
    assert run(passes).seconds * 1.15 <= 120 < run(passes + 60).seconds * 1.15


@pytest.mark.parametrize("found", [of_rows(351.0, 700, "rows"), run()])
def test_where_no_number_of_passes_fits_another_generator_is_named(found: Prediction) -> None:
    assert "cart" in refusal(found, 0.02, 4000)


def test_too_much_memory_is_refused_whatever_the_time() -> None:
    said = refusal(of_rows(1.0, 7500, "rows"), None, 4096)
    assert "7,500 MB" in said and "4,096 MB" in said


def test_a_prediction_is_read_from_a_result_with_more_in_it() -> None:
    assert prediction_of(run().model_dump() | {"pilot_seconds": 3.0}) == run()


@pytest.mark.parametrize("name", [n for n, spec in catalogue().items() if spec.cap])
def test_the_standard_preset_keeps_the_training_steps_whatever_the_rows(name: str) -> None:
    spec = find(name)
    passes = {
        rows: spec.at("standard", rows)["n_iter"] for rows in (1, 200, 2000, 3000, 4000, 10**6)
    }
    assert passes[2000] == spec.presets["standard"]["n_iter"]
    assert passes[2000] * 2000 == pytest.approx(passes[3000] * 3000, rel=0.02)
    assert list(passes.values()) == sorted(passes.values(), reverse=True)
    assert passes[1] == spec.presets["paper"]["n_iter"]
    assert spec.cap and passes[10**6] == spec.cap.low
    for preset in ("quick", "paper"):
        assert spec.at(preset, 10**6) == spec.presets[preset]


def test_every_engine_with_early_stopping_has_a_cap() -> None:
    stopping = {n for n, spec in catalogue().items() if "patience" in spec.presets["paper"]}
    assert stopping <= {n for n, spec in catalogue().items() if spec.cap}
