"""What may come between a person and their project while two generators train."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import picture
from tests.e2e.steps import (
    approve,
    ask_until_answered,
    begin,
    card_title,
    come_back,
    jobs_of,
    kill_and_restart,
    open_tab,
    say,
    stop_the_run,
    to_training,
    wait_for_card,
    wait_until,
)

pytestmark = pytest.mark.e2e
DEEP = ("ctgan", "tvae")


def test_a_killed_server_is_found_again_in_the_same_tab(
    tab: Page, table: Path, server: Any
) -> None:
    begin(tab, table)
    approve(tab)
    title = wait_for_card(tab)
    kill_and_restart(tab, server)
    expect(tab.locator("#sc-chat")).to_contain_text("Start with")
    assert wait_for_card(tab) == title
    approve(tab)
    expect(card_title(tab)).not_to_have_text(title)


def test_a_run_goes_on_without_its_tab_and_can_be_stopped(
    tab: Page, table: Path, server: Any
) -> None:
    begin(tab, table, use="ctgan")
    to_training(tab, "ctgan")
    approve(tab)
    tab.goto("about:blank")
    tab.go_back()
    expect(tab.locator("#sc-progress")).to_be_visible()
    stop_the_run(tab)
    assert jobs(server) == []
    expect(tab.locator("#sc-chat")).to_contain_text("Finished work is kept")


def test_a_fit_goes_on_whatever_happens_to_the_page(tab: Page, survey: Path, server: Any) -> None:
    # On a busy machine the pilots foresee more than the usual half hour, and one would not begin.
    begin(tab, survey, "heart_attack", "cart, ctgan and tvae. You have 600 minutes")
    to_training(tab, "cart", *DEEP)
    approve(tab)
    wait_for_two_fits(tab, server)
    a_question_is_answered_before_they_end(tab, server)
    messages_came_while_it_worked(tab)
    tab.reload()
    wait_for_two_fits(tab, server)
    the_network_is_cut_and_comes_back(tab)
    tab = the_tab_is_closed_and_another_one_opened(tab)
    wait_for_two_fits(tab, server)
    the_server_is_killed_and_starts_again(tab, server)
    wait_for_two_fits(tab, server)
    what_was_finished_was_not_done_again(tab)
    stop_ends_the_work_and_keeps_what_was_done(tab, server)


def bars(tab: Page) -> Locator:
    return tab.locator("#sc-progress .sc-job")


def jobs(server: Any) -> list[psutil.Process]:
    return jobs_of(psutil.Process(server.process.pid))


def wait_for_two_fits(tab: Page, server: Any) -> None:
    """Two bars, each with its passes from the engine itself; two processes behind them."""
    for name in DEEP:
        expect(bars(tab).filter(has_text=name)).to_contain_text(re.compile(r"pass \d+ of \d+"))
    assert len(jobs(server)) == 2


def a_question_is_answered_before_they_end(tab: Page, server: Any) -> None:
    say(tab, "what is TSTR?")
    expect(tab.locator("#sc-chat .bot").last).to_be_visible()
    expect(tab.locator("#sc-chat")).to_contain_text("tests it on real rows")
    assert len(jobs(server)) == 2
    picture(tab, "question_while_two_generators_train")


def messages_came_while_it_worked(tab: Page) -> None:
    """What cart made is told in the conversation while the others train; the end is foretold."""
    expect(tab.locator("#sc-chat")).to_contain_text(re.compile("cart made [0-9,]+ rows"))
    expect(bars(tab).first).to_contain_text(re.compile(r"about .+ left"))


def passes(tab: Page) -> str:
    return re.findall(r"pass (\d+) of", bars(tab).first.inner_text())[-1]


def the_network_is_cut_and_comes_back(tab: Page) -> None:
    before = passes(tab)
    tab.context.set_offline(True)
    say(tab, "what is epsilon?")
    tab.context.set_offline(False)
    expect(bars(tab).first).not_to_contain_text(f"pass {before} of")
    ask_until_answered(tab, "what is a holdout?", "set aside")


def the_tab_is_closed_and_another_one_opened(tab: Page) -> Page:
    address, context = tab.url, tab.context
    other = context.new_page()
    tab.close()
    other.goto(address)
    return other


def the_server_is_killed_and_starts_again(tab: Page, server: Any) -> None:
    """Nothing of it is left, not even its jobs; the project is found where it stood."""
    left = [*psutil.Process(server.process.pid).children(recursive=True)]
    server.stop(kill=True)
    wait_until(tab, lambda: not any(alive(one) for one in left), "the jobs of a dead server end")
    server.start()
    come_back(tab)
    expect(tab.locator("#sc-chat")).to_contain_text("Start with")
    tab.get_by_role("button", name="Go on").click()


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def what_was_finished_was_not_done_again(tab: Page) -> None:
    """Cart was done before the kill: it is among what was done, not among what runs."""
    folded = tab.locator("#sc-chat").get_by_role("button", name=re.compile("What I did"))
    expect(folded.last).to_be_visible()
    expect(bars(tab).filter(has_text="cart")).to_have_count(0)


def stop_ends_the_work_and_keeps_what_was_done(tab: Page, server: Any) -> None:
    running = jobs(server)
    stop_the_run(tab)
    assert not any(alive(job) for job in running)
    assert jobs(server) == []
    expect(tab.locator("#sc-chat")).to_contain_text("Finished work is kept")
    open_tab(tab, "Results")
    expect(tab.locator("#sc-results")).to_contain_text("cart-1")
