"""Figures of the page show the numbers of the tables beside the report's figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from synthcraft.tools.evaluation_plan import thresholds_from
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.marginals import marginals
from synthcraft.tools.metrics.plot_data import plot_data
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.report.charts.look import DARK, LIGHT, Look, look
from synthcraft.tools.report.charts.registry import charts
from synthcraft.tools.report.figure import COLOURS, NotDrawn, Row, colours
from synthcraft.tools.report.gallery import Material, gallery
from synthcraft.tools.report.interactive import PageFigure, page_figures
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.record import Marginal
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import arrange
from synthcraft.tools.table_schema import Column, TableSchema

NAMES = ("copy", "<b>drawn</b>")
FAMILIES = ("fidelity", "utility", "subgroup", "privacy_metrics")
METRICS = frozenset({
    "fidelity.association", "utility.tstr_linear", "utility.calibration_slope",
    "inference.ci_overlap", "subgroup.performance", "fairness.worst_delta", "privacy.membership",
})  # fmt: skip
GUIDES = ("right on average", "guessing")


def cancer(synthetic: Callable[[pd.DataFrame], pd.DataFrame]) -> EvalContext:
    """The real breast cancer table with a group made of one of its columns."""
    real = load_breast_cancer(as_frame=True).frame
    frame = real[["mean radius", "mean texture", "mean area", "target"]].copy()
    frame["age"] = pd.Series(["young" if v < 18 else "old" for v in frame["mean texture"]],
                             dtype="string")  # fmt: skip
    frame = frame.sample(frac=1, random_state=0).reset_index(drop=True)
    columns = [Column(name=n, kind="numeric", dtype="float64") for n in list(frame)[:3]]
    columns.append(Column(name="target", kind="binary", dtype="int64", categories=(0, 1)))
    columns.append(Column(name="age", kind="category", dtype="string", categories=("old", "young")))
    train = frame.iloc[260:].reset_index(drop=True)
    return EvalContext(train, train.iloc[:0], frame.iloc[:260].reset_index(drop=True),
                       synthetic(train), TableSchema(columns=tuple(columns)), target="target",
                       task="classification", protected=("age",), bootstrap=20)  # fmt: skip


@pytest.fixture(scope="module")
def figures() -> dict[str, PageFigure]:
    """Everything that the page draws of two evaluated files."""
    makers = (
        lambda train: train.copy(),
        lambda train: train.sample(len(train), replace=True, random_state=1, ignore_index=True),
    )
    results: list[Result] = []
    shown: dict[str, list[Marginal]] = {}
    data: dict[str, PlotData] = {}
    for name, maker in zip(NAMES, makers, strict=True):
        context = cancer(maker)
        limits = thresholds_from("sharing", {})
        found, _ = evaluate(context, FAMILIES, limits, candidate=name, only=METRICS)
        results += [Result.model_validate(r.model_dump(mode="json")) for r in found]
        shown[name] = [Marginal.model_validate(m) for m in marginals(context)]
        data[name] = PlotData.model_validate(plot_data(context, found))
    drawn = gallery(Material(results, arrange(results), NAMES, task="classification",
                             marginals=shown, plot_data=data))  # fmt: skip
    return {figure.chart.name: figure for figure in page_figures(drawn, NAMES)}


def traces(figure: PageFigure, file: str | None = None, dark: bool = False) -> list[Any]:
    """The traces as the browser gets them, without guiding lines."""
    found = json.loads(figure.draw(file, dark=dark).to_json())["data"]
    return [trace for trace in found if trace["name"] not in GUIDES]


def table(figure: PageFigure, file: str | None = None) -> list[dict[str, str]]:
    """The CSV beside the figure."""
    return list(csv.DictReader(io.StringIO(figure.csv(file)[1])))


def column(rows: Iterable[dict[str, str]], *keys: str) -> list[float]:
    """The numbers in columns of a CSV, in order of size."""
    return sorted(float(row[key]) for row in rows for key in keys if row[key])


def along(found: Iterable[Any], axis: str) -> list[float]:
    """The numbers that traces hold along an axis, in order of size."""
    return sorted(value for trace in found for value in trace[axis] if value is not None)


def test_every_figure_with_a_twin_is_there(figures: dict[str, PageFigure]) -> None:
    others = {"survival", "predicted_actual"}  # they belong to other kinds of outcome
    assert set(figures) == set(charts()) - others


@pytest.mark.parametrize(
    ("name", "axis", "keys"),
    [
        ("privacy_utility", "x", ("utility",)),
        ("privacy_utility", "y", ("attack",)),
        ("attack_roc", "x", ("false_alarms",)),
        ("attack_roc", "y", ("hits",)),
        ("calibration", "x", ("predicted",)),
        ("calibration", "y", ("observed",)),
        ("groups", "x", ("real", "synthetic", "difference")),
    ],
)
@pytest.mark.parametrize("dark", [False, True])
def test_traces_hold_the_numbers_of_the_csv(
    figures: dict[str, PageFigure], name: str, axis: str, keys: tuple[str, ...], dark: bool
) -> None:
    wanted = column(table(figures[name]), *keys)
    assert along(traces(figures[name], dark=dark), axis) == pytest.approx(wanted)
    assert wanted


@pytest.mark.parametrize("name", ["anchors", "utility"])
def test_strips_hold_values_and_each_anchor_once_a_measure(
    figures: dict[str, PageFigure], name: str
) -> None:
    rows = table(figures[name])
    first = {row["measure"]: row for row in reversed(rows)}
    wanted = sorted([*column(rows, "value"), *column(first.values(), "A0", "A1", "A2")])
    assert along(traces(figures[name]), "x") == pytest.approx(wanted)


def test_real_estimates_stand_once_and_ratios_on_a_log_axis(
    figures: dict[str, PageFigure],
) -> None:
    rows, figure = table(figures["coefficients"]), figures["coefficients"]
    real, *synthetic = traces(figure)
    assert {row["scale"] for row in rows} == {"odds ratio"}
    once = [r for r in rows if r["source"] == "real" and r["candidate"] == NAMES[0]]
    assert along([real], "x") == pytest.approx(column(once, "estimate"))
    made = [r for r in rows if r["source"] == "synthetic"]
    assert along(synthetic, "x") == pytest.approx(column(made, "estimate"))
    highs = sorted(
        x + up for t in synthetic for x, up in zip(t["x"], t["error_x"]["array"], strict=True)
    )
    assert highs == pytest.approx(column(made, "high"))
    assert figure.draw().layout.xaxis.type == "log"


def test_cells_and_bars_hold_the_table_of_one_file(figures: dict[str, PageFigure]) -> None:
    cells = traces_of(figures["associations"], "heatmap")[0]["z"]
    rows = table(figures["associations"], NAMES[1])
    assert {row["candidate"] for row in rows} == {NAMES[1]}
    drawn = sorted(value for line in cells for value in line if value is not None)
    assert drawn == pytest.approx(column(rows, "difference"))
    bars = traces_of(figures["marginals"], "bar")
    for source in ("real", "synthetic"):
        own = [trace for trace in bars if trace["name"] == f"{source} rows"]
        wanted = column(table(figures["marginals"], NAMES[1]), source)
        assert along(own, "y") == pytest.approx(wanted)


def traces_of(figure: PageFigure, kind: str) -> list[Any]:
    found = json.loads(figure.draw(NAMES[1]).to_json())["data"]
    return [trace for trace in found if trace["type"] == kind]


def test_a_file_has_the_colour_of_the_report_in_every_figure(
    figures: dict[str, PageFigure],
) -> None:
    for name in ("anchors", "utility", "coefficients", "privacy_utility"):
        found = {t["name"]: t["marker"]["color"] for t in traces(figures[name], dark=True)}
        for file, colour in colours(NAMES).items():
            assert found[file.replace("<", "&lt;").replace(">", "&gt;")] == colour


def test_names_are_text(figures: dict[str, PageFigure]) -> None:
    for figure in figures.values():
        for file in (None, *NAMES):
            drawn = figure.draw(file).to_json()
            assert "<b>" not in drawn and "\\u003cb\\u003e" not in drawn


@pytest.mark.parametrize("name", sorted(charts()))
def test_without_rows_there_is_a_bare_figure(name: str) -> None:
    assert not charts()[name].draw([], look(NAMES)).data


def test_curves_and_predicted_numbers_are_drawn() -> None:
    steps: list[Row] = [{"curve": c, "source": "x", "time": t, "share": 1 - t / 10}
                        for c in ("real", "copy") for t in (0, 2, 5)]  # fmt: skip
    curves = charts()["survival"].draw(steps, look(NAMES))
    assert [list(trace.y) for trace in curves.data] == [[1.0, 0.8, 0.5]] * 2
    assert curves.data[1].line.color == COLOURS[0]
    bins: list[Row] = [{"candidate": "copy", "source": "real", "kind": "bin", "predicted": 3.0,
                        "observed": 2.5, "low": 2.0, "high": 3.5, "people": 40}]  # fmt: skip
    figure = charts()["predicted_actual"].draw(bins, look(NAMES))
    point = figure.data[-1]
    assert (point.x[0], point.y[0], point.error_y.array[0]) == (3.0, 2.5, 1.0)


def test_withheld_numbers_are_marked_and_never_drawn() -> None:
    shares: list[Row] = [{"candidate": "copy", "column": "c", "value": v, "real": real,
                          "synthetic": 0.5} for v, real in (("a", 0.9), ("b", None))]  # fmt: skip
    bars = {trace.name: trace for trace in charts()["marginals"].draw(shares, look(NAMES)).data}
    assert list(bars["withheld"].x) == [1]
    pairs: list[Row] = [{"candidate": "copy", "first": "a", "second": "b", "real": None,
                         "synthetic": 0.1, "difference": None}]  # fmt: skip
    cells, crosses = charts()["associations"].draw(pairs, look(NAMES)).data
    assert (list(crosses.x), list(crosses.y)) == ([0], [1])
    assert all(value is None for line in cells.z for value in line)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_words_can_be_read_in_both_themes(theme: Look) -> None:
    for colour in (theme.ink, theme.muted):
        assert contrast(colour, theme.paper) >= 4.5  # WCAG 2.2, 1.4.3


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_black_of_the_palette_is_ink_on_dark_paper() -> None:
    names = [str(i) for i in range(7)]
    assert look(names, dark=True).of("6") == DARK.ink
    assert look(names).of("5") == COLOURS[5]


def test_what_cannot_be_drawn_says_why() -> None:
    (figure,) = page_figures({"privacy": [NotDrawn("attack_roc", "Too few people.")]}, NAMES)
    assert (figure.why, figure.rows, figure.files) == ("Too few people.", (), ())
