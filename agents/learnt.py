"""What projects teach about generators: how good each was on the validation rows of its table."""

from __future__ import annotations

from synthcraft.agents.base import Toolbox
from synthcraft.graph.records import Candidate, Preset
from synthcraft.graph.state import RunState
from synthcraft.tools.counts import Counts, add_counts, qualities

WHOLE_RUNS: tuple[Preset, ...] = ("standard", "paper")
"""Presets whose runs are counted; a quick one, or changed parameters, says little of the engine."""


def learnt_of_generators(state: RunState, tools: Toolbox) -> Counts:
    """Counts of earlier projects, as this one pinned them when it began."""
    pinned = tools.store.read_json(state["policy_sha"])["installation"]
    return qualities({name: (pair[0], pair[1]) for name, pair in pinned.items()})


def taught(state: RunState) -> Counts:
    """Counts that this project adds."""
    from synthcraft.tools.generators.quality import QualityModel

    model, counts = QualityModel.of_catalogue(), Counts()
    for candidate in state.get("candidates", []):
        if candidate.quality is not None and _counts(candidate, state["split"].train):
            seen = model.observed(candidate.generator, state["flags"], candidate.quality)
            counts = add_counts(counts, seen)
    return counts


def _counts(candidate: Candidate, rows: int) -> bool:
    from synthcraft.tools.generators.catalogue import find

    spec = find(candidate.generator)
    return candidate.status == "ok" and candidate.params in [spec.at(p, rows) for p in WHOLE_RUNS]
