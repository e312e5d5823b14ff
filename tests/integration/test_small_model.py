"""A whole project beside a real small model, which understands nothing and harms nothing."""

from __future__ import annotations

from pathlib import Path

from synthcraft.agents.language.ledger import Ledger
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import Answer
from tests.small_model import served

ODD = {
    "intake": "my colleagues abroad cannot get the real thing, they will get this one",
    "evaluation": "and what about all of this then, hm?",
}


async def test_project_finishes_and_the_ledger_is_what_the_server_received(
    clinic_csv: Path, tmp_path: Path
) -> None:
    with served() as door:
        settings = Settings.from_env(
            home=tmp_path / "home", environ={}, actor="tester",
            llm="local", llm_base_url=door.url, llm_model="SmolLM2-135M",
        )  # fmt: skip
        async with open_runner(settings) as runner:
            request = Changes(target="stroke", include=("cart",), tier="quick")
            view = await runner.start([clinic_csv], request, seed=1)
            shown = ""
            while view.proposal is not None:
                gate, interrupt = view.proposal.gate, view.interrupt_id
                shown += "\n".join(view.proposal.lines)
                if gate in ODD:
                    turn = await runner.understand(view.session, ODD[gate])
                    assert turn.verdict() != "approve"
                    again = await runner.view(view.session)
                    assert (again.interrupt_id, again.waiting_for) == (interrupt, gate)
                view = await runner.answer(
                    view.session, interrupt or "", Answer(verdict="approve", actor="Jane")
                )
            told = await runner.ask(view.session, "so how did it all go in the end?")
        assert view.status == "finished" and told
        ledger = Ledger(settings.home / "ledger" / f"{view.session}.jsonl")
        entries = ledger.entries()
        assert [e.body for e in entries if e.what == "request"] == door.received
        assert len(door.received) >= 1 and ledger.log.verify() == []
        (card,) = [e for e in entries if e.what == "card approved"]
        assert all(line in shown for line in card.text.splitlines())
        everything = b"\n".join(door.received)
        for secret in (b"P001", b"stroke", b"glucose", b"clinic.csv", str(tmp_path).encode()):
            assert secret not in everything
