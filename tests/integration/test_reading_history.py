"""History is read from the disk once; what was read before and what is new make one whole."""

from __future__ import annotations

from pathlib import Path

from synthcraft.graph.contracts import Changes
from synthcraft.graph.history import lineage
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer


async def test_history_is_the_same_read_at_once_or_bit_by_bit(
    runner: Runner, clinic_csv: Path
) -> None:
    view = await runner.start([clinic_csv], Changes(target="stroke", include=("cart",)), seed=1)
    key = view.session
    first = await runner.history(key)
    assert first == await lineage(runner.graph, key)
    yes = Answer(verdict="approve", actor="Jane")
    await runner.answer(key, view.interrupt_id or "", yes)
    second = await runner.history(key)
    assert len(second) > len(first)
    assert second == await lineage(runner.graph, key)
    await runner.revert(key, first[-1].checkpoint)
    third = await runner.history(key)
    anew = await lineage(runner.graph, key)
    assert [line.checkpoint for line in third] == [line.checkpoint for line in anew]
    (back,) = (line for line in third if line not in anew)
    assert (back.node, back.who) == ("revert", "tester")  # the log says who it was
    assert {line.on_head for line in third} == {True, False}


async def test_only_what_is_new_is_read(runner: Runner, clinic_csv: Path) -> None:
    view = await runner.start([clinic_csv], Changes(target="stroke", include=("cart",)), seed=1)
    lines = await runner.history(view.session)
    kept = dict(runner.read[view.session].lines)
    assert await runner.history(view.session) == lines
    now = runner.read[view.session].lines
    assert all(now[key] is line for key, line in kept.items())
