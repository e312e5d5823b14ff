"""Hidden is not protected: every endpoint is called out of order, and refuses with a sentence."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.e2e.endpoints import (
    FORGED,
    SENTENCE,
    answer,
    at_first_card,
    every,
    kept,
    key_and_gate,
    key_with_card,
)

pytestmark = pytest.mark.e2e
NO_PROJECT: list[tuple[str, tuple[Any, ...]]] = [
    ("approve", ("card", [], "")),
    ("change", ("card", [], "other rows")),
    ("ask", ("card", "why?")),
    ("stop", ("card",)),
    ("begin", (1, "")),
    ("halt", ()),
    ("revert", ("checkpoint",)),
    ("yes", ()),
    ("no", ()),
    ("go_on", ()),
    ("prepare", ()),
    ("set_roles", ("card", ["age"], "a date")),
]


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(AppError) as caught:
        act()
    return str(caught.value)


@pytest.mark.parametrize("key", ["", "new-0123", "nobody", "../x", "%", "<b>"])
@pytest.mark.parametrize(("name", "inputs"), NO_PROJECT)
def test_without_a_project_everything_is_refused(
    client: Client, key: str, name: str, inputs: tuple[Any, ...]
) -> None:
    assert SENTENCE.match(refused(lambda: client.predict(key, "", *inputs, api_name=f"/{name}")))


def test_without_a_project_no_figure_is_drawn(client: Client) -> None:
    for key in ("", "nobody", "../x"):
        file, reading, plot, numbers = client.predict(
            key, "anchors", "../x", "dark", api_name="/draw"
        )[1:]
        assert not any(part["visible"] for part in (file, plot, numbers))
        assert reading["value"] == ""


def test_without_a_project_nothing_is_shown_of_one(client: Client) -> None:
    for key in ("", "nobody", "../x"):
        assert client.predict(key, "", api_name="/search")["value"] == ""
        assert client.predict(key, "term tstr", api_name="/explain")["value"] == ""
        told = client.predict(key, "a", "b", api_name="/compare")["value"]
        assert told.startswith("<p>There is no")


def test_an_answered_card_is_refused_and_changes_nothing(client: Client, table: Path) -> None:
    key, first = at_first_card(client, table)
    client.predict(key, "", first, [], "", api_name="/approve")
    again = refused(lambda: client.predict(key, "", first, [], "", api_name="/approve"))
    assert "answered already" in again
    _, second = key_with_card(client, key)
    assert second != first
    for name, inputs in (
        ("approve", (first, [], "")),
        ("change", (first, [], "use 100 rows")),
        ("ask", (first, "why?")),
        ("stop", (first,)),
    ):
        assert SENTENCE.match(
            refused(lambda n=name, i=inputs: client.predict(key, "", *i, api_name=f"/{n}"))
        )
    assert key_with_card(client, key) == (key, second)


def test_nothing_is_done_unconfirmed_or_for_a_foreign_point(client: Client, table: Path) -> None:
    key, gate = at_first_card(client, table)
    assert "begun already" in refused(lambda: client.predict(key, "", 1, "", api_name="/begin"))
    assert "confirm" in refused(lambda: client.predict(key, "", api_name="/yes"))
    assert "does not exist" in refused(
        lambda: client.predict(key, "", "1f0c-not-a-checkpoint", api_name="/revert")
    )
    client.predict(key, "", gate, api_name="/stop")
    client.predict(key, "", api_name="/no")
    assert key_with_card(client, key) == (key, gate)
    assert "no such" in refused(lambda: client.predict(key[:4], "", api_name="/go_on")).lower()


def test_files_of_the_workspace_are_not_served(server: Any) -> None:
    for name in ("page.secret", "sessions.sqlite", "policy.json"):
        path = server.home / name
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.url}/gradio_api/file={path}", timeout=10)
        assert caught.value.code in (403, 404)


def test_a_foreign_host_name_is_refused(server: Any) -> None:
    request = urllib.request.Request(server.url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert caught.value.code == 400


def out_of_order(client: Client, home: Path, key: str, gate: str) -> set[str]:
    """Call every endpoint of a project; what was accepted, after a look that nothing moved."""
    before, accepted = kept(home, key), set()
    for name, inputs in every(client, key, gate):
        done, told = answer(client, name, inputs)
        assert done or SENTENCE.match(told), (name, told)
        if done:
            accepted.add(name)
            answer(client, "no", [key, ""])  # what asked for a confirmation is not done
    assert kept(home, key) == before
    return accepted


def test_no_endpoint_moves_a_project_whose_card_is_not_named(
    client: Client, server: Any, table: Path
) -> None:
    key, gate = at_first_card(client, table)
    for forged in ("", gate[:-1]):
        accepted = out_of_order(client, server.home, key, forged)
        assert accepted.isdisjoint({"approve", "change", "ask", "stop", "begin", "set_roles"})
    assert key_with_card(client, key) == (key, gate)


def test_no_endpoint_moves_a_project_without_a_card(
    client: Client, server: Any, table: Path
) -> None:
    key, gate = at_first_card(client, table)
    client.predict(key, "", gate, api_name="/stop")
    client.predict(key, "", api_name="/yes")
    end = time.monotonic() + 120
    while "closed" not in answer(client, "show", [key, ""])[1]:
        assert time.monotonic() < end
    assert {"show", "tick"} <= out_of_order(client, server.home, key, gate)


def test_a_forged_note_of_what_a_tab_shows_shows_no_more_than_there_is(
    client: Client, table: Path
) -> None:
    key, gate = at_first_card(client, table)
    for note in (FORGED, "[]", "null", "{", "x" * 10_000, '{"card": {"a": [1]}}'):
        shown = client.predict(key, note, api_name="/show")
        assert key_and_gate(shown, key) == (key, gate)
