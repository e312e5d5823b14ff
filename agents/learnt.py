"""What projects teach about generators: how good each was on the validation rows of its table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from synthcraft.agents.base import Toolbox
from synthcraft.graph.records import Flags, Preset
from synthcraft.graph.state import RunState
from synthcraft.tools.counts import Counts, add_counts, qualities
from synthcraft.tools.generators.choice_record import Choice

WHOLE_RUNS: tuple[Preset, ...] = ("standard", "paper")
"""Presets whose runs are counted; a quick one, or changed parameters, says little of the engine."""


def learnt_of_generators(state: RunState, tools: Toolbox) -> Counts:
    """Counts of earlier projects, as this one pinned them when it began."""
    pinned = tools.store.read_json(state["policy_sha"])["installation"]
    return qualities({name: (pair[0], pair[1]) for name, pair in pinned.items()})


def taught(state: RunState, choice: Choice | None = None) -> Counts:
    """Counts that this project adds; of a search every whole run, else winners alone would teach.

    Args:
        state: of the project.
        choice: the record of its search, where there was one.
    """
    worked = [c for c in state.get("candidates", []) if c.status == "ok"]
    runs = [(c.generator, c.params, c.quality) for c in worked]
    lost = (
        [r for r in choice.runs if r.share == 1 and r.generator != choice.chosen] if choice else []
    )
    runs += [(r.generator, r.params, r.quality) for r in lost]
    # nothing ran where a project ended before its split
    return counted(runs, state["flags"], state["split"].train) if runs else {}


def counted(
    runs: Iterable[tuple[str, dict[str, Any], float | None]], flags: Flags, rows: int
) -> Counts:
    """Counts of runs on one table.

    Args:
        runs: generator, its parameters and its quality, None where it has none.
        flags: context of the table.
        rows: training rows.
    """
    from synthcraft.tools.generators.catalogue import find
    from synthcraft.tools.generators.quality import QualityModel

    model, counts = QualityModel.of_catalogue(), Counts()
    for generator, params, quality in runs:
        whole = params in [find(generator).at(preset, rows) for preset in WHOLE_RUNS]
        if quality is not None and whole:
            counts = add_counts(counts, model.observed(generator, flags, quality))
    return counts
