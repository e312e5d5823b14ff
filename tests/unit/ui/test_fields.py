"""What a person alters in the fields of a card becomes typed changes, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from synthcraft.agents.described import ColumnSheet
from synthcraft.agents.offers import Offer
from synthcraft.agents.sheets import Sheets
from synthcraft.graph.contracts import Changes, Proposal
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import GeneratorPlan, Plan, Source
from synthcraft.graph.views import SessionView
from synthcraft.tools.generators.catalogue import find
from synthcraft.ui import fields
from synthcraft.ui.project import Project

CART = GeneratorPlan(
    id="cart-1", generator="cart", params={"min_leaf": 5}, claim_level="heuristic", reason="",
    group="gen_fast", seconds=1, memory_mb=1, seed=1,
)  # fmt: skip
PLAN = Plan(target="died", sensitive=("hiv",), generators=(CART,))


def at_card(*editable: str, question: str = "") -> Project:
    card = Proposal(gate="parameters", title="?", editable=editable, question=question)
    view = SessionView(session="s", status="waiting", interrupt_id="i", proposal=card, plan=PLAN)
    columns = tuple(
        ColumnSheet(name=name, kind="binary", role="feature") for name in ("died", "hiv", "sex")
    )
    offers = (
        Offer(spec=find("cart"), planned=(CART,)),
        Offer(spec=find("ctgan")),
        Offer(spec=find("tvae"), barred="You left it out."),
    )
    source = Source(name="t.csv", format="csv", rows=9, columns=3, sha256="")
    sheets = Sheets(source=source, columns=columns, offers=offers)
    return Project(key="s", view=view, sheets=sheets)


def values(**said: Any) -> list[Any]:
    """What a browser sends: every field, in order; those not said stay as agreed."""
    return [said.get(field.name, field.now(PLAN)) for field in fields.FIELDS]


EVERYTHING = tuple(Changes.model_fields)


def test_a_card_shows_its_own_fields_with_what_is_agreed() -> None:
    shown = fields.part(at_card("rows", "include", "target"))
    visible = {name for name, props in shown.items() if props["visible"]}
    assert visible == {"field_rows", "field_include", "field_target"}
    assert shown["field_target"]["value"] == "died"
    assert [key for _, key in shown["field_include"]["choices"]] == ["cart", "ctgan"]
    hidden = fields.part(at_card("rows", question="Which?")).values()
    assert not any(props["visible"] for props in hidden)


def test_only_what_was_altered_is_asked_for() -> None:
    project = at_card(*EVERYTHING)
    assert fields.asked(project, values()) == ({}, "")
    changes, words = fields.asked(
        project, values(rows="2000", include=["ctgan", "cart"], epsilon=1, sensitive=[])
    )
    assert changes == {
        "rows": 2000, "include": ["cart", "ctgan"], "epsilon": 1.0, "sensitive": [],
    }  # fmt: skip
    assert "Synthetic rows: 2,000" in words
    assert Changes.model_validate(changes).sensitive == ()


def test_a_parameter_and_a_limit_come_with_their_values() -> None:
    project = at_card(*EVERYTHING)
    said = values(
        parameter="cart min_leaf",
        parameter_value=" 7 ",
        threshold="fidelity.association",
        threshold_value=0.02,
    )
    changes, _ = fields.asked(project, said)
    assert changes == {
        "parameters": {"cart": {"min_leaf": "7"}},
        "thresholds": {"fidelity.association": 0.02},
    }


@pytest.mark.parametrize(
    "said",
    [
        {"rows": "many"},
        {"rows": 2.5},
        {"epsilon": float("nan")},
        {"budget_minutes": [1]},
        {"target": "no such column"},
        {"include": ["tvae"]},
        {"include": []},
        {"include": [{"a": 1}]},
        {"preset": ["quick", "paper"]},
        {"parameter": "cart min_leaf"},
        {"threshold_value": 3},
        {"threshold": "sanity.columns", "threshold_value": 3},
    ],
)
def test_what_a_field_cannot_have_is_refused_in_a_sentence(said: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        fields.asked(at_card(*EVERYTHING), values(**said))


def test_fields_that_a_card_does_not_have_change_nothing() -> None:
    assert fields.asked(at_card("rows"), values(epsilon=3, target="sex")) == ({}, "")
    assert fields.asked(at_card("rows", question="?"), values(rows=3)) == ({}, "")
