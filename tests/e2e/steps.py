"""What a person does on the page, and how to see that it has happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import Error, Locator, Page, expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Server


def card_title(tab: Page) -> Locator:
    """The title of the card that lies open."""
    return tab.locator("#sc-card-text h3")


def come_back(tab: Page) -> None:
    """Load the page of a server that was away.

    The page may just be doing so itself, which interrupts us: until one of our own loads has ended,
    what is seen or clicked may belong to the document that is about to go.
    """
    for _ in range(5):
        with suppress(Error):
            tab.reload()
            return
    raise AssertionError("the page could not be loaded anew")


def kill_and_restart(tab: Page, server: Server) -> None:
    """The server dies and is started again; the tab looks at it anew."""
    server.stop(kill=True)
    server.start()
    come_back(tab)


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
    """Type a sentence and send it."""
    tab.get_by_role("textbox", name="Message", exact=True).fill(words)
    tab.keyboard.press("Enter")


def ask_until_answered(tab: Page, words: str, answer: str) -> None:
    """As a person does whose page loads itself anew: what is gone is typed once more."""
    for _ in range(6):
        say(tab, words)
        with suppress(AssertionError):
            expect(tab.locator("#sc-chat")).to_contain_text(answer, timeout=20_000)
            return
    raise AssertionError(f"never answered: {words}")


def upload(tab: Page, path: Path) -> None:
    """Choose a file."""
    tab.locator("#sc-start input[type=file]").set_input_files(path)


def begin(tab: Page, table: Path, target: str = "stroke", use: str = "cart") -> None:
    """Upload, say what it is for and which generators to use, start, wait for the first card."""
    upload(tab, table)
    tab.get_by_text("Ready to start with").wait_for()
    wish = f"I want to predict {target} and share the data with colleagues. Use only {use}."
    say(tab, wish)
    tab.get_by_text("Noted.").wait_for()
    tab.get_by_role("button", name="Start", exact=True).click()
    wait_for_card(tab)


def open_tab(tab: Page, name: str) -> None:
    """Look at another panel on the right."""
    tab.get_by_role("tab", name=name).click()


def choose(tab: Page, field: str, option: str | re.Pattern[str]) -> None:
    """Pick an option of a list."""
    tab.get_by_role("combobox", name=field, exact=True).click()
    tab.get_by_role("option", name=option).first.click()


def to_training(tab: Page, *generators: str) -> None:
    """Approve up to the card that asks for training; it names these engines."""
    while "train" not in wait_for_card(tab):
        approve(tab)
    names = tab.locator("#sc-card .sc-table tbody th")
    expect(names).to_have_count(len(generators))
    assert set(names.all_inner_texts()) == set(generators)


def finish(tab: Page) -> None:
    """Approve whatever comes until the project is finished."""
    over = tab.locator("#sc-status").get_by_text("Finished")
    while over.count() == 0:
        expect(over.or_(card_title(tab).filter(visible=True)).first).to_be_visible()
        if card_title(tab).is_visible():
            approve(tab)


def go_back_to_training(tab: Page) -> None:
    """Revert to the card that asked for training."""
    open_tab(tab, "History")
    choose(tab, "Go back to", re.compile("Asked for approval: May I train"))
    tab.get_by_role("button", name="Revert to this point").click()
    confirm(tab)
    wait_for_card(tab, "train")


def download(tab: Page, link: Locator, target: Path) -> str:
    """Click on what hands out a file; its text."""
    with tab.expect_download() as waiting:
        link.click()
    waiting.value.save_as(target)
    return target.read_text(encoding="utf-8")


def download_report(tab: Page, folder: Path) -> str:
    """Take the report from its tab; its text."""
    open_tab(tab, "Report")
    button = tab.get_by_role("button", name="Download the report")
    return download(tab, button, folder / "report.html")


def stop_the_run(tab: Page) -> None:
    """Stop the work that is running, and see that it can be gone on with."""
    tab.get_by_role("button", name="Stop the run").first.click()
    confirm(tab)
    tab.get_by_role("button", name="Go on").wait_for()


def confirm_box(tab: Page) -> Locator:
    """The second question before something that cannot be taken back at once."""
    return tab.locator("#sc-confirm")


def confirm(tab: Page) -> None:
    """Say yes to the second question."""
    confirm_box(tab).get_by_role("button", name="Yes, do it").click()


def jobs_of(server: psutil.Process) -> list[psutil.Process]:
    """The processes that do jobs: what the warm worker has forked."""
    return [job for worker in server.children() for job in worker.children()]


def wait_until(tab: Page, holds: Callable[[], bool], what: str) -> None:
    """Look again and again while the page lives on; for what no page shows."""
    for _ in range(1200):
        if holds():
            return
        tab.wait_for_timeout(100)
    raise AssertionError(f"never: {what}")
