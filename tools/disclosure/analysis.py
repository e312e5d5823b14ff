"""Output control of an analysis: its tables were controlled where the rows are."""

from __future__ import annotations

from synthcraft.tools.disclosure.released import Released, seal
from synthcraft.tools.disclosure.rounding import least_of, sizes_shown
from synthcraft.tools.disclosure.sentences import texts_shown
from synthcraft.tools.procedures.record import Analysis


def released_analysis(record: Analysis) -> Released[Analysis]:
    """The record as it may be printed. Source: evaluation 5.5."""
    least = least_of(record.asked)
    rows = sizes_shown({"rows": int(record.real["rows"])}, least)
    made = record.model_copy(
        update={"real": {**record.real, **rows}, "notes": texts_shown(record.notes, least)}
    )
    return seal(made, "report")
