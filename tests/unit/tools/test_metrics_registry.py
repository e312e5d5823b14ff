"""The registry's promises: no silent gaps, no leaked text, no doubles; and the judging rules."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from synthcraft.graph.errors import DataError
from synthcraft.tools.decision import decide, not_assessed
from synthcraft.tools.metrics import registry
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.metrics.registry import metric, metrics_of, run_metric
from synthcraft.tools.metrics.thresholds import Threshold
from synthcraft.tools.table_schema import Column, TableSchema


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Metrics of a test leave no trace."""
    metrics_of(())
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    yield


def context() -> EvalContext:
    frame = pd.DataFrame({"x": [float(i) for i in range(60)]})
    schema = TableSchema(columns=(Column(name="x", kind="numeric", dtype="float64"),))
    return EvalContext(frame, frame, frame, frame, schema)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError("could not convert string to float: 'Smith'"), "E_METRIC_VALUEERROR"),
        (DataError("a column cannot be used", "drop it"), "E_DATA"),
    ],
)
def test_an_exception_becomes_one_error_row_without_its_text(
    own: None, error: Exception, code: str
) -> None:
    @metric("test.breaks", family="fidelity", title="Breaks")
    def breaks(ctx: EvalContext) -> list[Value]:
        raise error

    spec = next(s for s in metrics_of(("fidelity",)) if s.id == "test.breaks")
    (row,) = run_metric(spec, context(), Threshold(pass_high=1, refer_high=1))
    assert row.status == "error" and row.value is None
    assert code in row.message and "Smith" not in row.message


def test_unmet_needs_are_said(own: None) -> None:
    @metric("test.needs", family="fidelity", title="Needs a target", needs=("target",))
    def needs(ctx: EvalContext) -> list[Value]:
        return [Value(1.0)]

    spec = next(s for s in metrics_of(("fidelity",)) if s.id == "test.needs")
    (row,) = run_metric(spec, context())
    assert row.status == "not_assessed" and "target" in row.message


def test_doubles_and_unknown_needs_are_refused(own: None) -> None:
    with pytest.raises(ValueError, match="twice"):
        metric("fidelity.association", family="fidelity", title="again")(lambda ctx: [])
    with pytest.raises(ValueError, match="unknown needs"):
        metric("test.other", family="fidelity", title="x", needs=("moon",))(lambda ctx: [])


def test_anchors_that_do_not_separate_make_a_number_uninformative(own: None) -> None:
    @metric("test.flat", family="fidelity", title="Flat", floor="A4")
    def flat(ctx: EvalContext) -> list[Value]:
        return [Value(0.01)]

    spec = next(s for s in metrics_of(("fidelity",)) if s.id == "test.flat")
    (row,) = run_metric(spec, context(), Threshold(pass_high=1, refer_high=1))
    assert row.status == "uninformative" and row.normalised is None


def test_a_number_without_a_limit_is_described_not_judged(own: None) -> None:
    @metric("test.shown", family="fidelity", title="Shown", floor="A4")
    def shown(ctx: EvalContext) -> list[Value]:
        return [Value(0.01)]

    spec = next(s for s in metrics_of(("fidelity",)) if s.id == "test.shown")
    (row,) = run_metric(spec, context())
    assert row.status == "described" and row.value == 0.01 and "alike" in row.message
    assert not decide([row], "augmentation").reasons[0].startswith("Shown")
    assert not any(line.startswith("Shown") for line in not_assessed([row]))


def test_a_value_that_is_not_finite_is_not_a_number(own: None) -> None:
    @metric("test.nan", family="fidelity", title="Not a number")
    def nan(ctx: EvalContext) -> list[Value]:
        return [Value(float("nan"))]

    spec = next(s for s in metrics_of(("fidelity",)) if s.id == "test.nan")
    (row,) = run_metric(spec, context(), Threshold(pass_high=1, refer_high=1))
    assert row.value is None and row.status == "not_assessed" and row.message


@pytest.mark.parametrize(
    ("asked", "measured"),
    [
        ((), {"sanity"}),
        (("sanity",), {"sanity"}),
        (("fidelity",), {"sanity", "fidelity"}),
        (("utility", "fidelity"), {"sanity", "fidelity", "utility"}),
        (("utility",), {"utility"}),
        (("plots",), set()),
    ],
)
def test_sanity_comes_with_fidelity_or_alone(asked: tuple[str, ...], measured: set[str]) -> None:
    assert {s.family for s in metrics_of(asked)} == measured


def test_headline_titles_are_those_of_registered_metrics_and_tell_the_direction() -> None:
    specs = {s.id: s for s in metrics_of(("fidelity", "utility", "privacy_metrics",
                                          "detectability"))}  # fmt: skip
    titles = headline_titles()
    assert len(set(titles.values())) == len(titles) and set(titles) <= set(specs)
    for name, title in titles.items():
        spec = specs[name]
        if spec.ideal == 0.5:
            assert title.endswith("(0.5 is ideal)")
        elif spec.direction == "higher" and spec.ideal == 0:
            assert title.endswith("(0 or higher is ideal)")
        else:
            assert title.endswith(f"({spec.direction} is better)")


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (Threshold(pass_high=0.05, refer_high=0.1), Value(0.04), "pass"),
        (Threshold(pass_high=0.05, refer_high=0.1), Value(0.07), "refer"),
        (Threshold(pass_high=0.05, refer_high=0.1), Value(0.2), "fail"),
        (Threshold(pass_high=0.05, refer_high=0.1), Value(0.07, noise=0.08), "pass"),
        (Threshold(pass_high=0.05, refer_high=0.1, can_fail=False), Value(0.2), "refer"),
        (Threshold(pass_high=0.05, refer_high=0.1), Value(0.2, at_worst="refer"), "refer"),
        (Threshold(pass_high=0.05, refer_high=0.1), Value(0.0, at_best="refer"), "refer"),
        (Threshold(on="ci_low", pass_low=-0.02, refer_low=-0.05), Value(0.0, ci=(-0.04, 0.1)),
         "refer"),
        (Threshold(on="ci_low", pass_low=-0.02, refer_low=-0.05), Value(0.0), "not_assessed"),
        (Threshold(on="interval", pass_low=0.8, pass_high=1.25, refer_low=0.8, refer_high=1.25),
         Value(1.0, ci=(0.7, 1.3)), "refer"),
        (Threshold(on="interval", pass_low=0.8, pass_high=1.25, refer_low=0.8, refer_high=1.25),
         Value(1.0, ci=(0.9, 1.1)), "pass"),
        (Threshold(on="score", pass_low=0.05, refer_low=0.01), Value(9.0, score=0.001), "fail"),
    ],
)  # fmt: skip
def test_thresholds(rule: Threshold, value: Value, expected: str) -> None:
    assert rule.judge(value) == expected
