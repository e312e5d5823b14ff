"""What reading a sentence costs, without a language model."""

from __future__ import annotations

import time
from collections.abc import Iterator

from synthcraft.evals.bench import Line, Workbench, case


@case("language")
def language(bench: Workbench) -> Iterator[Line]:
    """Learning the exemplars, and one turn after warm-up."""
    from synthcraft.agents.language.attempts import Offline
    from synthcraft.agents.language.base import Card
    from synthcraft.evals.language_bench import measure

    card = Card(columns=("age",))
    began = time.perf_counter()
    Offline().read("people would be embarrassed by age", None, card)
    yield Line(
        name="First sentence for the classifier",
        unit="s",
        values=(time.perf_counter() - began,),
        note="with the import of scikit-learn, and learning the exemplars",
    )
    outcome = measure(Offline(), "dev")
    yield Line(
        name="A turn offline, 95th centile",
        unit="ms",
        values=(outcome.processor[1],),
        below=5.0,
        note=f"{outcome.groups['all'].all} labelled messages, read a second time; processor time",
    )
