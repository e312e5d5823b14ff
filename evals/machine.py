"""The machine that a measurement was made on, in words: no host name, no path."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from synthcraft.tools.provenance import cpu_model

PACKAGES = ("synthcraft", "langgraph", "gradio", "pandas", "numpy", "torch", "synthcity")


class Machine(BaseModel):
    """What the numbers depend on besides the code."""

    model_config = ConfigDict(frozen=True)

    cpu: str
    cores: int
    memory_gb: float
    python: str
    packages: dict[str, str]
    load: float
    """Processes that wanted a core in the minute before: others may have been at work."""

    def sentence(self) -> str:
        """One line for a report."""
        versions = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gb:.0f} GB, Python {self.python}, "
            f"{versions}; load average at the start {self.load:.1f}"
        )


def this_machine() -> Machine:
    """Facts about this machine; nothing heavy is imported."""
    return Machine(
        cpu=cpu_model(Path("/proc/cpuinfo")),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        python=platform.python_version(),
        packages={name: version(name) for name in PACKAGES},
        load=round(os.getloadavg()[0], 2),
    )
