"""Several fits in the report: tables, figures, and the fits that are missing."""

from __future__ import annotations

import csv
import io

import pytest

from synthcraft.graph.records import FurtherFit
from synthcraft.tools.report.fits import dots, fit_by_fit, measured, sources, tables
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.render import pictures, render_html
from synthcraft.tools.report.results import Result

WHY = "It needed more than 6,000 MB of memory and was stopped at its limit."
VALUES = {"utility.tstr_linear": (0.75, 0.70, None, 0.80), "sanity.exact_match": (0.0, 0.02, 0.01)}


def rows(candidate: str = "ctgan") -> list[Result]:
    return [
        Result(candidate=candidate, metric_id=metric, replicate=fit, value=value,
               anchors={"A1": 0.82}, ci_low=value and value - 0.05, ci_high=value and value + 0.05)
        for metric, values in VALUES.items()
        for fit, value in enumerate(values)
    ]  # fmt: skip


@pytest.fixture
def several(lean: ReportRecord) -> ReportRecord:
    """The record with three further fits of one generator, one of which failed."""
    made = {n: FurtherFit(number=n, fit_seed=n, sample_seed=n, sha256="9" * 64) for n in (1, 3)}
    lost = FurtherFit(number=2, fit_seed=2, sample_seed=2, status="failed", message=WHY)
    fits = [made[1], lost, made[3]]
    own, further = ([r for r in rows() if bool(r.replicate) is more] for more in (False, True))
    candidates = [
        c.model_copy(update={"replicates": fits}) if c.id == "ctgan" else c
        for c in lean.results.candidates
    ]
    update = {"candidates": candidates, "replicates": further}
    results = lean.results.model_copy(update={**update, "results": [*lean.results.results, *own]})
    return lean.model_copy(update={"results": results})


def test_a_table_a_generator_with_mean_spread_and_range() -> None:
    (table,) = tables(measured(rows(), []), {"ctgan": 4})
    line = dict(zip(table.header, table.rows[0], strict=True))
    assert line["Fits with a number"] == "3 of 4" and line["This file"] == "0.750"
    assert (line["Mean"], line["SD"]) == ("0.750", "0.050")
    assert (line["Minimum"], line["Maximum"]) == ("0.700", "0.800")


def test_a_row_that_was_reported_twice_is_no_further_fit() -> None:
    once = [r for r in rows() if r.replicate == 0]
    assert measured([*once, *once], []) == []


def test_every_fit_is_a_dot_of_the_endpoints_alone() -> None:
    picture = dots(measured(rows(), []), ["one", "ctgan"])
    assert picture is not None and "<svg" in picture.svg
    lines = list(csv.DictReader(io.StringIO(picture.csv)))
    assert [line["fit"] for line in lines] == ["1", "2", "3", "4"]
    assert [line["value"] for line in lines] == ["0.75", "0.7", "", "0.8"]
    assert {line["mean"] for line in lines} == {"0.75"}


def test_variance_comes_from_fits_and_test_rows() -> None:
    (picture,) = sources(measured(rows(), []))
    assert picture.file == "figures/variance_components__ctgan.csv"
    assert {row["measure"] for row in picture.rows} == {"Prediction, linear"}
    share = {row["source"]: row["share"] for row in picture.rows}
    between, chance = 0.05**2, (0.1 / 3.92) ** 2
    assert share["fit"] == pytest.approx(between / (between + chance))
    assert share["split"] == share["draw"] == 0


def test_one_fit_of_each_shows_nothing(lean: ReportRecord) -> None:
    assert fit_by_fit(lean.results) == {}
    assert "Fit by fit" not in render_html(lean)


def test_the_report_shows_the_fits_and_names_the_missing(several: ReportRecord) -> None:
    found = pictures(several)
    html = render_html(several, found)
    assert '<a href="#fits">' in html and "Over independent fits: ctgan" in html
    generators = html[html.index('id="generators"') : html.index('id="sanity"')]
    failed = html[html.index('id="failed"') : html.index('id="decisions"')]
    assert "3 of 4 independent fits worked." in generators
    assert f"Fit 3: {WHY}" in generators and f"Fit 3: {WHY}" in failed
    assert [t.file for t in found["fits_tables"]] == ["tables/fits_ctgan.csv"]  # type: ignore[union-attr]
