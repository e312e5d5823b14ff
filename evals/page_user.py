"""A person's tab of the page, as the benchmarks drive it."""

from __future__ import annotations

import json
import random
import time
from secrets import token_hex
from typing import Any

import httpx

from synthcraft.evals.bench_commands import PATIENCE_S
from synthcraft.graph.errors import SynthCraftError

LOOKS, LOOK_S = 4, 0.7
"""A tab asks for news this often, so many times between two sentences of its user."""
SAID = (
    "what is TSTR?",
    "how many rows are there?",
    "why did you pick cart?",
    "what is a holdout?",
    "is the result any good?",
    "what does epsilon mean?",
    "which columns were kept out?",
)

_STAMP = "\n\n*"
"""Between a message and the time at which it was said."""


class User:
    """A tab of the page through its endpoints: it knows what it shows, as a browser does.

    It speaks to the queue of the page itself: a person's browser works on a machine of its own,
    and ten whole clients in this process would wait for each other more than for the page.
    """

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx.Client(base_url=f"{url}gradio_api/", timeout=PATIENCE_S)
        self.tab = token_hex(8)
        config = self.http.get(f"{url}config").raise_for_status().json()
        self.events = {one["api_name"]: one["id"] for one in config["dependencies"]}
        self.key, self.seen = key, ""
        self.chat: list[dict[str, Any]] = []
        self.gate = ""
        self.ask("show")

    def ask(self, name: str, *inputs: Any) -> None:
        """Cause an event and take in what it changes."""
        asked = {"data": [self.key, self.seen, *inputs], "fn_index": self.events[name]}
        joined = self.http.post("queue/join", json=asked | {"session_hash": self.tab})
        values = self._answer(joined.raise_for_status().json()["event_id"])
        self.seen = values[1]
        self.gate = _value(values[2], self.gate)
        # Of all that an event sends, only the conversation is a list of messages.
        chats = [value for value in map(_value, values) if _is_chat(value)]
        self.chat = chats[0] if chats else self.chat

    def _answer(self, event: str) -> list[Any]:
        where = {"session_hash": self.tab}
        with self.http.stream("GET", "queue/data", params=where) as stream:
            for line in stream.iter_lines():
                told = json.loads(line.removeprefix("data:") or "{}")
                if told.get("event_id") == event and told["msg"] == "process_completed":
                    break
        if not told.get("success"):
            raise SynthCraftError("The page refused an event.", "Try it by hand.")
        values: list[Any] = told["output"]["data"]
        return values

    def say(self, words: str) -> float:
        """Seconds from sending a sentence until its answer stands in the conversation."""
        before, began = len(self.chat), time.perf_counter()
        self.ask("say", words)
        while not self._answered(before):
            time.sleep(LOOK_S)
            self.ask("tick")
        return time.perf_counter() - began

    def talk(self, turns: int, rng: random.Random) -> list[float]:
        """Say something now and then, with looks in between; the seconds of every reply."""
        return [self.turn(rng.choice(SAID), rng) for _ in range(turns)]

    def turn(self, words: str, rng: random.Random) -> float:
        """Look for news for a while, then say something; the seconds of the reply."""
        for _ in range(LOOKS):
            time.sleep(LOOK_S * rng.uniform(0.5, 1.5))
            self.ask("tick")
        return self.say(words)

    def said(self) -> list[str]:
        """What the user's own messages in the conversation say, in order."""
        return [_text(message) for message in self.chat if message["role"] == "user"]

    def _answered(self, before: int) -> bool:
        last = self.chat[-1]
        pending = (last.get("metadata") or {}).get("status") == "pending"
        return len(self.chat) > before + 1 and last["role"] == "assistant" and not pending


def _value(update: Any, old: Any = None) -> Any:
    """What a part of the page shows now: an update without a value leaves it."""
    return update.get("value", old) if isinstance(update, dict) else update


def _is_chat(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and "role" in value[0]
    )


def _text(message: dict[str, Any]) -> str:
    parts = message["content"]
    text = parts if isinstance(parts, str) else "".join(part.get("text", "") for part in parts)
    return text.rsplit(_STAMP, 1)[0]
