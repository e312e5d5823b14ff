"""The page for those who hear it or use the keyboard alone: axe over every tab, and a card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import begin, card_title, finish, open_tab, wait_for_card

pytestmark = pytest.mark.e2e
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
TABS = ("Plan", "Data", "Generators", "Results", "History", "Privacy", "Report")
UPSTREAM = {
    # Gradio's Chatbot makes the head of a folded message a button, with an unnamed arrow in it.
    "nested-interactive": "#sc-chat .title",
    "button-name": "#sc-chat .title button",
}
"""Rule of axe -> what of the components themselves breaks it; nothing else may."""
_RUN = """
upstream => axe.run({ resultTypes: ["violations"] }).then(found => found.violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .flatMap(one => one.nodes
    .filter(node => !(upstream[one.id]
      && document.querySelector(node.target[0])?.matches(upstream[one.id])))
    .map(node => `${one.id} ${node.target} ${node.html.slice(0, 120)}`)))
"""
_THEMED = "dark => document.body.classList.contains('dark') === dark"


def faults(tab: Page) -> list[str]:
    """What axe finds in both themes, with what upstream breaks left out."""
    if not tab.evaluate("typeof axe === 'object'"):
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        tab.add_style_tag(content="* { transition: none !important }")  # colours fade else
    found = []
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        tab.wait_for_function(_THEMED, arg=scheme == "dark")
        found += [f"{scheme}: {line}" for line in tab.evaluate(_RUN, UPSTREAM)]
    return found


def test_no_serious_fault_on_any_tab_or_card(tab: Page, table: Path) -> None:
    assert faults(tab) == []
    begin(tab, table)
    tab.get_by_role("button", name="Change…").click()
    expect(tab.get_by_role("combobox", name="Outcome column")).to_be_visible()
    assert faults(tab) == []
    finish(tab)
    expect(tab.get_by_role("heading", level=1)).to_have_text("SynthCraft")
    for name in TABS:
        open_tab(tab, name)
        # Upstream marks the place of a plot wrongly for the moment until it is drawn.
        expect(tab.get_by_role("tabpanel").locator(".empty").filter(visible=True)).to_have_count(0)
        for folded in tab.get_by_role("tabpanel").locator("summary").all():
            if folded.is_visible():
                folded.click()
        assert (name, faults(tab)) == (name, [])


def reach(tab: Page, name: str | re.Pattern[str], *, most: int = 90) -> None:
    """Press Tab until this control has the focus, and see that it shows."""
    for _ in range(most):
        tab.keyboard.press("Tab")
        at: dict[str, Any] = tab.evaluate(
            "() => { const e = document.activeElement, look = getComputedStyle(e);"
            " return { name: e.getAttribute('aria-label') || e.innerText || '',"
            " outline: look.outlineStyle + look.boxShadow } }"
        )
        if re.fullmatch(name, at["name"].strip()):
            assert at["outline"] != "nonenone"
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def test_cards_are_changed_and_approved_by_keyboard_alone(tab: Page, table: Path) -> None:
    begin(tab, table)
    first = wait_for_card(tab)
    reach(tab, "Approve")
    tab.keyboard.press("Enter")
    expect(card_title(tab)).not_to_have_text(first)
    wait_for_card(tab)
    reach(tab, "Change…")
    tab.keyboard.press("Space")
    expect(tab.locator("#sc-change")).to_be_focused()
    reach(tab, "Synthetic rows")
    tab.keyboard.type("120")
    reach(tab, "Send the change")
    tab.keyboard.press("Enter")
    expect(tab.locator("#sc-chat")).to_contain_text("Synthetic rows: 120")
    expect(tab.locator("#sc-card-text").get_by_text("Size: 120")).to_be_visible()
