"""A language model chosen on the page in a real browser: tried, used, and its key nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server, picture
from tests.e2e.steps import begin, open_tab, say
from tests.model_double import Double, served

pytestmark = pytest.mark.e2e
KEY = "sk-canary-5f0e77a1c2"
QUESTION = "so how good is the result now, all in all?"
FIRST = "The table was read and its columns were described."
PROSE = f"{FIRST} It waits for your decision on the card that lies open."


@pytest.fixture
def double() -> Iterator[Double]:
    with served() as server:
        server.answer, server.pause = PROSE, 0.15
        yield server


def test_a_model_is_tried_used_and_its_key_stays_in_memory(
    tab: Page, browser: Browser, server: Server, table: Path, double: Double
) -> None:
    begin(tab, table)
    open_tab(tab, "Privacy")
    now, found = tab.locator("#sc-llm-now"), tab.locator("#sc-llm-found")
    expect(now).to_contain_text("none")
    tab.get_by_role("button", name="Change the language model").click()
    tab.get_by_label("A model on this machine or in our network").check()
    address = tab.get_by_label("Address", exact=True)
    address.fill("http://169.254.169.254/v1")
    tab.get_by_label("Name of the model").fill("double")
    key = tab.get_by_label("Key, if it needs one")
    key.fill(KEY)
    tab.get_by_role("button", name="Test it").click()
    expect(tab.get_by_text("is not on this machine or in a private network")).to_be_visible()
    expect(key).to_have_value("")
    address.fill(double.url)
    key.fill(KEY)
    tab.get_by_role("button", name="Test it").click()
    expect(found).to_contain_text("double answers in")
    expect(key).to_have_value("")
    assert double.keys and set(double.keys) == {f"Bearer {KEY}"}
    picture(tab, "model-settings-light")
    tab.get_by_role("button", name="Use this").click()
    expect(now).to_contain_text("may be asked")
    say(tab, QUESTION)
    chat = tab.locator("#sc-chat")
    expect(chat).to_contain_text(f"{FIRST} …")  # a sentence at a time
    expect(chat).to_contain_text(PROSE)
    look_for_the_key(tab, server)
    tab.emulate_media(color_scheme="dark")
    tab.goto(f"{server.url}/?__theme=dark")
    expect(chat).to_contain_text(FIRST)
    open_tab(tab, "Privacy")
    expect(now).to_contain_text("may be asked")
    tab.get_by_role("button", name="Change the language model").click()
    expect(tab.get_by_label("Address", exact=True)).to_have_value(double.url)
    expect(key).to_have_value("")
    picture(tab, "model-settings-dark")
    look_for_the_key(tab, server)
    tab.get_by_label("No model").check()
    tab.get_by_role("button", name="Use this").click()
    expect(now).to_contain_text("none")
    asked = len(double.received)
    say(tab, "and how does it look in short?")
    expect(tab.locator("#sc-chat .user").filter(has_text="in short")).to_be_visible()
    assert len(double.received) == asked


def look_for_the_key(tab: Page, server: Server) -> None:
    """Not in the page, what the browser keeps, what the server sends first, files or logs."""
    kept = tab.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    first = tab.context.request.get(server.url).text()
    config = json.dumps(tab.context.request.get(f"{server.url}/config").json())
    for place in (tab.content(), kept, first, config, json.dumps(tab.context.cookies())):
        assert KEY not in place
    files = [path for path in server.home.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
