"""Clicks that come twice, from two tabs or after the back button: one deed, the rest is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import picture
from tests.e2e.steps import (
    approve,
    begin,
    card_title,
    choose,
    confirm_box,
    open_tab,
    say,
    upload,
    wait_for_card,
)

pytestmark = pytest.mark.e2e


def hear_nothing(tab: Page) -> list[Route]:
    """From now on this tab is not told what happens elsewhere: its questions stay open."""
    named = "window.gradio_config.dependencies.filter(d => d.api_name === 'tick').map(d => d.id)"
    ticks, held = tab.evaluate(named), []
    assert ticks

    def hold(route: Route) -> None:
        if (route.request.post_data_json or {}).get("fn_index") in ticks:
            held.append(route)
        else:
            route.continue_()

    tab.route("**/queue/join*", hold)
    return held


def test_an_answer_that_comes_late_takes_no_tab_away_from_its_project(
    tab: Page, table: Path
) -> None:
    held = hear_nothing(tab)
    while not held:
        tab.wait_for_timeout(100)
    upload(tab, table)
    expect(tab.get_by_text("Ready to start with")).to_be_visible()
    # As a tab asks that has just been loaded: it shows nothing yet, and has no project.
    asked = held[0].request.post_data_json
    assert asked["data"][0] == ""
    with tab.expect_response("**/queue/join*"):
        held[0].continue_(post_data=json.dumps({**asked, "data": ["", ""]}))
    tab.unroute("**/queue/join*")
    tab.wait_for_timeout(1500)
    say(tab, "use only cart")
    expect(tab.locator("#sc-chat")).to_contain_text("Press Start")
    expect(tab.get_by_text("Ready to start with")).to_be_visible()
    expect(tab.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_two_tabs_answer_a_card_once(tab: Page, table: Path) -> None:
    begin(tab, table)
    title = wait_for_card(tab)
    other = tab.context.new_page()
    other.goto(tab.url)
    assert wait_for_card(other) == title
    hear_nothing(other)
    approve(tab)
    wait_for_card(tab)
    assert card_title(other).inner_text() == title
    other.locator("#sc-answers").get_by_role("button").first.click()
    expect(other.locator("body")).to_contain_text("answered already")
    # The refusal covers nothing: the conversation stays readable.
    expect(other.locator("[data-testid=status-tracker]:visible .error")).to_have_count(0)
    expect(other.get_by_text("Start with clinic.csv.")).to_be_visible()
    picture(other, "the_other_tab_is_told")
    expect(tab.locator("#sc-chat").get_by_text("Approved.", exact=True)).to_have_count(1)


def test_the_back_button_shows_the_project_as_it_is_now(tab: Page, table: Path) -> None:
    begin(tab, table)
    title = wait_for_card(tab)
    approve(tab)
    tab.go_back()
    tab.go_forward()
    assert wait_for_card(tab) != title
    expect(tab.locator("#sc-chat").get_by_text("Approved.", exact=True)).to_have_count(1)


def test_every_button_may_be_clicked_twice(tab: Page, table: Path) -> None:
    upload(tab, table)
    tab.get_by_text("Ready to start with").wait_for()
    twice(tab, "Start")
    title = wait_for_card(tab)
    once(tab, "Start with clinic.csv.")
    tab.get_by_role("textbox", name="Message", exact=True).fill("what is TSTR?")
    twice(tab, "Ask")
    once(tab, "what is TSTR?")
    assert wait_for_card(tab) == title
    twice(tab, "Stop", tab.locator("#sc-answers"))
    twice(tab, "No", confirm_box(tab))
    once(tab, "Nothing was changed.")
    twice(tab, "Change…")
    tab.get_by_role("textbox", name=re.compile("In your words")).fill("keep bmi out")
    twice(tab, "Send the change")
    once(tab, "keep bmi out")
    wait_for_card(tab)
    approve(tab, clicks=2)
    wait_for_card(tab)
    once(tab, "Approved.")
    open_tab(tab, "Report")
    twice(tab, "Prepare the files")
    tab.get_by_role("button", name="Download the report").wait_for()
    open_tab(tab, "History")
    choose(tab, "Go back to", re.compile("Asked for approval"))
    twice(tab, "Revert to this point")
    twice(tab, "Yes, do it", confirm_box(tab))
    once(tab, "to an earlier point. Nothing was lost", whole=False)
    say(tab, "what is a holdout?")
    twice(tab, "Send")
    once(tab, "what is a holdout?")
    twice(tab, "New project")
    tab.get_by_text("Add a file below").wait_for()
    expect(tab.locator("body")).not_to_contain_text("Something went wrong")


def twice(tab: Page, button: str, within: Locator | None = None) -> None:
    (within or tab.locator("body")).get_by_role("button", name=button, exact=True).dblclick()


def once(tab: Page, words: str, *, whole: bool = True) -> None:
    """It was said in the conversation, and not again."""
    expect(tab.locator("#sc-chat").get_by_text(words, exact=whole)).to_have_count(1)
