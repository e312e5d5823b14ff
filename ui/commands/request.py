"""From options to typed changes: what a person asks for before a project starts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import InputError

if TYPE_CHECKING:
    from synthcraft.graph.records import Plan

AUTO = "auto"
"""As a generator: the choice is made by running few of them."""


def parameters(assignments: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`GEN.NAME=VALUE` options by generator; values are JSON where they can be, else text.

    Raises:
        InputError: an assignment has another form.
    """
    found: dict[str, dict[str, Any]] = {}
    for assignment in assignments:
        left, equals, value = assignment.partition("=")
        generator, dot, name = left.strip().partition(".")
        if not (equals and dot and generator and name):
            raise InputError(
                f"The parameter {left.strip()!r} is not of the form GENERATOR.NAME=VALUE.",
                "For example: --param ctgan.n_iter=500",
            )
        found.setdefault(generator, {})[name] = _value(value.strip())
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def named_or_chosen(names: Sequence[str]) -> dict[str, Any]:
    """Changes by what `--generators` says: `auto` leaves the choice open, among others it names."""
    named = tuple(name for name in names if name.lower() != AUTO)
    return {"include": named} | ({"choose": True} if len(named) < len(names) else {})


def read_plan(path: Path) -> Plan:
    """A recorded plan, as `results.json` and `reproduce.py` keep it.

    Raises:
        InputError: the file is not there or is no plan.
    """
    from pydantic import ValidationError

    from synthcraft.graph.records import Plan

    try:
        return Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"The plan {str(path)!r} cannot be read: {error.strerror}.", "Check the path."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"The file {str(path)!r} is not a plan: {place}: {first['msg']}.",
            "Give a plan in JSON, as an earlier run recorded it.",
        ) from error


def check_out(out: Path | None) -> None:
    """Find out now, not after the run, that results could not be written.

    Raises:
        InputError: the folder for the results cannot be written.
    """
    if out is None:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder {str(out)!r} cannot be made: {error.strerror}.", "Choose another --out."
        ) from error
    if not os.access(out, os.W_OK):
        raise InputError(f"The folder {str(out)!r} cannot be written.", "Choose another --out.")
