"""A team on one server: nobody reaches what is another's, and a steward releases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from synthcraft.graph.team import Role
from synthcraft.ui.auth.attempts import LIMITS
from synthcraft.ui.auth.users import User, hashed, write_users
from tests.e2e.conftest import Server, picture
from tests.e2e.endpoints import SENTENCE, answer, every, kept, key_with_card, uploaded

pytestmark = pytest.mark.e2e
WORDS = "correct horse battery"
PEOPLE: dict[str, Role] = {
    "anna": "analyst",
    "ben": "analyst",
    "cleo": "steward",
    "dora": "analyst",
    "emil": "analyst",
}
OWN = "patient_id"
"""A column of anna's table: where it is shown, her project is."""


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with logins."""
    users = tmp_path_factory.mktemp("users") / "users.toml"
    word = hashed(WORDS)
    write_users(users, {name: User(role=role, password=word) for name, role in PEOPLE.items()})
    running = Server(tmp_path_factory.mktemp("team_home"), users)
    running.start()
    yield running
    running.stop()


def http(server: Server, name: str) -> httpx.Client:
    """A script that has logged in."""
    client = httpx.Client(base_url=server.url, timeout=60)
    assert client.post("/login", data={"name": name, "password": WORDS}).status_code == 303
    return client


def client_of(server: Server, name: str) -> Client:
    """A Gradio client with the cookie of a login."""
    token = http(server, name).cookies["synthcraft"]
    headers = {"cookie": f"synthcraft={token}"}
    return Client(server.url, headers=headers, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def anna(team: Server) -> Client:
    return client_of(team, "anna")


@pytest.fixture(scope="module")
def project(anna: Client, table: Path) -> tuple[str, str]:
    """Anna's project at its first card."""
    key = uploaded(anna, table)
    anna.predict(key, "", "Predict stroke. Use only marginal_distributions.", api_name="/say")
    anna.predict(key, "", 1, "", api_name="/begin")
    return key_with_card(anna, key)


def sent(client: httpx.Client, name: str, inputs: list[Any]) -> str:
    """The answer to a call whose inputs no client has looked at."""
    event = client.post(f"/gradio_api/call/{name}", json={"data": inputs}).json()["event_id"]
    return client.get(f"/gradio_api/call/{name}/{event}").text


@pytest.mark.parametrize("name", ["ben", "cleo"])
def test_no_endpoint_reaches_the_project_of_another(
    team: Server, anna: Client, project: tuple[str, str], name: str
) -> None:
    key, gate = project
    assert OWN in answer(anna, "show", [key, ""])[1]
    before = kept(team.home, key)
    other = client_of(team, name)
    tried = [call for call in every(other, key, gate) if call[0] != "demo"]  # begins one's own
    assert len(tried) > 20
    refusals = 0
    for endpoint, inputs in tried:
        accepted, told = answer(other, endpoint, inputs)
        assert OWN not in told, endpoint
        assert key not in told, endpoint
        assert accepted or SENTENCE.match(told), (endpoint, told)
        refusals += not accepted
    assert refusals > 10
    assert kept(team.home, key) == before
    assert key_with_card(anna, key) == project


def test_files_are_for_who_sent_or_made_them(
    team: Server, anna: Client, project: tuple[str, str], table: Path
) -> None:
    key, _ = project
    anna.predict(key, "", api_name="/prepare")
    owner, others = http(team, "anna"), [http(team, name) for name in ("ben", "cleo")]
    served = next((team.home / "page" / "downloads").glob("*/*/results.json"))
    assert owner.get(f"/gradio_api/file={served}").status_code == 200
    files = {"files": (table.name, table.read_bytes())}
    (upload,) = owner.post("/gradio_api/upload", files=files).json()
    for other in others:
        assert other.get(f"/gradio_api/file={served}").status_code == 403
        assert other.get(f"/gradio_api/file={upload}").status_code == 403
        data = [{"path": upload, "meta": {"_type": "gradio.FileData"}}]
        assert "did not arrive" in sent(other, "upload", ["", "", data])
    assert "event: complete" in sent(owner, "upload", ["", "", data])


