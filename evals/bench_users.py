"""Many people on one page: what a project costs in memory, and how soon everybody is answered."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from secrets import token_hex
from statistics import fmean, median, quantiles
from typing import TYPE_CHECKING, Any

import httpx
import psutil

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.bench_commands import PATIENCE_S
from synthcraft.evals.bench_page import megabytes, served
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.views import Answer

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner

FINISHED, BEGUN, USERS, TURNS = 3, 17, 10, 10
EVENTS = 40
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
TARGET = "heart_attack"
YES = Answer(verdict="approve", actor="bench")
TRAINED = ("ctgan", "tvae")
DEEP: dict[str, Any] = {"n_iter": 10_000, "n_iter_min": 10_000}
"""More passes than the measurement lasts."""
HOURS = 24 * 60.0
"""Minutes that they are allowed, or they would not begin."""


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
        seconds = []
        for _ in range(turns):
            for _ in range(LOOKS):
                time.sleep(LOOK_S * rng.uniform(0.5, 1.5))
                self.ask("tick")
            seconds.append(self.say(rng.choice(SAID)))
        return seconds

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


@case("page:events")
def events(bench: Workbench) -> Iterator[Line]:
    """Processor time of the page for what a tab asks most; other work on the machine adds none."""
    home = bench.folder / "home"
    key = asyncio.run(_workspace(bench, home, finished=1, begun=0))[0][0]
    with served(bench.folder, home) as (url, process):
        user = User(url, key)
        user.say(SAID[0])
        looks = [_processor_ms(process, partial(user.ask, "tick")) for _ in range(EVENTS)]
        replies = [_processor_ms(process, partial(user.say, words)) for words in SAID]
    note = "a finished project; mean of"
    for name, spent in (("a look that finds nothing new", looks), ("a sentence", replies)):
        yield Line(
            name=f"Processor time of the page, {name}",
            unit="ms",
            values=(fmean(spent),),
            note=f"{note} {len(spent)}",
        )


def _processor_ms(process: psutil.Process, act: Callable[[], object]) -> float:
    before = process.cpu_times()
    act()
    after = process.cpu_times()
    return 1000 * float(after.user + after.system - before.user - before.system)


@case("page:users")
def users(bench: Workbench) -> Iterator[Line]:
    """Twenty projects open, then ten people who talk while two generators train."""
    home = bench.folder / "home"
    finished, begun = asyncio.run(_workspace(bench, home, FINISHED, BEGUN))
    training = asyncio.run(_training(bench, home))
    with served(bench.folder, home) as (url, process):
        people, sizes = [], []
        for key in (*finished, *begun):
            people.append(User(url, key))
            sizes.append(megabytes(process))
        yield from _memory(sizes)
        talking = people[-USERS // 2 :] + people[: USERS // 2]
        idle = _chatting(talking)
        trainer = User(url, training)
        trainer.ask("approve", trainer.gate, [], "")
        _wait_for_jobs(process, len(TRAINED))
        busy = _chatting(talking)
        jobs = len(_jobs(process))
    yield _replies("nothing trains", idle)
    yield _replies(f"{jobs} jobs train", busy)


def _memory(sizes: list[float]) -> Iterator[Line]:
    """After each project was opened in a tab of its own; the first also loads what all need."""
    grown = [after - before for before, after in pairwise(sizes)]
    yield Line(
        name=f"Memory of the page with {len(sizes)} open projects",
        unit="MB",
        values=(sizes[-1],),
        note=f"{FINISHED} finished ones with figures, {BEGUN} at their first card; "
        f"{sizes[0]:.0f} MB with one",
    )
    for kind, parts in (("finished", grown[: FINISHED - 1]), ("begun", grown[FINISHED - 1 :])):
        yield Line(name=f"Memory of an open project, {kind}", unit="MB", values=(fmean(parts),))


def _replies(when: str, seconds: list[float]) -> Line:
    return Line(
        name=f"Reply in the chat, {USERS} users at once, while {when}: 95th percentile",
        unit="s",
        values=(quantiles(seconds, n=20)[-1],),
        below=1.0,
        note=f"{len(seconds)} replies, median {median(seconds):.2g} s, "
        f"slowest {max(seconds):.2g} s; no language model",
    )


def _chatting(people: list[User]) -> list[float]:
    with ThreadPoolExecutor(len(people)) as pool:
        talks = [
            pool.submit(one.talk, TURNS, random.Random(number)) for number, one in enumerate(people)
        ]
        return [seconds for talk in talks for seconds in talk.result()]


def _jobs(server: psutil.Process) -> list[psutil.Process]:
    """The worker's children: one process a job."""
    return [job for worker in server.children() for job in worker.children()]


def _wait_for_jobs(server: psutil.Process, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while len(_jobs(server)) < count:
        if time.monotonic() > deadline:
            raise SynthCraftError("The two generators did not start to train.", "Try it by hand.")
        time.sleep(LOOK_S)


async def _workspace(
    bench: Workbench, home: Path, finished: int, begun: int
) -> tuple[list[str], list[str]]:
    """Finished projects, and projects at their first card."""
    from synthcraft.graph.runner import open_runner

    asked = Changes(target=TARGET, include=("cart", "marginal_distributions"), tier="quick")
    table = bench.first_rows(600)
    async with open_runner(Settings.from_env(home, {}, actor=YES.actor)) as runner:
        over = [await _led(runner, table, asked, "") for _ in range(finished)]
        views = [await runner.start([table], asked, seed=1) for _ in range(begun)]
        return over, [view.session for view in views]


async def _training(bench: Workbench, home: Path) -> str:
    """A project that waits for the training of two deep generators to be approved."""
    from synthcraft.graph.runner import open_runner

    params = dict.fromkeys(TRAINED, DEEP)
    asked = Changes(target=TARGET, include=TRAINED, parameters=params, budget_minutes=HOURS)
    async with open_runner(Settings.from_env(home, {}, actor=YES.actor)) as runner:
        return await _led(runner, bench.first_rows(2000), asked, "train")


async def _led(runner: Runner, table: Path, asked: Changes, until: str) -> str:
    """Approve every card up to the one that has this word in its title, or to the end."""
    view = await runner.start([table], asked, seed=1)
    while view.proposal and not (until and until in view.proposal.title):
        view = await runner.answer(view.session, view.interrupt_id or "", YES)
    return view.session
