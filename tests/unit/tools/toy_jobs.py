"""Small kinds of jobs that behave and misbehave on purpose."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from typing import Any

from synthcraft.graph.errors import JobError
from synthcraft.tools.job_kinds import JobContext, job


@job("toy_write")
def write(ctx: JobContext) -> dict[str, Any]:
    """Writes a file that depends on its input, its parameters and its seed."""
    text = ctx.inputs["text"].read_text() if ctx.inputs else ""
    print("noise on standard output that is no event", flush=True)
    for step in range(3):
        ctx.progress(step / 3, f"step {step}")
        time.sleep(0.25)
    target = ctx.workdir / "out.txt"
    target.write_text(f"{text}|{ctx.params}|{random.Random(ctx.seed).random()}")
    ctx.outputs["text"] = target
    return {"pid": os.getpid()}


@job("toy_sleep")
def sleep(ctx: JobContext) -> dict[str, Any]:
    """Says which processes it has, then hangs."""
    inner = subprocess.Popen(["sleep", "600"])
    ctx.progress(0.5, f"{os.getpid()} {inner.pid}")
    time.sleep(600)
    return {}


@job("toy_slow")
def slow(ctx: JobContext) -> dict[str, Any]:
    """Takes its time, says which process does it, and writes what its seed says."""
    for step in range(10):
        ctx.progress(step / 10, str(os.getpid()))
        time.sleep(0.3)
    target = ctx.workdir / "out.txt"
    target.write_text(str(random.Random(ctx.seed).random()))
    ctx.outputs["text"] = target
    return {}


@job("toy_eat")
def eat(ctx: JobContext) -> dict[str, Any]:
    """Takes memory in small bites, or all in one."""
    if ctx.params.get("at_once"):
        return {"bytes": len(bytearray(1 << 40))}
    eaten = []
    while True:
        eaten.append(os.urandom(8 << 20))
        time.sleep(0.01)


@job("toy_die")
def die(ctx: JobContext) -> dict[str, Any]:
    """Is killed from outside."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


@job("toy_fail")
def fail(ctx: JobContext) -> dict[str, Any]:
    """Fails with an error that quotes a cell, or with one of ours."""
    if ctx.params.get("ours"):
        raise JobError("Too few rows.", "Ask for fewer.", code="E_TOO_FEW_ROWS")
    raise ValueError("could not convert 'Mrs Miller' to a number")


@job("toy_threads")
def threads(ctx: JobContext) -> dict[str, Any]:
    """Counts the threads that numerical libraries would use here."""
    import numpy as np
    import torch
    from threadpoolctl import threadpool_info

    np.ones((50, 50)) @ np.ones((50, 50))
    return {
        "torch": torch.get_num_threads(),
        "pools": {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()},
    }
