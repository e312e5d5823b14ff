"""What a worker of a cluster must share with the client: versions and a folder."""

from __future__ import annotations

import importlib.metadata
import platform
import uuid
from dataclasses import dataclass
from pathlib import Path

from synthcraft.graph.errors import ClusterError
from synthcraft.tools.artifacts import write_atomically
from synthcraft.tools.job_kinds import LIBRARIES

_MISSING = "none"


@dataclass(frozen=True)
class Meeting:
    """A place in the shared folder and the versions that count.

    Attributes:
        place: a folder of the workspace that only those who share it can find.
        versions: of Python and of every package that bytes or messages depend on.
    """

    place: Path
    versions: dict[str, str]

    @property
    def home(self) -> Path:
        """The workspace."""
        return self.place.parent.parent

    @classmethod
    def call(cls, home: Path) -> Meeting:
        """Leave a sign in the workspace."""
        place = home.absolute() / "work" / f"cluster-{uuid.uuid4().hex}"
        write_atomically(_sign(place), (place.name.encode(),))
        return cls(place, versions())


def versions() -> dict[str, str]:
    """Versions of this process; Python's patch level makes no difference."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in ("dask", "distributed", *LIBRARIES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = _MISSING
    return found


def check_versions(ours: dict[str, str], theirs: dict[str, str], where: str) -> None:
    """Compare the packages that both have named.

    Raises:
        ClusterError: some differ.
    """
    differing = [
        f"{name} {theirs[name]} (here {ours[name]})"
        for name in ours
        if name in theirs and theirs[name] != ours[name]
    ]
    if differing:
        raise ClusterError(
            f"{where} has other versions: {', '.join(differing)}.",
            "Results would not be comparable: install the same SynthCraft with the same "
            "constraints.txt on every machine of the cluster.",
            code="E_CLUSTER_VERSIONS",
        )


def attend(meeting: Meeting, where: str) -> str:
    """On a worker: find the sign and answer it; returns the name of the file with the answer.

    Raises:
        ClusterError: this worker does not have the folder, or other versions.
    """
    check_versions(meeting.versions, versions(), where)
    answer = uuid.uuid4().hex
    try:
        seen = _sign(meeting.place).read_bytes() == meeting.place.name.encode()
        if seen:
            (meeting.place / answer).write_bytes(answer.encode())
            (meeting.place / answer).chmod(0o600)
    except OSError:
        seen = False
    if not seen:
        raise not_shared(where, meeting.home)
    return answer


def heard(meeting: Meeting, answer: str) -> bool:
    """Whether the client can read what a worker wrote."""
    try:
        return (meeting.place / answer).read_bytes() == answer.encode()
    except OSError:
        return False


def not_shared(where: str, home: Path) -> ClusterError:
    """The error of a workspace that is not one folder for everybody."""
    return ClusterError(
        f"{where} does not share the workspace {home} with this machine.",
        "Give --home a folder that every machine of the cluster reads and writes under the same "
        "path and account, for example on a network drive.",
        code="E_CLUSTER_FOLDER",
    )


def _sign(place: Path) -> Path:
    return place / "sign"
