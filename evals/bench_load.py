"""Ten minutes of talk beside training: replies, memory before and after deletion, lost messages."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.bench_page import megabytes, served
from synthcraft.evals.bench_users import replies
from synthcraft.evals.page_user import SAID, User
from synthcraft.evals.page_work import TRAINED, jobs_of, training, wait_for_jobs, workspace

PEOPLE, MINUTES = 10, 10.0


@dataclass
class Talk:
    """One person's project: what was said in it, and how long each reply took."""

    user: User
    said: list[str] = field(init=False)
    """What stood there before, and what was added."""
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.said = self.user.said()

    def until(self, end: float, rng: random.Random) -> None:
        """Talk until the clock says so."""
        while time.monotonic() < end:
            words = rng.choice(SAID)
            self.said.append(words)
            self.seconds.append(self.user.turn(words, rng))


@case("page:load")
def load(bench: Workbench) -> Iterator[Line]:
    """Ten people talk in projects of their own for ten minutes while two generators train."""
    yield from loaded(bench, PEOPLE, MINUTES)


def loaded(bench: Workbench, people: int, minutes: float) -> Iterator[Line]:
    """The measurement with so many people, for so long."""
    home = bench.folder / "home"
    keys = asyncio.run(workspace(bench, home, 0, people))[1]
    deep = asyncio.run(training(bench, home))
    with served(bench.folder, home) as (url, process):
        trainer = User(url, deep)
        trainer.ask("approve", trainer.gate, [], "")
        wait_for_jobs(process, len(TRAINED))
        talks = [Talk(User(url, key)) for key in keys]
        opened, half, end = _talking(talks, process, minutes)
        jobs = len(jobs_of(process))
        yield replies(
            f"{jobs} jobs train, for {minutes:g} minutes", [s for t in talks for s in t.seconds]
        )
        yield _lost(talks, [User(url, key).said() for key in keys])
        yield _grown(opened, half, end, people)
        yield from _deleted(talks, process, home, end)


def _talking(
    talks: list[Talk], process: psutil.Process, minutes: float
) -> tuple[float, float, float]:
    """Memory before the talk, when half of it is over, and at its end."""
    began, opened = time.monotonic(), megabytes(process)
    with ThreadPoolExecutor(len(talks)) as pool:
        end = began + 60 * minutes
        todo = [pool.submit(t.until, end, random.Random(i)) for i, t in enumerate(talks)]
        time.sleep(30 * minutes)
        half = megabytes(process)
        for each in todo:
            each.result()
    return opened, half, megabytes(process)


def _lost(talks: list[Talk], shown: list[list[str]]) -> Line:
    """A tab opened afterwards shows what was said: all of it, once, in its order."""
    wrong = sum(found != talk.said for talk, found in zip(talks, shown, strict=True))
    return Line(
        name="Conversations that lack, repeat or mix up a message",
        unit="conversations",
        values=(float(wrong),),
        below=1.0,
        note=f"{sum(len(talk.said) for talk in talks)} messages in {len(talks)} projects, read in "
        "a new tab",
    )


def _grown(opened: float, half: float, end: float, people: int) -> Line:
    return Line(
        name="Memory that a project gains by the talk",
        unit="MB",
        values=((end - opened) / people,),
        note=f"of it in the second half {(end - half) / people:.1f}; the page held {opened:.0f} MB "
        f"before and {end:.0f} MB after",
    )


def _deleted(
    talks: list[Talk], process: psutil.Process, home: Path, before: float
) -> Iterator[Line]:
    """Memory and disk once every one of these projects is deleted on the page."""
    held = _stored(home)
    for talk in talks:
        talk.user.ask("delete")
        talk.user.ask("yes")
    yield Line(
        name=f"Memory of the page after {len(talks)} of {len(talks) + 1} projects were deleted",
        unit="MB",
        values=(megabytes(process),),
        note=f"{before:.0f} MB with them",
    )
    yield Line(
        name="Workspace after their deletion",
        unit="MB",
        values=(_stored(home),),
        note=f"{held:.1f} MB with them; the table is shared with the project that trains",
    )


def _stored(home: Path) -> float:
    """Megabytes on disk, but for the logs of jobs that still run."""
    files = (path for path in home.rglob("*") if path.is_file() and path.suffix != ".log")
    return sum(path.stat().st_size for path in files) / 1e6
