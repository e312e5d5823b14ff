"""Many people on one page: what a project costs in memory, and how soon everybody is answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from statistics import fmean, median, quantiles

import psutil

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.bench_page import megabytes, served
from synthcraft.evals.page_user import SAID, User
from synthcraft.evals.page_work import TRAINED, jobs_of, training, wait_for_jobs, workspace

FINISHED, BEGUN, USERS, TURNS = 3, 17, 10, 10
EVENTS = 40


@case("page:events")
def events(bench: Workbench) -> Iterator[Line]:
    """Processor time of the page for what a tab asks most; other work on the machine adds none."""
    home = bench.folder / "home"
    key = asyncio.run(workspace(bench, home, finished=1, begun=0))[0][0]
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
    finished, begun = asyncio.run(workspace(bench, home, FINISHED, BEGUN))
    deep = asyncio.run(training(bench, home))
    with served(bench.folder, home) as (url, process):
        people, sizes = [], []
        for key in (*finished, *begun):
            people.append(User(url, key))
            sizes.append(megabytes(process))
        yield from _memory(sizes)
        talking = people[-USERS // 2 :] + people[: USERS // 2]
        idle = _chatting(talking)
        trainer = User(url, deep)
        trainer.ask("approve", trainer.gate, [], "")
        wait_for_jobs(process, len(TRAINED))
        busy = _chatting(talking)
        jobs = len(jobs_of(process))
    yield replies("nothing trains", idle)
    yield replies(f"{jobs} jobs train", busy)


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


def replies(when: str, seconds: list[float]) -> Line:
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
