"""Numbers behind figures that no single result holds, with small counts kept back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from synthcraft.tools.disclosure.rounding import dominated, to_five
from synthcraft.tools.metrics.association import associations, pairs
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.metrics.kaplan_meier import survival_curves
from synthcraft.tools.metrics.learners import Source, outcome, predictions
from synthcraft.tools.metrics.measure import failure_code
from synthcraft.tools.metrics.printed_tables import printed_tables
from synthcraft.tools.metrics.risk import risks
from synthcraft.tools.metrics.scores import Bools
from synthcraft.tools.privacy.attacks import Attack
from synthcraft.tools.privacy.membership import findings
from synthcraft.tools.stats.auc import auc
from synthcraft.tools.stats.proportions import wilson

_BINS = 10
_STEPS = 25
_Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class _Figure:
    """The numbers of one figure; drawn where its metric was measured, which did most of the work.

    Attributes:
        tests: whether it shows held-back people, whom the maker of the file must not have seen.
        whatever: whether it is drawn even where the metric has no number.
    """

    key: str
    metric: str
    tests: bool
    build: Callable[[EvalContext], dict[str, Any]]
    whatever: bool = False


def plot_data(ctx: EvalContext, results: Sequence[Result]) -> dict[str, Any]:
    """Tables by figure; under "missing" why one has none. Empty where no metric has a figure."""
    out: dict[str, Any] = {}
    missing: dict[str, str] = {}
    own = {r.metric_id: r for r in results if not (r.column or r.group)}
    for figure in _figures(ctx):
        if (result := own.get(figure.metric)) is None:
            continue
        silent = result.value is None and not figure.whatever
        reason = result.message if silent else ctx.holdout_seen * figure.tests
        try:
            found = {} if reason else figure.build(ctx)
        except Exception as error:  # a figure that fails costs no result
            reason, found = f"{failure_code(error)}: the numbers could not be computed.", {}
        missing |= {figure.key: reason} if reason else found.pop("missing", {})
        out |= found
    return out | ({"missing": missing} if missing else {})


_OF_TARGET = (_Figure("tables", "inference.ci_overlap", False, printed_tables, whatever=True),)
_OF_TIMES = (_Figure("survival", "utility.concordance", False, survival_curves, whatever=True),)


def _figures(ctx: EvalContext) -> tuple[_Figure, ...]:
    number = ctx.task == "regression"
    return (
        _Figure("associations", "fidelity.association", False, _associations),
        _Figure("calibration", "utility.rmse", True, _predicted)
        if number
        else _Figure("calibration", "utility.calibration_slope", True, _calibration),
        _Figure("roc", "privacy.membership", True, _roc),
        *_OF_TARGET * (ctx.target is not None),
        *_OF_TIMES * (ctx.task == "survival"),
    )


def _associations(ctx: EvalContext) -> dict[str, Any]:
    """Pairs with under ten complete rows on either side are withheld."""
    frames, sides = (ctx.train, ctx.synthetic), []
    for frame in frames:
        here = {c.name: _present(frame, c.name) for c in ctx.columns if is_number(c)}
        whole = np.ones(len(frame), dtype=bool)
        few = [(here.get(a, whole) & here.get(b, whole)).sum() < ctx.least for a, b in pairs(ctx)]
        sides.append([None if f else float(v) for f, v in zip(few, associations(ctx, frame),
                                                               strict=True)])  # fmt: skip
    rows = []
    for (first, second), real, synthetic in zip(pairs(ctx), *sides, strict=True):
        known = real is not None and synthetic is not None
        rows.append({
            "first": first, "second": second, "real": _short(real), "synthetic": _short(synthetic),
            "difference": _short(synthetic - real) if known else None,
        })  # fmt: skip
    return {"associations": rows} if rows else {"missing": {"associations": "One column only."}}


def _present(frame: Any, name: str) -> Bools:
    return np.asarray(~np.isnan(numbers(frame[name])))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4) + 0.0


def _calibration(ctx: EvalContext) -> dict[str, Any]:
    """Bins of predicted risk with ten people of either outcome, and a recalibration curve."""
    known = risks(ctx)
    rows: _Rows = []
    for source, risk in (("real", known.real), ("synthetic", known.synthetic)):
        rows += [{"source": source, **row} for row in _recalibrated(risk, known.event, ctx.least)]
        for cell in _cells(risk, known.event, ctx.least):
            people, share = int(cell.sum()), float(known.event[cell].mean())
            rows.append({"source": source} | _bin(risk[cell], share, wilson(share, people), people))
    return _or_missing({"outcome": "risk", "calibration": rows})


def _bin(predicted: Floats, observed: float, ci: tuple[float, float], people: int) -> Any:
    ends = {"low": _short(ci[0]), "high": _short(ci[1]), "people": to_five(people)}
    return {"kind": "bin", "predicted": _short(float(predicted.mean())),
            "observed": _short(observed), **ends}  # fmt: skip


def _cells(predicted: Floats, event: Floats, least: int) -> list[Bools]:
    """Tenths of the people by predicted risk, merged upwards until each has enough."""
    cells: list[Bools] = []
    open_cell = np.zeros(len(predicted), dtype=bool)
    for part in np.array_split(np.argsort(predicted, kind="stable"), _BINS):
        open_cell[part] = True
        events = event[open_cell].sum()
        if min(events, open_cell.sum() - events) >= least:
            cells.append(open_cell)
            open_cell = np.zeros(len(predicted), dtype=bool)
    if cells and open_cell.any():
        cells[-1] = cells[-1] | open_cell
    return cells


def _recalibrated(risk: Floats, event: Floats, least: int) -> _Rows:
    """A logistic regression of the outcome on the logit of the risk, which counts nobody."""
    inside = np.clip(risk, 1e-6, 1 - 1e-6)
    logit = np.log(inside / (1 - inside))[:, None]
    if min(event.sum(), (1 - event).sum()) < least or np.ptp(logit) < 1e-9:
        return []
    model = LogisticRegression(penalty=None).fit(logit, event)
    low, high = np.quantile(inside, [0.05, 0.95])
    places = np.linspace(low, high, _STEPS)
    shares = model.predict_proba(np.log(places / (1 - places))[:, None])[:, 1]
    return [
        {"kind": "curve", "predicted": _short(float(p)), "observed": _short(float(s))}
        for p, s in zip(places, shares, strict=True)
    ]


def _predicted(ctx: EvalContext) -> dict[str, Any]:
    """Means of predicted and actual numbers by tenths of predictions; no single point is shown."""
    y = outcome(ctx, ctx.holdout)
    use = ~np.isnan(y)
    bins = int(min(_BINS, use.sum() // (2 * ctx.least)))
    rows: _Rows = []
    sources: tuple[Source, ...] = ("real", "synthetic") if bins else ()
    for source in sources:
        predicted = predictions(ctx, "linear", source)[use]
        for part in np.array_split(np.argsort(predicted, kind="stable"), bins):
            actual = y[use][part]
            if dominated(actual):
                continue
            error = 1.96 * float(actual.std(ddof=1)) / len(part) ** 0.5
            mean = float(actual.mean())
            ci = mean - error, mean + error
            rows.append({"source": source} | _bin(predicted[part], mean, ci, len(part)))
    return _or_missing({"outcome": "number", "calibration": rows})


def _or_missing(found: dict[str, Any]) -> dict[str, Any]:
    reason = "Too few held-back people have each outcome."
    return found if found["calibration"] else {"missing": {"calibration": reason}}


def _roc(ctx: EvalContext) -> dict[str, Any]:
    """The best attack on everybody, and on the most unusual of one cut, as far as ten allow."""
    rows: _Rows = []
    withheld = []
    for people, found in zip(("everybody", "most unusual"), findings(ctx), strict=True):
        best = max(found, key=lambda f: f.auc.value).cuts[0] if found else None
        points = _points(best, ctx.least) if best else []
        if best is None or not points:
            withheld.append(f"Withheld for {people}: too few people stand behind each point.")
            continue
        about = {
            "among": people,
            "attack": best.name,
            "auc": _short(auc(best.members, best.outsiders).value),
        }
        rows += [about | {"false_alarms": _short(x), "hits": _short(y)} for x, y in points]
    return {"roc": rows, "missing": {"roc": " ".join(withheld)} if withheld else {}}


def _points(attack: Attack, least: int) -> list[tuple[float, float]]:
    """False alarms and hits at rising thresholds, as shares of counts rounded to five.

    At least ten people are false alarms, ten are not, and ten more are at each further point;
    hits are shown as no more than all but ten, or an attack that finds everybody had no curve.
    """
    members, outsiders = np.sort(attack.members), np.sort(attack.outsiders)
    limits = np.unique(outsiders)[::-1]
    counts = [len(side) - np.searchsorted(side, limits, "right") for side in (outsiders, members)]
    points: list[tuple[float, float]] = []
    last = 0
    for alarms, hits in zip(*counts, strict=True):
        inside = last + least <= alarms <= len(outsiders) - least
        if inside and hits >= least and len(members) >= 2 * least:
            last = int(alarms)
            shown = min(to_five(hits), len(members) - least)
            points.append((to_five(alarms) / len(outsiders), shown / len(members)))
    return points
