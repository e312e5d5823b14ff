"""The tab Generators: cards of the catalogue for one project."""

from __future__ import annotations

import pytest

from synthcraft.agents.offers import Offer, barred
from synthcraft.agents.sheets import Sheets
from synthcraft.graph.records import Candidate, Flags, GeneratorPlan, Plan, Source
from synthcraft.graph.views import SessionView
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.ui import generators_tab
from synthcraft.ui.project import Project

PLANNED = GeneratorPlan(
    id="cart-1", generator="cart", claim_level="", reason="", group="gen_fast",
    seconds=12, memory_mb=900, seed=1,
)  # fmt: skip
SHARING = Plan(task="classification")


def sheets(*offers: Offer) -> Sheets:
    source = Source(name="t.csv", format="csv", rows=5000, columns=8, sha256="")
    return Sheets(source=source, columns=(), rows=3000, offers=offers)


@pytest.mark.parametrize(
    ("name", "plan", "reason"),
    [
        ("cart", SHARING, ""),
        ("cart", Plan(excluded=("cart",)), "left it out"),
        ("cart", Plan(use_case="privacy"), "no formal mechanism"),
        ("aim", Plan(use_case="privacy"), ""),
        ("survival_gan", SHARING, "times until an event"),
        ("survival_gan", Plan(task="survival"), ""),
        ("timegan", SHARING, "visits"),
    ],
)
def test_what_a_project_does_not_choose_says_why(name: str, plan: Plan, reason: str) -> None:
    told = barred(catalogue()[name], plan, Flags())
    assert reason in told
    assert bool(told) == bool(reason)


def test_a_card_says_what_it_is_what_it_costs_here_and_where_it_stands() -> None:
    spec = catalogue()["cart"]
    card = generators_tab.card(Offer(spec=spec, seconds=99, memory_mb=99), {})
    for words in (spec.title, spec.claim_level, "about 2 min, up to 99 MB"):
        assert words in card
    planned = Offer(spec=spec, planned=(PLANNED,), seconds=99, memory_mb=99)
    card = generators_tab.card(planned, {"cart-1": "ok"})
    assert "about 12 s, up to 900 MB" in card  # what was agreed, not the catalogue's guess
    assert "cart-1: has made its table" in card
    unknown = Offer(spec=catalogue()["great"])
    assert "not measured" in generators_tab.card(unknown, {})
    assert "language model" in generators_tab.card(unknown, {})
    left_out = Offer(spec=spec, barred="You left it out.")
    assert "You left it out." in generators_tab.card(left_out, {})


def test_planned_ones_come_first_and_others_are_folded_away() -> None:
    specs = catalogue()
    view = SessionView(session="s", status="waiting", candidates=(
        Candidate(id="cart-1", generator="cart", status="failed"),
    ))  # fmt: skip
    shown = generators_tab.cards(
        sheets(
            Offer(spec=specs["great"]),
            Offer(spec=specs["tvae"], barred="You left it out."),
            Offer(spec=specs["ctgan"]),
            Offer(spec=specs["cart"], planned=(PLANNED,)),
        ),
        view,
    )
    folded = shown.index("<details>")
    places = [shown.index(f"<code>{name}</code>") for name in ("cart", "ctgan", "great", "tvae")]
    assert places[0] < places[1] < folded < places[2] < places[3]
    assert "cart-1: failed" in shown
    assert "(2)" in shown


def test_before_a_table_was_read_there_is_a_sentence() -> None:
    assert generators_tab.part(Project(key="new"))["offers_head"]["value"]
