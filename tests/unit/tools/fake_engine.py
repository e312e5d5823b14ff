"""An engine that speaks the protocol, well or badly: `python fake_engine.py HOW`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


SAID: dict[str, Callable[[], object]] = {
    "well": lambda: None,
    "dies": lambda: sys.exit(3),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "garbage": lambda: print("patient 17 has 0.31", flush=True),
    "list": lambda: print("[1, 2]", flush=True),
    "endless": lambda: sys.stdout.write("x" * 300_000),
    "progressless": lambda: say(event="progress", fraction="patient 17", message=""),
    "fails": lambda: say(event="failed", code="E_FIT_FAILED", name="ValueError: patient 17"),
    "memory": lambda: say(event="failed", code="E_MEMORY", name="MemoryError"),
    "sleeps": lambda: time.sleep(600),
}


def main(how: str) -> None:
    json.loads(sys.stdin.readline())
    SAID[how]()
    for share in (0.25, 0.5, 1.0):
        say(event="progress", fraction=share, message="step")
    say(event="fitted", rho=0.01, draws=3, env=sorted(os.environ))
    for line in sys.stdin:
        say(event="drawn", rows=json.loads(line)["rows"])


if __name__ == "__main__":
    main(sys.argv[1])
