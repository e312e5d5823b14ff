"""Figures of the page show the numbers of the tables beside the report's figures."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from synthcraft.tools.report.coefficients import coefficients
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.interactive import interactive
from synthcraft.tools.report.plane import plane
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.roc import attack_roc

NAMES = ["one", "<b>two</b>"]


def drawings() -> list[Any]:
    roc = tuple(
        {"among": "everybody", "attack": "distance", "auc": 0.6, "false_alarms": x, "hits": 2 * x}
        for x in (0.05, 0.1, 0.4)
    )
    both = {"real": (0.5, 0.1, 0.9), "synthetic": (0.4, 0.0, 0.8)}
    results = [
        Result(candidate=name, metric_id=metric, value=0.7, ci_low=0.6, ci_high=0.8, **extra)
        for name in NAMES
        for metric, extra in (
            ("inference.ci_overlap", {"column": "age", "estimates": both}),
            ("utility.tstr_linear", {"anchors": {"A1": 0.9}}),
            ("privacy.membership", {"anchors": {"A1": 0.5}}),
        )
    ]
    data = {name: PlotData(roc=roc) for name in NAMES}
    return [coefficients(results, NAMES), plane(results, NAMES), attack_roc(data)]


@pytest.mark.parametrize(
    ("place", "across", "up"),
    [(0, "estimate", None), (1, "utility", "attack"), (2, "false_alarms", "hits")],
)
def test_traces_hold_the_numbers_of_the_csv(place: int, across: str, up: str | None) -> None:
    picture = drawings()[place]
    assert isinstance(picture, Picture)
    figure = interactive(picture)
    assert figure is not None
    shown = [t for t in json.loads(figure.to_json())["data"] if t.get("hoverinfo") == "text"]
    table = list(csv.DictReader(io.StringIO(picture.csv)))
    for axis, key in (("x", across), ("y", up)):
        if key:
            drawn = sorted(value for trace in shown for value in trace[axis])
            assert drawn == sorted(float(row[key]) for row in table)
    assert "<b>" not in figure.to_json() and "\\u003cb\\u003e" not in figure.to_json()


def test_a_figure_without_a_twin_gives_none() -> None:
    picture = drawings()[0]
    other = Picture("flow", picture.sketch, "", "", picture.rows)
    assert interactive(other) is None