def test_nothing_answers_without_a_login(team: Server, project: tuple[str, str]) -> None:
    key, _ = project
    for call in (
        lambda: httpx.post(f"{team.url}/gradio_api/call/show", json={"data": [key, ""]}),
        lambda: httpx.get(f"{team.url}/gradio_api/queue/data?session_hash=x"),
        lambda: httpx.get(f"{team.url}/gradio_api/file={team.home}/sessions.sqlite"),
        lambda: httpx.get(f"{team.url}/config", headers={"cookie": "synthcraft=x"}),
    ):
        assert call().status_code == 401
    assert httpx.get(f"{team.url}/health").json() == {"status": "ok"}


@pytest.fixture
def someone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    yield context
    context.close()


def log_in(tab: Page, server: Server, name: str, password: str = WORDS) -> None:
    tab.goto(server.url)
    tab.get_by_label("Name").fill(name)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Log in").click()


def test_logging_in_out_and_guessing_in_a_browser(team: Server, someone: BrowserContext) -> None:
    tab = someone.new_page()
    log_in(tab, team, "emil")
    expect(tab.locator("#sc-person")).to_contain_text("emil · analyst")
    tab.get_by_text("Add a file below").wait_for()
    picture(tab, "people-page")
    twin = someone.new_page()
    twin.goto(team.url)
    twin.get_by_text("Add a file below").wait_for()
    tab.get_by_role("button", name="Log out").click()
    expect(tab.get_by_role("button", name="Log in")).to_be_visible()
    expect(twin.get_by_role("button", name="Log in")).to_be_visible()
    tab.go_back()
    expect(tab.get_by_role("button", name="Log in")).to_be_visible()
    for _ in range(LIMITS["name at address"]):
        log_in(tab, team, "dora", "wrong")
        expect(tab.get_by_role("alert")).to_have_text("Name or password is wrong. Try again.")
    picture(tab, "people-wrong")
    log_in(tab, team, "dora")
    expect(tab.get_by_role("alert")).to_contain_text("Too many attempts. Try again in 15 minutes.")
    tab.emulate_media(color_scheme="dark")
    picture(tab, "people-locked-dark")


def test_a_steward_releases_what_the_analyst_cannot(
    team: Server, anna: Client, project: tuple[str, str], someone: BrowserContext
) -> None:
    key, gate = project
    while "This is the release" not in answer(anna, "show", [key, ""])[1]:
        assert answer(anna, "approve", [key, "", gate, [], ""])[0]
        key, gate = key_with_card(anna, key)
    before = kept(team.home, key)
    cleo = client_of(team, "cleo")
    assert answer(cleo, "revert", [key, "", before[0][3][0]])[0]  # asks; it is not done yet
    for client, name, inputs, sentence in (
        (anna, "approve", [gate, [], ""], "Only a steward"),
        (cleo, "yes", [], "Only anna"),
        (client_of(team, "ben"), "approve", [gate, [], ""], "no such project"),
    ):
        accepted, told = answer(client, name, [key, "", *inputs])
        assert (accepted, sentence in told) == (False, True), told
    assert kept(team.home, key) == before
    tab = someone.new_page()
    log_in(tab, team, "cleo")
    tab.get_by_role("combobox", name="Projects").click()
    tab.get_by_role("option", name="release waits, by anna").click()
    expect(tab.locator("#sc-card-text h3")).to_be_visible()
    picture(tab, "people-steward")
    tab.locator("#sc-answers").get_by_role("button").first.click()
    expect(tab.locator("#sc-status")).to_contain_text("Finished")
    results = next((team.home / "page" / "downloads").glob("*/*/results.json"))
    last = json.loads(results.read_text())["approvals"][-1]
    assert (last["gate"], last["actor"]) == ("documentation", "cleo")
    tab.get_by_role("button", name="Log out").click()
    log_in(tab, team, "ben")  # this browser still knows which project was open
    tab.get_by_text("Add a file below").wait_for()
    expect(tab.locator("#sc-projects")).not_to_be_visible()
