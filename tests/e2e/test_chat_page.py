"""A researcher's way through the page, in a real browser, on the real pipeline."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    approve,
    begin,
    choose,
    download,
    download_report,
    finish,
    go_back_to_training,
    open_tab,
    say,
    to_training,
    upload,
    wait_for_card,
)

pytestmark = pytest.mark.e2e
MARKUP = "<img src=x onerror=alert(1)>"


def test_from_upload_to_report_and_back(
    tab: Page, table: Path, tmp_path: Path, server: Any
) -> None:
    begin(tab, table)
    expect(tab.locator("#sc-card .sc-table")).to_contain_text(MARKUP)
    assert tab.locator("#sc-card img").count() == 0
    check_tabs(tab)
    approve(tab, clicks=2)
    wait_for_card(tab)
    tab.reload()
    expect(tab.locator("#sc-chat")).to_contain_text("predict stroke and share")
    expect(tab.locator("#sc-chat")).to_contain_text("Approved.")
    to_training(tab, "cart")
    finish(tab)
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
    check_gates(tab, server.home)
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
    button = tab.get_by_role("button", name="Download the numbers of this figure")
    rows = list(csv.DictReader(download(tab, button, folder / "marginals.csv").splitlines()))
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


def check_downloads(tab: Page, folder: Path) -> None:
    """The report opens as a file of its own; the double click counted once."""
    report = download_report(tab, folder)
    assert "Dr Test" in report
    assert MARKUP not in report
    link = tab.locator("#sc-files tr", has_text="results").get_by_role("link")
    results = json.loads(download(tab, link, folder / "results.json"))
    gates = [a["gate"] for a in results["approvals"] if a["verdict"] == "approve"]
    assert results["status"] == "finished"
    assert gates.count("intake") == 1
    assert [c["generator"] for c in results["candidates"]] == ["cart"]


def check_gates(tab: Page, home: Path) -> None:
    """What somebody says at a gate on the command line is on the page a moment later."""
    gates = tab.locator("#sc-gates")
    expect(gates).to_contain_text("and no releases.")
    expect(gates.locator(".sc-gate")).to_have_count(7)
    said = re.search(r"release issue (\w+)", gates.inner_text())
    assert said
    words = ["gates", "set", said[1], "G0", f"custodian={MARKUP}", "--home", str(home)]
    command = [sys.executable, "-c", "from synthcraft.ui.cli import main; main()"]
    subprocess.run([*command, *words], check=True)
    expect(gates.locator(".sc-gate").first).to_contain_text(MARKUP)
    expect(gates).not_to_contain_text("Nobody has named the custodian")
    assert gates.locator("img").count() == 0


def revert_to_the_training_card(tab: Page) -> None:
    """Going back opens the old card again and drops what came after."""
    go_back_to_training(tab)
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
