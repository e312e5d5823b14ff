"""Figures from hand-made records: their tables, the CSV beside them, and what they say."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Sequence
from math import exp
from typing import Any

import pytest

from synthcraft.tools.augmentation_trial import Effect, Outcome
from synthcraft.tools.replicates import Components
from synthcraft.tools.report.calibration import calibration
from synthcraft.tools.report.coefficients import coefficient_rows, coefficients
from synthcraft.tools.report.figure import Drawing, NotDrawn, Picture
from synthcraft.tools.report.flow import flow
from synthcraft.tools.report.gallery import Material, gallery, tables
from synthcraft.tools.report.group_forest import group_forest, group_rows
from synthcraft.tools.report.heatmap import heatmap
from synthcraft.tools.report.plane import plane
from synthcraft.tools.report.plot_data import PlotData, joined
from synthcraft.tools.report.record import Marginal
from synthcraft.tools.report.results import CandidatePart, DataPart, Result
from synthcraft.tools.report.roc import attack_roc
from synthcraft.tools.report.sections import arrange
from synthcraft.tools.report.study_figures import components, curves

NAMES = ["one", "two"]


def coefficient_results() -> list[Result]:
    return [
        Result(candidate=name, metric_id="inference.ci_overlap", value=0.7, status="refer")
        for name in NAMES
    ] + [
        Result(
            candidate=name,
            metric_id="inference.ci_overlap",
            column=column,
            group=group,
            value=overlap,
            estimates={"real": (0.5, 0.1, 0.9), "synthetic": (0.4 + shift, 0.0, 0.8)},
            status="pass",
        )
        for name, shift in zip(NAMES, (0.0, 0.2), strict=True)
        for column, group, overlap in (("age", None, 0.9), ("sex", "male", -0.2))
    ]


def group_results() -> list[Result]:
    def row(metric: str, group: str | None, **extra: Any) -> Result:
        return Result(candidate="one", metric_id=metric, column=group and "sex", group=group,
                      **extra)  # fmt: skip

    both = {"real": (0.8, 0.7, 0.9), "synthetic": (0.75, 0.6, 0.88)}
    score, loss = "subgroup.performance", "fairness.worst_delta"
    known = {"status": "described", "value": 0.75, "estimates": both}
    small = {"status": "suppressed", "n_real": 7, "events": 4, "message": "Cannot be assessed."}
    return [
        row(score, None, status="described", value=0.75),
        row(score, "female", n_real=300, events=120, **known),
        row(score, "male", n_real=280, events=20, message="Unstable: under 50 events.", **known),
        row(score, "other", **small),
        row(loss, "female", value=-0.05, ci_low=-0.1, ci_high=0.01, status="refer"),
        row(loss, "male", value=-0.02, ci_low=-0.2, ci_high=0.1, status="refer"),
    ]


def plane_results() -> list[Result]:
    return [
        result
        for name in NAMES
        for result in (
            Result(candidate=name, metric_id="utility.tstr_linear", title="Prediction", value=0.7,
                   ci_low=0.6, ci_high=0.8, anchors={"A1": 0.81, "A2": 0.8}),
            Result(candidate=name, metric_id="privacy.membership", value=0.55, ci_low=0.5,
                   ci_high=0.6, anchors={"A1": 0.5, "A2": 0.97}),
        )
    ]  # fmt: skip


def curve_data() -> PlotData:
    bins = [
        {"source": s, "kind": "bin", "predicted": p, "observed": p + 0.02, "low": p - 0.05,
         "high": p + 0.1, "people": people}
        for s in ("real", "synthetic")
        for p, people in ((0.1, 60), (0.3, 55), (0.6, 5))
    ]  # fmt: skip
    line = [{"source": "real", "kind": "curve", "predicted": p, "observed": p} for p in (0.1, 0.5)]
    roc = [
        {"among": p, "attack": "distance", "auc": auc, "false_alarms": x, "hits": auc * x + 0.1}
        for p, auc in (("everybody", 0.52), ("most unusual", 0.84))
        for x in (0.05, 0.1, 0.5)
    ]
    pairs = [
        {"first": "age", "second": "bmi", "real": 0.4, "synthetic": 0.1, "difference": -0.3},
        {"first": "age", "second": "rare", "real": None, "synthetic": 0.1, "difference": None},
        {"first": "bmi", "second": "rare", "real": 0.0, "synthetic": 0.05, "difference": 0.05},
    ]
    return joined([{"associations": pairs}, {"calibration": [*bins, *line]}, {"roc": roc}])


def outcomes() -> list[Outcome]:
    def one(dose: float) -> Outcome:
        effect = Effect(0.7 + dose / 50, dose / 50, dose / 50 - 0.03, dose / 50 + 0.03)
        return Outcome("synthetic rows", dose, 1.0, 900, effect, effect, effect, True)

    lost = Outcome("synthetic rows", 4.0, 1.0, 12, None, None, None, False, "Too few.")
    return [*(one(dose) for dose in (0.0, 0.5, 1.0)), lost]


def drawn(drawing: Drawing | None) -> Picture:
    assert isinstance(drawing, Picture)
    return drawing


def pictures() -> list[Picture]:
    data = {"one": curve_data(), "two": curve_data()}
    results = [*coefficient_results(), *group_results(), *plane_results()]
    marginal = Marginal(column="g", labels=("a", "b"), real=(0.9, None), synthetic=(0.8, 0.2))
    found = gallery(
        Material(results, arrange(results), NAMES, task="classification",
                 marginals={"one": (marginal,)}, plot_data=data)
    )  # fmt: skip
    rows = DataPart(rows=1000, train=600, validation=185, holdout=200)
    files = [CandidatePart(id=name, generator="g", rows=600) for name in NAMES]
    parts = {"AUC": Components(0.7, 0.001, 0.004, 0.0, 0.002, 0.01)}
    more = [flow(rows, files), curves(outcomes(), "dose"), components(parts)]
    return [drawn(d) for each in (*found.values(), more) for d in each]


@pytest.fixture(scope="module")
def all_pictures() -> list[Picture]:
    return pictures()


FIGURES = {"anchors", "privacy_utility", "associations", "marginals__one", "utility",
           "calibration", "coefficients", "groups", "attack_roc", "flow", "augmentation_dose",
           "variance_components"}  # fmt: skip


def test_every_figure_is_there_under_its_own_name(all_pictures: list[Picture]) -> None:
    assert sorted(p.name for p in all_pictures) == sorted(FIGURES)


def as_text(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    fields = dict.fromkeys(key for row in rows for key in row)
    return [{k: "" if row.get(k) is None else str(row[k]) for k in fields} for row in rows]


def test_the_csv_holds_the_rows_of_the_figure(all_pictures: list[Picture]) -> None:
    for picture in all_pictures:
        assert list(csv.DictReader(io.StringIO(picture.csv))) == as_text(picture.rows), picture.name
    files = tables([all_pictures])
    assert files["figures/groups.csv"] == next(p.csv for p in all_pictures if p.name == "groups")


def test_no_count_under_ten_is_in_any_table(all_pictures: list[Picture]) -> None:
    counts = ("people", "events", "rows")
    shown = [
        row[k] for p in all_pictures for row in p.rows for k in counts if row.get(k) is not None
    ]
    assert shown and all(int(str(count)) >= 10 for count in shown)


def test_every_figure_says_whose_data_it_shows(all_pictures: list[Picture]) -> None:
    for picture in all_pictures:
        assert "<!-- SYNTHETIC" in picture.svg or "REAL, disclosure-checked" in picture.svg
        assert picture.alt and picture.caption and picture.rows


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("coefficients", ("odds ratio", "age", "sex: male", "real rows", "one", "two", "0.90")),
        ("groups", ("synthetic minus real", "sex: female (120)", "cannot be assessed")),
        ("calibration", ("predicted risk", "observed share", "trained on synthetic rows")),
        ("attack_roc", ("everybody: AUC 0.52", "most unusual: AUC 0.84", "false alarms")),
        ("privacy_utility", ("Prediction", "fresh real rows (H against T)", "memorised rows")),
        ("associations", ("age", "bmi", "synthetic minus real")),
        ("flow", ("1,000", "real rows (D)", "training (T)", "holdout (H)", "in no part")),
        ("augmentation_dose", ("dose", "target group")),
        ("variance_components", ("another fit of the generator", "AUC")),
    ],
)
def test_titles_and_labels_are_drawn(
    all_pictures: list[Picture], name: str, words: tuple[str, ...]
) -> None:
    svg = next(p.svg for p in all_pictures if p.name == name)
    labels = set(re.findall(r"<!-- (.*?) -->", svg))
    for word in words:
        assert any(word in label for label in labels), (word, labels)


def test_ratios_are_the_exponentials_of_coefficients() -> None:
    plain = coefficient_rows(coefficient_results())
    ratio = coefficient_rows(coefficient_results(), "classification")
    assert [row["estimate"] for row in plain[:2]] == [0.5, 0.4]
    assert ratio[0]["low"] == pytest.approx(exp(0.1))
    assert [row["overlap"] for row in ratio[:2]] == [None, 0.9]
    assert len(plain) == 8


def test_small_groups_stay_and_few_events_are_unstable() -> None:
    rows = {row["group"]: row for row in group_rows(group_results())}
    assert {k: row["state"] for k, row in rows.items()} == {
        "female": "assessed", "male": "unstable", "other": "cannot be assessed"
    }  # fmt: skip
    assert rows["other"]["people"] is None and rows["other"]["events"] is None
    assert rows["female"]["difference_low"] == -0.1 and rows["male"]["synthetic"] == 0.75


def test_a_bin_of_under_ten_people_is_left_out() -> None:
    rows = drawn(calibration({"one": curve_data()})).rows
    assert {row.get("people") for row in rows} == {60, 55, None}
    assert all(row["kind"] == "curve" for row in rows if row.get("people") is None)


def test_reference_points_stand_on_the_plane() -> None:
    rows = {row["point"]: row for row in drawn(plane(plane_results(), NAMES)).rows}
    assert rows["fresh real rows (H against T)"]["attack"] == 0.5
    assert rows["memorised rows"]["utility"] == 0.8
    assert rows["two"]["attack_high"] == 0.6


def lost(status: str) -> list[Result]:
    ids = ("inference.ci_overlap", "subgroup.performance", "privacy.membership")
    return [
        Result(candidate="one", metric_id=m, status=status, message="Nobody was kept apart.")  # type: ignore[arg-type]
        for m in ids
    ]


@pytest.mark.parametrize("status", ["error", "not_assessed"])
def test_without_numbers_there_is_a_sentence_and_no_picture(status: str) -> None:
    missing = {key: "Nobody was kept apart." for key in ("associations", "calibration", "roc")}
    results = lost(status)
    data = {"one": PlotData(missing=missing)}
    found = gallery(Material(results, arrange(results), ["one"], plot_data=data))
    drawings = [d for each in found.values() for d in each]
    assert len(drawings) == 6
    for drawing in drawings:
        assert isinstance(drawing, NotDrawn)
        assert drawing.why.endswith("Nobody was kept apart.")


def test_without_any_measure_nothing_is_said_twice() -> None:
    assert not any(gallery(Material([], [], [])).values())
    assert curves([], "dose") is None and components({}) is None and flow(DataPart(), []) is None


def test_hostile_names_are_text(all_pictures: list[Picture]) -> None:
    attack = '"><script>alert(1)</script>$\\frac$\n'
    data = curve_data()
    pair = {"first": attack, "second": "x", "real": 0.1, "synthetic": 0.2, "difference": 0.1}
    picture = drawn(heatmap({attack: data.model_copy(update={"associations": (pair,)})}))
    assert "<script" not in picture.svg
    assert drawn(attack_roc({attack: data})).file == "figures/attack_roc.csv"
    rows = [r.model_copy(update={"column": attack}) for r in coefficient_results() if r.column]
    assert "<script" not in drawn(coefficients(rows, NAMES)).svg
    groups = [r.model_copy(update={"group": attack}) for r in group_results() if r.group]
    assert base64.b64decode(drawn(group_forest(groups, ["one"])).uri.split(",")[1])
