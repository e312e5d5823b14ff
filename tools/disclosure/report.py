"""Output control of the report: the one way from a project's records to what a reader sees.

Shares, bins, curves and group results are made under the same rules where they are measured; here
every size and every count in a sentence follows, and a higher minimum than ten is applied to all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synthcraft.graph.records import Split
from synthcraft.tools.disclosure.project import JUDGED, source_shown
from synthcraft.tools.disclosure.released import Released, seal
from synthcraft.tools.disclosure.rounding import MIN_CELL, STEP, count, sizes_shown
from synthcraft.tools.disclosure.sentences import controlled_text, texts_shown, told
from synthcraft.tools.generators.choice_record import Choice, Run
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.record import Marginal, ReportRecord
from synthcraft.tools.report.results import DecisionPart, Result, Results


def released_report(record: ReportRecord) -> Released[ReportRecord]:
    """The record as it may be drawn and printed. Source: evaluation 5.5."""
    least = record.least_cell
    return seal(
        record.model_copy(
            update={
                "results": released_results(record.results, least).value,
                "source": source_shown(record.source, least) if record.source else None,
                "split": _split(record.split, least) if record.split else None,
                "trace": tuple(told(line, least, "message") for line in record.trace),
                "messages": texts_shown(record.messages, least),
                "verdicts": tuple(told(v, least, *JUDGED) for v in record.verdicts),
                "always_said": texts_shown(record.always_said, least),
                "plain_summary": texts_shown(record.plain_summary, least),
                "checklist": tuple(told(item, least, "answer") for item in record.checklist),
                "marginals": marginals_shown(record.marginals, _sizes(record.results), least),
                "plot_data": curves_shown(record.plot_data, least),
            }
        ),
        "report",
    )


NEAR = (
    "Not shown: distributions and missing values of the real data. Numbers of nearly the same "
    "people left this workspace before; both together would tell of the few in whom they differ."
)


def without_near(record: ReportRecord) -> ReportRecord:
    """The record of a table that differs by a few people from one that was shown before."""
    return record.model_copy(
        update={"profile": None, "marginals": {}, "plot_data": {}, "lost": (*record.lost, NEAR)}
    )


def _split(split: Split, least: int) -> Split:
    return Split(**sizes_shown(split.model_dump(), least))


def released_results(results: Results, least: int | None = None) -> Released[Results]:
    """`results.json` as it may be written or printed."""
    least = results.least_cell if least is None else least
    data = results.data
    sizes = {n: getattr(data, n) for n in ("rows", "train", "validation", "holdout")}
    shown = sizes_shown(sizes, least) | {"rounded_to": STEP}
    made = results.model_copy(
        update={
            "data": data.model_copy(update=shown),
            "results": [controlled_result(r, least) for r in results.results],
            "replicates": [controlled_result(r, least) for r in results.replicates],
            "decision": _decision(results.decision, least),
            "candidates": [told(c, least, "message") for c in results.candidates],
            "choice": choice_shown(results.choice, least) if results.choice else None,
        }
    )
    return seal(made, "report")


def choice_shown(choice: Choice, least: int = MIN_CELL) -> Choice:
    """How a generator was chosen, with sizes as they may be told."""
    shown: dict[str, Any] = {
        "split": _split(choice.split, least),
        "runs": tuple(_run(run, least) for run in choice.runs),
        "run": _run(choice.run, least) if choice.run else None,
    }
    return choice.model_copy(update=shown)


def _run(run: Run, least: int) -> Run:
    sizes = sizes_shown({"rows": run.rows}, least)
    return told(run, least, "message").model_copy(update=sizes)


def controlled_result(result: Result, least: int = MIN_CELL) -> Result:
    """One result; a group of fewer people than the minimum, where it is known, is suppressed."""
    changes: dict[str, Any] = {
        "message": controlled_text(result.message, least),
        "n_real": count(result.n_real, least) or 0,
        "rows_used": sizes_shown(result.rows_used, least),
    }
    if result.events is not None:
        changes["events"] = count(result.events, least)
    few = result.n_real and not changes["n_real"]
    if result.group and (few or (result.events is not None and changes["events"] is None)):
        changes |= {"value": None, "ci_low": None, "ci_high": None, "estimates": {},
                    "anchors": {}, "status": "suppressed",
                    "message": f"Under {least} people stand behind it."}  # fmt: skip
    return result.model_copy(update=changes)


def _decision(decision: DecisionPart, least: int) -> DecisionPart:
    each = [told(candidate, least, *JUDGED) for candidate in decision.candidates]
    return told(decision, least, *JUDGED).model_copy(update={"candidates": each})


def _sizes(results: Results) -> dict[str, int]:
    return {"real": results.data.train, "holdout": results.data.holdout}


def marginals_shown(
    marginals: Mapping[str, Iterable[Marginal]], sizes: Mapping[str, int], least: int
) -> dict[str, tuple[Marginal, ...]]:
    """Shares whose count would be under the minimum are withheld; `sizes` as they really are."""

    def one(column: Marginal) -> Marginal:
        shown = {
            part: tuple(s if s is None or s == 0 or s * n >= least - 0.5 else None for s in shares)
            for part, n in sizes.items()
            if n and (shares := getattr(column, part)) is not None
        }
        return column.model_copy(update=shown)

    return {name: tuple(map(one, columns)) for name, columns in marginals.items()}


def curves_shown(plot_data: Mapping[str, PlotData], least: int) -> dict[str, PlotData]:
    """Bins of fewer people than the minimum go; those of ten were merged where they were made."""
    return {name: _curves(data, least) for name, data in plot_data.items()}


def _curves(data: PlotData, least: int) -> PlotData:
    kept = [r for r in data.calibration if (r.get("people") is None) or _large(r, least)]
    return data.model_copy(update={"calibration": tuple(kept)})


def _large(row: dict[str, Any], least: int) -> bool:
    return float(row["people"]) >= least
