"""What runs in the interpreter of the engine dpmm: fit once, then draw as often as is asked.

Started with `--versions` it prints what is installed. Else it reads JSON lines on standard input,
first the job, then draws, and answers each with one JSON line; progress comes in between. Tables
are arrays of codes in files. It imports nothing of ours: only the standard library and the engine.

Pinned here, as seen in dpmm 0.1.9: the noise comes from a source that no seed repeats, and the
order of elimination from one that is seeded anew each time; both would differ at every run. Every
draw of noise is entered in a ledger, from which the budget is computed a second time by the caller.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

Say = Callable[..., None]


class Ledger:
    """What the mechanisms spent, in zero-concentrated privacy; and the progress that makes."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.budget = 1.0
        self.spent = 0.0
        self.draws = 0

    def enter(self, rho: float, words: str) -> None:
        """One measurement or one choice."""
        self.spent += rho
        self.draws += 1
        share = min(self.spent / self.budget, 1.0)
        self.say(event="progress", fraction=share, message=words)


def _pin(seed: int, ledger: Ledger) -> None:
    """Noise and elimination orders from the seed, each use on the ledger."""
    import numpy as np
    from dpmm.models import aim, mst  # type: ignore[import-not-found]
    from dpmm.models.base.mechanisms import mechanism  # type: ignore[import-not-found]

    rng = np.random.default_rng([seed, 1])
    original = np.random.RandomState

    class Pinned(original):  # type: ignore[misc, valid-type]
        def __init__(self, own: Any = None) -> None:
            super().__init__(int(rng.integers(2**32)) if own is None else own)

    # One row changes one cell by one: sensitivity 1.
    def gaussian(sigma: float, size: Any = None) -> Any:
        ledger.enter(0.5 / float(sigma) ** 2, "measuring a table of counts")
        return rng.normal(0.0, sigma, size)

    def counted(choose: Callable[..., Any]) -> Callable[..., Any]:
        def choice(self: Any, q: Any, eps: float, *rest: Any, **more: Any) -> Any:
            ledger.enter(float(eps) ** 2 / 8, "choosing what to measure")
            return choose(self, q, eps, *rest, **more)

        return choice

    np.random.RandomState = Pinned  # type: ignore[assignment, misc]
    for module in (aim, mst, mechanism):
        module.gaussian_noise = gaussian
    for kind in (aim.AIM, mst.MST):
        kind.exponential_mechanism = counted(kind.exponential_mechanism)


def _fit(job: dict[str, Any], say: Say) -> Any:
    """The fitted model; its noise is spent here and never again."""
    import numpy as np
    import pandas as pd
    from dpmm.models.aim import AIMGM  # type: ignore[import-not-found]
    from dpmm.models.mst import MSTGM  # type: ignore[import-not-found]

    ledger = Ledger(say)
    _pin(int(job["seed"]), ledger)
    frame = pd.DataFrame(np.load(job["data"], allow_pickle=False), columns=job["columns"])
    kind = {"aim": AIMGM, "mst": MSTGM}[job["model"]]
    model = kind(
        **job["params"],
        domain=dict(zip(job["columns"], job["sizes"], strict=True)),
        random_state=np.random.RandomState(job["seed"]),
        n_jobs=1,
    )
    ledger.budget = model.generator.rho
    model.fit(frame)
    say(event="fitted", rho=ledger.spent, draws=ledger.draws)
    return model


def _draw(model: Any, order: dict[str, Any], columns: list[str], say: Say) -> None:
    import numpy as np

    model.set_random_state(np.random.RandomState(order["seed"]))
    made = model.generate(n_records=order["rows"])[columns].to_numpy(dtype="int64")
    np.save(order["path"], made, allow_pickle=False)
    say(event="drawn", rows=len(made))


def serve() -> None:
    """Until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # Whatever the engine prints goes to the log.
    os.dup2(2, 1)

    def say(**event: Any) -> None:
        answers.write(json.dumps(event) + "\n")

    try:
        job = json.loads(sys.stdin.readline())
        model = _fit(job, say)
        for line in sys.stdin:
            _draw(model, json.loads(line), job["columns"], say)
    except MemoryError:
        say(event="failed", code="E_MEMORY", name="MemoryError")
    except Exception as error:
        traceback.print_tb(error.__traceback__)  # its words may quote the table
        say(event="failed", code="E_FIT_FAILED", name=type(error).__name__)


def versions() -> None:
    """Import the engine, and print every package with its version."""
    import importlib.metadata as metadata

    import dpmm.models.aim  # type: ignore[import-not-found]
    import dpmm.models.mst  # noqa: F401

    found = {each.metadata["Name"].lower(): each.version for each in metadata.distributions()}
    print(json.dumps({"python": sys.version.split()[0], "packages": found}))


if __name__ == "__main__":
    versions() if sys.argv[1:] == ["--versions"] else serve()
