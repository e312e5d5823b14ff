"""Two turns at once, in one process or in two: one chain, one budget."""

from __future__ import annotations

import asyncio
import multiprocessing
from itertools import pairwise
from pathlib import Path

import pandas as pd

from synthcraft.agents.language.base import Card, Introduction
from synthcraft.agents.language.budget import CALLS
from synthcraft.agents.language.client import Endpoint
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.language.modelled import ModelLanguage
from synthcraft.tools.audit import ROOT
from synthcraft.tools.schema_inference import infer_schema
from tests.model_double import served

UNCLEAR = "my colleagues abroad cannot get the real thing, they will get this one"


def _write(path: str, who: int) -> None:
    for number in range(25):
        Ledger(Path(path)).enter("request", f"{who} {number}".encode(), "127.0.0.1")


def chained(ledger: Ledger) -> bool:
    """Whether each entry follows the one before it."""
    entries = ledger.log.all()
    return entries[0].prev == ROOT and all(b.prev == a.hash for a, b in pairwise(entries))


def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "ledger" / "s.jsonl"
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_write, args=(str(path), who)) for who in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    ledger = Ledger(path)
    assert len(ledger.entries()) == 50 and ledger.log.verify() == [] and chained(ledger)
    for who in ("1 ", "2 "):
        texts = [sent.text for sent in ledger.entries() if sent.text.startswith(who)]
        assert texts == [f"{who}{number}" for number in range(25)]


async def test_turns_at_once_share_one_chain_and_one_budget(tmp_path: Path) -> None:
    frame = pd.DataFrame({"bmi": [20.0, 30.0, 25.0, 28.0], "sex": list("fmfm")})
    met = Introduction(frame, infer_schema(frame), None, None)
    card = Card(columns=("bmi", "sex"), generators=("cart",), session="s1", gate="intake")
    with served() as double:
        double.wait = 0.05
        end = Endpoint(mode="local", base_url=double.url, model="double", timeout_s=300)
        language = ModelLanguage(end, tmp_path)
        language.meet("s1", False, lambda: met)
        said = [f"{UNCLEAR} {'really ' * n}" for n in range(CALLS + 6)]
        turns = await asyncio.gather(*(language.understand(s, "intake", card) for s in said))
    assert all(turn.clarification for turn in turns)
    assert len(double.received) == CALLS == language.known["s1"].budget.calls
    ledger = language.known["s1"].ledger
    requests = [e.body for e in ledger.entries() if e.what == "request"]
    assert sorted(requests) == sorted(double.received)
    assert len([e for e in ledger.entries() if e.what == "answer"]) == CALLS
    assert chained(ledger) and ledger.log.verify() == []
