"""A researcher's way through the page, in a real browser, on the real pipeline."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e
MARKUP = "<img src=x onerror=alert(1)>"


def card_title(tab: Page) -> Locator:
    return tab.locator("#sc-card-text h3")


def wait_for_card(tab: Page, words: str = "") -> str:
    """The title of the open card; the run must not have failed."""
    title = card_title(tab)
    expect(title).to_be_visible()
    expect(title).to_contain_text(words)
    return title.inner_text()


def approve(tab: Page, *, clicks: int = 1) -> None:
    """Approve the open card and wait until it is gone, perhaps for another one already."""
    shown = wait_for_card(tab)
    button = tab.locator("#sc-answers").get_by_role("button").first
    button.dblclick() if clicks == 2 else button.click()
    expect(card_title(tab).filter(visible=True).filter(has_text=shown)).to_have_count(0)


def say(tab: Page, words: str) -> None:
    tab.get_by_role("textbox", name="Message", exact=True).fill(words)
    tab.keyboard.press("Enter")


def upload(tab: Page, path: Path) -> None:
    tab.locator("#sc-start input[type=file]").set_input_files(path)


def begin(tab: Page, table: Path) -> None:
    """Upload, say what it is for, start, and wait for the first card."""
    upload(tab, table)
    tab.get_by_text("Ready to start with").wait_for()
    say(tab, "I want to predict stroke and share the data with colleagues")
    tab.get_by_text("Noted.").wait_for()
    tab.get_by_role("button", name="Start", exact=True).click()
    wait_for_card(tab)


def open_tab(tab: Page, name: str) -> None:
    tab.get_by_role("tab", name=name).click()


def test_from_upload_to_report_and_back(tab: Page, table: Path, tmp_path: Path) -> None:
    begin(tab, table)
    expect(tab.locator("#sc-card .sc-table")).to_contain_text(MARKUP)
    assert tab.locator("#sc-card img").count() == 0
    check_tabs(tab)
    approve(tab, clicks=2)
    wait_for_card(tab)
    tab.reload()
    expect(tab.locator("#sc-chat")).to_contain_text("predict stroke and share")
    expect(tab.locator("#sc-chat")).to_contain_text("Approved.")
    while "train" not in wait_for_card(tab):
        approve(tab)
    say(tab, "use only cart")
    expect(tab.locator("#sc-card .sc-table tbody tr")).to_have_count(1)
    expect(tab.locator("#sc-card .sc-table tbody th")).to_have_text("cart")
    while tab.locator("#sc-status").get_by_text("Finished").count() == 0:
        if card_title(tab).is_visible():
            approve(tab)
        tab.wait_for_timeout(200)
    open_tab(tab, "Results")
    results = tab.locator("#sc-results")
    expect(results).to_contain_text("cart-1")
    expect(results).to_contain_text("Prediction, linear")
    expect(results).to_contain_text("trained on real rows: ")
    choose(tab, "What does this mean?", "Holdout")
    expect(tab.locator("#sc-meaning")).to_contain_text("set aside and frozen")
    expect(results).to_contain_text(re.compile("BLOCKED|REFER|CRITERIA MET"))
    check_figures(tab, tmp_path)
    check_downloads(tab, tmp_path)
    revert_to_the_training_card(tab)


def check_tabs(tab: Page) -> None:
    """Columns as text, sorted by a click; the catalogue; nothing was sent."""
    open_tab(tab, "Data")
    columns = tab.locator("#sc-data tbody tr")
    expect(columns.filter(has_text="patient_id")).to_contain_text("Kept out.")
    expect(columns.filter(has_text=MARKUP)).to_contain_text("median")
    assert tab.locator("#sc-data img").count() == 0
    tab.locator("#sc-data").get_by_role("button", name="Missing").dblclick()
    expect(columns.first).to_contain_text("bmi")
    open_tab(tab, "Generators")
    expect(tab.locator("#sc-offers")).to_contain_text("Sequential CART")
    open_tab(tab, "Privacy")
    expect(tab.locator("#sc-told")).to_contain_text("Nothing was sent")


def check_figures(tab: Page, folder: Path) -> None:
    """A figure is drawn, says how to read it, hands out its numbers, and fits both themes."""
    plot = tab.locator("#sc-plot")
    paper = plot.locator(".main-svg").first
    expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")
    choose(tab, "Figure", "Distribution of each column")
    expect(plot).to_contain_text("stroke")
    expect(plot).to_contain_text(MARKUP)
    expect(tab.locator("#sc-reading")).to_contain_text("Outlines are real")
    expect(plot.locator(".bars .point").first).to_be_attached()
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Download the numbers of this figure").click()
    waiting.value.save_as(folder / "marginals.csv")
    rows = list(csv.DictReader((folder / "marginals.csv").open()))
    assert {"age", "sex", "bmi", "stroke"} <= {row["column"] for row in rows}
    tab.emulate_media(color_scheme="dark")
    tab.set_viewport_size({"width": 820, "height": 1000})
    tab.reload()
    open_tab(tab, "Results")
    expect(paper).to_have_css("background-color", "rgb(11, 18, 32)")
    # It ends where its place ends.
    tab.wait_for_function(
        "[...document.querySelectorAll('#sc-plot .main-svg')].every("
        "svg => svg.getBoundingClientRect().right <= innerWidth)"
    )
    assert tab.evaluate("document.documentElement.scrollWidth") <= 820
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 1280, "height": 900})


def choose(tab: Page, field: str, option: str) -> None:
    tab.get_by_role("combobox", name=field, exact=True).click()
    tab.get_by_role("option", name=option).click()


def check_downloads(tab: Page, folder: Path) -> None:
    """The report opens as a file of its own; the double click counted once."""
    open_tab(tab, "Report")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Download the report").click()
    waiting.value.save_as(folder / "report.html")
    report = (folder / "report.html").read_text()
    assert "Dr Test" in report
    assert MARKUP not in report
    with tab.expect_download() as waiting:
        tab.locator("#sc-files tr", has_text="results").get_by_role("link").click()
    waiting.value.save_as(folder / "results.json")
    results = json.loads((folder / "results.json").read_text())
    gates = [a["gate"] for a in results["approvals"] if a["verdict"] == "approve"]
    assert results["status"] == "finished"
    assert gates.count("intake") == 1
    assert [c["generator"] for c in results["candidates"]] == ["cart"]


def revert_to_the_training_card(tab: Page) -> None:
    """Going back asks first, opens the old card again and drops what came after."""
    open_tab(tab, "History")
    tab.get_by_role("combobox", name="Go back to").click()
    tab.get_by_role("option", name=re.compile("Asked for approval: May I train")).first.click()
    tab.get_by_role("button", name="Revert to this point").click()
    tab.locator("#sc-confirm").get_by_role("button", name="Yes, do it").click()
    wait_for_card(tab, "train")
    open_tab(tab, "Results")
    expect(tab.get_by_text("No synthetic table has been made yet.")).to_be_visible()


def test_a_typed_question_keeps_the_card_and_stop_asks_first(tab: Page, table: Path) -> None:
    begin(tab, table)
    title = wait_for_card(tab)
    say(tab, "what is TSTR?")
    expect(tab.locator("#sc-chat")).to_contain_text("real", ignore_case=True)
    assert wait_for_card(tab) == title
    tab.locator("#sc-answers").get_by_role("button", name="Stop").click()
    tab.locator("#sc-confirm").get_by_role("button", name="No").click()
    expect(tab.locator("#sc-chat")).to_contain_text("Nothing was changed.")
    assert wait_for_card(tab) == title


def test_two_tabs_show_the_same_card(tab: Page, table: Path) -> None:
    begin(tab, table)
    title = wait_for_card(tab)
    other = tab.context.new_page()
    other.goto(tab.url)
    assert wait_for_card(other) == title
    approve(other)
    expect(card_title(tab)).not_to_have_text(title)
    expect(tab.locator("#sc-chat")).to_contain_text("Approved.")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("virus.exe", b"MZ", "cannot be read"),
        ("empty.csv", b"", "empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    tab: Page, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    upload(tab, tmp_path / name)
    expect(tab.locator("body")).to_contain_text(re.compile(f"{sentence}|Invalid file type"))
    expect(tab.get_by_role("button", name="Start", exact=True)).to_be_disabled()


def test_a_killed_server_is_found_again_in_the_same_tab(
    tab: Page, table: Path, server: Any
) -> None:
    begin(tab, table)
    approve(tab)
    title = wait_for_card(tab)
    server.stop(kill=True)
    server.start()
    tab.reload()
    expect(tab.locator("#sc-chat")).to_contain_text("What happened so far")
    assert wait_for_card(tab) == title
    approve(tab)
    expect(card_title(tab)).not_to_have_text(title)


def test_a_run_goes_on_without_its_tab_and_can_be_stopped(tab: Page, table: Path) -> None:
    begin(tab, table)
    while "train" not in wait_for_card(tab):
        approve(tab)
    say(tab, "use only ctgan")
    expect(tab.locator("#sc-card .sc-table tbody tr")).to_have_count(1)
    expect(tab.locator("#sc-card .sc-table tbody th")).to_have_text("ctgan")
    approve(tab)
    tab.goto("about:blank")
    tab.go_back()
    expect(tab.locator("#sc-progress")).to_be_visible()
    tab.get_by_role("button", name="Stop the run").click()
    tab.locator("#sc-confirm").get_by_role("button", name="Yes, do it").click()
    tab.get_by_role("button", name="Go on").wait_for()
    expect(tab.locator("#sc-chat")).to_contain_text("Finished work is kept")
