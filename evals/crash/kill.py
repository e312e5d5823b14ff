"""One kill: a run is ended by SIGKILL at a moment, resumed, and held against a whole run."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from synthcraft.evals.bench_commands import PATIENCE_S, start
from synthcraft.evals.crash.moments import Moment, Place, Victim
from synthcraft.evals.crash.watch import watching
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.repair import examine
from synthcraft.graph.session_index import SessionIndex
from synthcraft.graph.sqlite import FILE
from synthcraft.graph.views import SessionInfo
from synthcraft.tools.artifacts import abandoned
from synthcraft.tools.audit import Entry, audit_log
from synthcraft.tools.job_records import record_paths

WORKER = "synthcraft.tools.worker"
TRIES = 3
_LOOK_S = 0.05


@dataclass(frozen=True)
class Run:
    """What is run again and again: one table and one seed, in a folder that is thrown away."""

    folder: Path
    table: Path
    asked: tuple[str, ...]

    def place(self, name: str) -> Place:
        """Where one run works; what an earlier one left there goes."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return Place(self.folder / name / "home", self.folder / name / "out")

    def start(self, place: Place, words: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command there; what it says is kept beside it."""
        places = ("--home", str(place.home), "--out", str(place.out))
        place.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (place.home.parent / "said").open("ab") as said:
            words = (*words, "--approve", "auto", "--json", *places)
            return start(self.folder, words, said)

    def begin(self, place: Place) -> subprocess.Popen[bytes]:
        """Start the run from the beginning."""
        return self.start(place, ("run", str(self.table), *self.asked))


@dataclass(frozen=True)
class Whole:
    """A run that nothing disturbed."""

    files: dict[str, bytes]
    fit: str
    """Key of the job that trained."""
    happened: Counter[str]


@dataclass(frozen=True)
class Ending:
    """What came of a kill."""

    moment: Moment
    hit: bool = False
    """Whether the run was still going when the moment came."""
    recovered: bool = False
    same: bool = False
    kept: bool = False
    """No finished job was carried out again."""
    audit: bool = False
    clean: bool = False
    """Nothing lay about, or `doctor --repair` took it away."""
    said: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing was lost."""
        return self.recovered and self.same and self.kept and self.audit and self.clean


def undisturbed(run: Run) -> Whole:
    """Run once, and count what happens."""
    place = run.place("whole")
    seen: list[Path] = []
    with watching() as watch:
        place.watch(watch)
        process = run.begin(place)
        while process.poll() is None:
            seen += watch.seen(_LOOK_S)
        seen += watch.seen(0)
    if process.returncode:
        raise SynthCraftError("The run that nothing disturbs failed.", said_last(place))
    fit = next(key for key, outputs in _records(place).items() if "synthetic" in outputs)
    kinds = Counter(kind for path in seen if (kind := place.kind(path, fit)))
    return Whole(_tables(place), fit, kinds)


def killed(run: Run, whole: Whole, moment: Moment, name: str) -> Ending:
    """Run, kill at the moment, resume, compare; the folder is kept only if something was lost."""
    place = run.place(name)
    before = _kill_at(run, whole, moment, place)
    if before is None:
        ending = Ending(moment)
    else:
        recovered = _recover(run, place)
        ending = Ending(
            moment,
            hit=True,
            recovered=recovered,
            same=_tables(place) == whole.files,
            kept=before.items() <= _written(place).items(),
            audit=_verified(place),
            clean=_clean(place),
            said="" if recovered else said_last(place),
        )
    if ending.good or not ending.hit:
        shutil.rmtree(place.home.parent)
    return ending


def _kill_at(run: Run, whole: Whole, moment: Moment, place: Place) -> dict[str, int] | None:
    """Start a run and kill it; the jobs finished by then, None if it ended before the moment."""
    left, deadline = moment.nth, time.monotonic() + PATIENCE_S
    with watching() as watch:
        place.watch(watch)
        process = run.begin(place)
        while left > 0 and process.poll() is None and time.monotonic() < deadline:
            left -= sum(place.kind(path, whole.fit) == moment.kind for path in watch.seen(_LOOK_S))
    time.sleep(moment.later_s)
    hit = process.poll() is None and left <= 0
    done = _written(place)
    _kill(process, moment.victim)
    return done if hit else None


def _kill(process: subprocess.Popen[bytes], victim: Victim) -> None:
    """Kill whom is meant, then wait until nothing of the run is left.

    Where no worker is there (yet), the parent is killed in its place.
    """
    try:
        below = psutil.Process(process.pid).children(recursive=True)
        workers = [each for each in below if WORKER in each.cmdline()]
    except psutil.NoSuchProcess:
        below = workers = []
    whom = workers if victim != "parent" else []
    for worker in whom:
        worker.kill()
    if victim != "worker" or not whom:
        process.kill()
    try:
        process.wait(PATIENCE_S)
    finally:
        process.kill()
    _, alive = psutil.wait_procs(below, timeout=30)
    if alive:
        raise SynthCraftError("A process of a killed run goes on.", f"{len(alive)} are left.")


def _recover(run: Run, place: Place) -> bool:
    """Go on as a person would: resume the project, or begin again where there is none.

    Where that does not work, the doctor is asked first.
    """
    for _ in range(TRIES):
        projects = _projects(place)
        if projects:
            process = run.start(place, ("sessions", "resume", projects[0].session))
        else:
            process = run.begin(place)
        if process.wait(PATIENCE_S) == 0:
            return _projects(place)[0].status == "finished"
        for _ in examine(place.home, repair=True):
            pass
    return False


def _projects(place: Place) -> list[SessionInfo]:
    return SessionIndex(place.home / FILE).all()


def _tables(place: Place) -> dict[str, bytes]:
    files = sorted((place.out / "synthetic").iterdir())
    return {file.name: file.read_bytes() for file in files if file.suffix in (".csv", ".parquet")}


def _records(place: Place) -> dict[str, list[str]]:
    """Finished jobs: key -> names of what they made."""
    files = record_paths(place.home)
    return {file.stem: list(json.loads(file.read_bytes())["outputs"]) for file in files}


def _written(place: Place) -> dict[str, int]:
    """Finished jobs, and the file that each was written down in: a second time makes another."""
    return {file.stem: file.stat().st_ino for file in record_paths(place.home)}


def _verified(place: Place) -> bool:
    """Whether the log is whole up to the last entry of the project, and no gate was asked twice."""
    try:
        lines = (place.out / "audit.jsonl").read_bytes().splitlines()
    except OSError:
        return False
    entries = [Entry.model_validate_json(line) for line in lines]
    gates = [each.body["gate"] for each in entries if each.body["kind"] == "approval"]
    (project, *_) = _projects(place)
    head = entries[-1].hash if entries else ""
    problems = audit_log(place.home, project.session).verify(head)
    return bool(gates) and len(gates) == len(set(gates)) and not problems


def _clean(place: Place) -> bool:
    """Whether nothing is left half in the results, and nothing in the workspace once mended."""
    for _ in examine(place.home, repair=True):
        pass
    return not list(examine(place.home, repair=False)) and not list(abandoned(place.out))


def said_last(place: Place) -> str:
    """The last words of the commands of a run."""
    try:
        return (place.home.parent / "said").read_text(errors="replace").splitlines()[-1]
    except (OSError, IndexError):
        return ""
