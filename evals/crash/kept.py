"""Kills as lines of a file, so that a batch that was ended goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from synthcraft.evals.crash.kill import Ending
from synthcraft.evals.crash.moments import Moment


class Kept:
    """The kills of one seed, in their order; also those whose moment never came."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._path = folder / f"kills-{seed}.jsonl"

    def read(self) -> list[Ending]:
        """Those that were made; a line that was cut off is made anew."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        return [_ending(json.loads(line)) for line in lines]

    def add(self, ending: Ending) -> None:
        """One more."""
        lines = [_line(one) for one in (*self.read(), ending)]
        self._path.write_text("".join(lines), encoding="utf-8")


def _line(ending: Ending) -> str:
    return json.dumps(asdict(ending) | {"moment": ending.moment.words()}) + "\n"


def _ending(values: dict[str, Any]) -> Ending:
    return Ending(**values | {"moment": Moment.read(values["moment"])})
