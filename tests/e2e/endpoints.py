"""Every endpoint of the page with inputs of the right kind, as a script would call it."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

SENTENCE = re.compile(r"^[A-Z][^<>{}]+[.?]$")
_VALUES: dict[str, Any] = {"number": 1, "checkboxgroup": [], "file": [], "checkbox": False}
FORGED = '{"card": "0123456789ab", "chat": "0123456789ab"}'


def every(client: Client, key: str, gate: str) -> Iterator[tuple[str, list[Any]]]:
    """Name and inputs of each endpoint for a project and a card; the note of a tab is forged."""
    components = {one["id"]: one for one in client.config["components"]}
    for endpoint in client.config["dependencies"]:
        inputs = [components[number] for number in endpoint["inputs"]]
        if endpoint["backend_fn"] and inputs and inputs[0]["type"] == "browserstate":
            yield endpoint["api_name"], [_value(one, key, gate) for one in inputs]


def _value(component: dict[str, Any], key: str, gate: str) -> Any:
    label = component["props"].get("label")
    if component["type"] == "browserstate":
        return key
    if component["type"] == "dropdown":
        return ["x"] if component["props"].get("multiselect") else "x"
    return {"Card": gate, "Seen": FORGED}.get(label, _VALUES.get(component["type"], "x"))


def answer(client: Client, name: str, inputs: list[Any]) -> tuple[bool, str]:
    """Whether a call was accepted, and all that it told."""
    try:
        return True, repr(client.predict(*inputs, api_name=f"/{name}"))
    except AppError as error:
        return False, str(error)


def kept(home: Path, session: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Every checkpoint of a project, and its audit log but for mere words and downloads."""
    with closing(sqlite3.connect(home / "sessions.sqlite")) as database:
        sql = "SELECT checkpoint_id, checkpoint FROM checkpoints WHERE thread_id=? ORDER BY 1"
        rows = database.execute(sql, (session,)).fetchall()
    assert rows
    lines = (home / "audit" / f"{session}.jsonl").read_bytes().splitlines()
    bodies = [json.loads(line)["body"] for line in lines]
    words = [b for b in bodies if b["kind"] == "message" and "message" in b]
    return rows, [b for b in bodies if b not in words and b["kind"] != "export"]


def key_and_gate(values: Any, key: str = "") -> tuple[str, str]:
    """Project and open card out of an answer: the first and the third component of the page."""
    return values[0] if isinstance(values[0], str) else key, values[2]["value"]


def uploaded(client: Client, table: Path) -> str:
    """A draft with this file."""
    return key_and_gate(client.predict("", "", [handle_file(table)], api_name="/upload"))[0]


def at_first_card(client: Client, table: Path) -> tuple[str, str]:
    """A project of one's own, made through the endpoints alone."""
    key = uploaded(client, table)
    client.predict(key, "", 1, "", api_name="/begin")
    return key_with_card(client, key)


def key_with_card(client: Client, key: str) -> tuple[str, str]:
    """Wait for the next card."""
    end = time.monotonic() + 120
    gate = ""
    while not gate:
        assert time.monotonic() < end, "no card came"
        time.sleep(0.2)
        key, gate = key_and_gate(client.predict(key, "", api_name="/show"), key)
    return key, gate
