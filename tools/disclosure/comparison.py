"""Output control of the report on files from elsewhere, by the rules of the other report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from synthcraft.tools.compare.record import Comparison, FilePart, TablePart
from synthcraft.tools.disclosure.released import Released, seal
from synthcraft.tools.disclosure.report import controlled_result, curves_shown, marginals_shown
from synthcraft.tools.disclosure.rounding import least_of, sizes_shown
from synthcraft.tools.disclosure.sentences import texts_shown
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.record import Marginal


def released_comparison(record: Comparison) -> Released[Comparison]:
    """The record as it may be printed. Source: evaluation 5.5."""
    least = least_of(record.evaluation_plan.plan)
    sizes = {name: getattr(record.rows, name) for name in ("train", "holdout", "set_aside")}
    return seal(
        record.model_copy(
            update={
                "real": _table(record.real, least),
                "holdout": _table(record.holdout, least) if record.holdout else None,
                "rows": record.rows.model_copy(update=sizes_shown(sizes, least)),
                "notes": list(texts_shown(record.notes, least)),
                "files": [_file(file, least) for file in record.files],
            }
        ),
        "report",
    )


@dataclass(frozen=True)
class Curves:
    """By file what figures need beyond the record."""

    marginals: dict[str, tuple[Marginal, ...]]
    plot_data: dict[str, PlotData]


def released_curves(
    record: Comparison,
    marginals: Mapping[str, Iterable[Mapping[str, Any]]],
    plot_data: Mapping[str, PlotData],
) -> Released[Curves]:
    """The numbers behind figures as they may be drawn, of a record with its real sizes."""
    least = least_of(record.evaluation_plan.plan)
    sizes = {"real": record.rows.train, "holdout": record.rows.holdout or record.rows.set_aside}
    read = {
        name: [Marginal.model_validate(column) for column in columns]
        for name, columns in marginals.items()
    }
    made = Curves(marginals_shown(read, sizes, least), curves_shown(plot_data, least))
    return seal(made, "report")


def _table(table: TablePart, least: int) -> TablePart:
    return table.model_copy(update=sizes_shown({"rows": table.rows}, least))


def _file(file: FilePart, least: int) -> FilePart:
    said = file.decision
    texts = {
        name: list(texts_shown(getattr(said, name), least))
        for name in ("reasons", "not_assessed", "always_said")
    }
    return file.model_copy(
        update={
            "results": [controlled_result(r, least) for r in file.results],
            "decision": said.model_copy(update=texts),
        }
    )
