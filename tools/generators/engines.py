"""Engines that live in interpreters of their own, inside the workspace.

`HOME/engines/NAME` is a virtual environment with a record of what was installed. The pins of an
engine come with us as a file of names and versions; where packages come from is the business of
the machine's own settings.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from synthcraft.graph.errors import JobError, NotFoundError
from synthcraft.tools.generators.base import GeneratorSpec

RECORD = "engine.json"
_HOME = "SYNTHCRAFT_HOME"


class Engine(BaseModel):
    """What can be installed."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    licence: str
    claim: str

    @property
    def requirements(self) -> Path:
        """Its pins."""
        return _file(f"{self.name}_requirements.txt")

    @property
    def driver(self) -> Path:
        """What runs inside its interpreter."""
        return _file(f"{self.name}_driver.py")

    @property
    def digest(self) -> str:
        """SHA-256 of the pins."""
        return hashlib.sha256(self.requirements.read_bytes()).hexdigest()


class Installed(BaseModel):
    """The record of an installation."""

    name: str
    python: str
    requirements_sha256: str
    packages: dict[str, str]
    size_mb: float


ENGINES = {
    "dpmm": Engine(
        name="dpmm",
        title="dpmm",
        licence="Apache-2.0",
        claim="formal mechanism, domain from data",
    )
}


def _file(name: str) -> Path:
    return Path(str(resources.files("synthcraft.tools.generators") / name))


def engine(name: str) -> Engine:
    """An engine by name.

    Raises:
        NotFoundError: with the names that there are.
    """
    if name not in ENGINES:
        listed = ", ".join(ENGINES)
        raise NotFoundError(f"There is no engine called {name[:60]!r}.", f"There are: {listed}.")
    return ENGINES[name]


def folder(home: Path, name: str) -> Path:
    """Where an engine is, or would be."""
    return home / "engines" / name


def python_of(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / "bin" / "python"


def installed(home: Path, name: str) -> Installed | None:
    """The record of an engine that is there with the pins that we know; else None."""
    place = folder(home, name)
    try:
        record = Installed.model_validate_json((place / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    right = record.requirements_sha256 == engine(name).digest and python_of(place).exists()
    return record if right else None


def available(spec: GeneratorSpec, home: Path | None) -> bool:
    """Whether a generator can run in this workspace now; without one, only what needs no engine."""
    return spec.available or bool(home and spec.engine and installed(home, spec.engine))


def seen_from(home: Path, spec: GeneratorSpec) -> GeneratorSpec:
    """A spec as it stands in this workspace now."""
    here = available(spec, home)
    return spec.model_copy(update={"available": here, "reason": "" if here else spec.reason})


def require(spec: GeneratorSpec, home: Path) -> None:
    """Refuse a generator that cannot run in this workspace.

    Raises:
        JobError: with the reason.
    """
    if not available(spec, home):
        raise JobError(f"{spec.title} is not available here: {spec.reason}", code="E_UNAVAILABLE")


def workspace() -> Path:
    """The workspace of this process: a worker is told its own."""
    return Path(os.environ.get(_HOME) or Path.home() / ".synthcraft").expanduser()


def remember(home: Path) -> None:
    """Tell this process and its children where the workspace is."""
    os.environ[_HOME] = str(home.absolute())


def remove(home: Path, name: str) -> bool:
    """Take an engine away; whether it, or what was left of it, was there."""
    place = folder(home, engine(name).name)
    if not place.exists():
        return False
    shutil.rmtree(place)
    return True


def write_record(environment: Path, record: Installed) -> None:
    """The last thing an installation does."""
    text = json.dumps(record.model_dump(), indent=2, sort_keys=True)
    (environment / RECORD).write_text(text + "\n", encoding="utf-8")
