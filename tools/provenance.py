"""What a result depended on besides data, plan and seed: machine, interpreter, versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "synthcity",
    "torch",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "xgboost",
    "opacus",
    "langgraph",
    "pydantic",
    "matplotlib",
)
"""Those whose version can change a synthetic file, a number or a figure."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


def utc_now() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def environment() -> dict[str, Any]:
    """Facts about this installation; nothing heavy is imported and no host name is read."""
    return {
        "synthcraft": _version("synthcraft"),
        "commit": _commit(Path(__file__).resolve().parent.parent),
        "container": container_digest(os.environ),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu_model(Path("/proc/cpuinfo")),
        "cpus": os.cpu_count(),
        "memory_mb": _memory_mb(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def container_digest(environ: Mapping[str, str]) -> str | None:
    """Digest of the image that we run in, as who started it has said: from inside nobody can tell.

    Only the digest is kept, since the name in front of it tells where an institution keeps images.
    """
    said = environ.get("SYNTHCRAFT_CONTAINER", "").strip()
    found = _DIGEST.search(said)
    return found[0] if found else "named without a sha256 digest" if said else None


def installed() -> list[str]:
    """Every package of this installation as `name==version`, in order; no address of any."""
    found = {str(each.metadata["Name"]): each.version for each in distributions()}
    return sorted(f"{name.lower()}=={number}" for name, number in found.items() if number)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def cpu_model(facts: Path) -> str:
    """Model of the processor as Linux names it in the file, else its kind."""
    if facts.is_file():
        for line in facts.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _memory_mb() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (AttributeError, OSError, ValueError):
        return None


def _commit(root: Path) -> str | None:
    """The commit of a source checkout, with `-dirty` after it when files were changed since."""
    if not (root / ".git").exists():
        return None
    command = ["git", "describe", "--always", "--exclude=*", "--abbrev=40", "--dirty"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
