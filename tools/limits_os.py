"""Limits that the operating system keeps for us: memory, threads, death with the parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

import psutil

ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "LOKY_MAX_CPU_COUNT",
    )
} | {
    "JOBLIB_MULTIPROCESSING": "0",
    "CUDA_VISIBLE_DEVICES": "",
    "TQDM_DISABLE": "1",
    # Some engines walk through sets of column names.
    "PYTHONHASHSEED": "0",
}
"""Environment of the workers: parallel jobs, not parallel libraries; the same bytes each time."""

MB = 1 << 20
_PR_SET_PDEATHSIG = 1
_NICE = 10


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, whatever ended it."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have ended before the call above.
    if os.getppid() != parent:
        os._exit(1)


def give_way() -> None:
    """Have people who wait for an answer come first: jobs take the processor that is left.

    A kernel that shares out time by session (autogroups) looks at the session's own number.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    if os.getsid(0) == os.getpid():  # the session is this worker's alone
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICE))


def _data_segment() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0


def limit_memory(memory_mb: int) -> None:
    """Second line behind the watchdog: one huge allocation fails before it is made."""
    limit = _data_segment() + int(memory_mb * 1.25 + 64) * MB
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def tree_mb(pid: int) -> float:
    """Resident memory of a process and its descendants, in megabytes; 0 when it is gone."""
    total = 0
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    for member in members:
        with suppress(psutil.Error):
            total += member.memory_info().rss
    return total / MB


def kill_group(pid: int) -> None:
    """Kill what is left of a job's process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
