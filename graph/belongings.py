"""What in a workspace a project leads to: the one notion of "referred to" that everybody uses.

A file of the store, or the record of a finished job, is referred to when a checkpoint or a release
names its hash, or when something does that is referred to itself. The rest is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from synthcraft.graph.history import config_of
from synthcraft.graph.persistence import Checkpointer
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.job_records import JobResult, record_path, record_paths
from synthcraft.tools.release.ledger import ReleaseLedger

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_JSON = (b"{", b"[")


def hashes_in(text: str) -> set[str]:
    """Every SHA-256 that a text names."""
    return set(_HASH.findall(text))


async def named_by(
    saver: Checkpointer, session: str, but: Collection[str] | None = None
) -> set[str]:
    """Every hash that the checkpoints of a project name, on all branches.

    Args:
        saver: of the workspace.
        session: the project.
        but: checkpoints that go, and with them what tasks wrote where another one holds it.
    """
    config = cast("RunnableConfig", config_of(session))
    found, followed = set[str](), set[str]()
    # One at a time, as all of them fill the memory; the newest first: what follows comes before.
    async for one in saver.alist(config):
        key = _id(one.config)
        if key not in (but or ()):
            bare = but is not None and key in followed
            found |= hashes_in(repr(one._replace(pending_writes=None) if bare else one))
        if one.parent_config:
            followed.add(_id(one.parent_config))
    return found


def _id(config: RunnableConfig) -> str:
    return str(config["configurable"]["checkpoint_id"])


class Belongings:
    """The stored files and job records of a workspace, by the projects that lead to them."""

    def __init__(self, home: Path, store: ArtifactStore) -> None:
        self.home = home
        self.store = store
        self._jobs = dict(_job_records(home))

    def reached(self, named: Iterable[str]) -> list[str]:
        """Hashes that a project leads to: named by it, or by a file or record that it names."""
        found: dict[str, None] = dict.fromkeys(sorted(named))
        waiting = list(found)
        while waiting:
            for further in sorted(self._named_by(waiting.pop()) - found.keys()):
                found[further] = None
                waiting.append(further)
        return list(found)

    def grown(self, roots: Iterable[str], kept: Collection[str] = ()) -> list[str]:
        """The roots with jobs that read any of it and what they made, but for what is kept."""
        found = dict.fromkeys(roots)
        more = True
        while more:
            made = {
                name
                for key, job in self._jobs.items()
                if found.keys() & set(job.inputs.values())
                for name in (key, *(ref.sha256 for ref in job.outputs.values()))
            }
            new = made - found.keys() - set(kept)
            found |= dict.fromkeys(sorted(new))
            more = bool(new)
        return list(found)

    def only_in(self, mine: Iterable[str], others: Iterable[str]) -> list[str]:
        """What one project alone leads to, with jobs that read any of it and what they made."""
        kept = set(self.reached(others))
        return self.grown((key for key in self.reached(mine) if key not in kept), kept)

    def unreferred(self, named: Mapping[str, set[str]], unfinished: Iterable[str]) -> list[str]:
        """Stored files that no checkpoint and no release leads to, and records of jobs with any.

        Args:
            named: project -> hashes that its checkpoints name, of every project.
            unfinished: projects that may go on: what jobs made of their data is kept for them,
                though no checkpoint names it before the step ends.
        """
        releases = ReleaseLedger(self.home).all()
        released = {key for one in releases for key in hashes_in(one.model_dump_json())}
        kept = set(self.reached(released.union(*named.values())))
        going_on = self.reached(set().union(*(named.get(name, set()) for name in unfinished)))
        kept |= set(self.reached(self.grown(going_on)))
        # A record is small, and spares what may have taken hours.
        kept |= {key for key, job in self._jobs.items() if job.files and job.files <= kept}
        return sorted(self._stored() - kept)

    def _stored(self) -> set[str]:
        """Everything that is there, by its hash."""
        places = (self.store.root.glob("??/*"), (self.home / "jobs").glob("??/*"))
        return {path.stem for place in places for path in place if _HASH.fullmatch(path.stem)}

    def paths(self, key: str) -> list[Path]:
        """Where the file and the record of this name lie, as far as they are there."""
        record = record_path(self.home, key)
        places = (self.store.path(key), record, record.with_suffix(".lock"))
        return [path for path in places if path.is_file()]

    def remove(self, hashes: Iterable[str]) -> tuple[int, int]:
        """Delete stored files and job records of these names; returns how many files, and bytes.

        What names others goes last, so that a deletion that was cut short can be done again.
        """
        files = size = 0
        for key in reversed(list(hashes)):
            for path in self.paths(key):
                files, size = files + 1, size + path.stat().st_size
                path.unlink(missing_ok=True)
        return files, size

    def _named_by(self, key: str) -> set[str]:
        job = self._jobs.get(key)
        named = {ref.sha256 for ref in job.outputs.values()} if job else set()
        path = self.store.path(key)
        if path.is_file():
            with path.open("rb") as file:
                if file.read(1) in _JSON:
                    named |= hashes_in(path.read_text(errors="replace"))
        return named


def _job_records(home: Path) -> Iterable[tuple[str, JobResult]]:
    for path in record_paths(home):
        try:
            yield path.stem, JobResult.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
