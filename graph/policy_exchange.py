"""What was learnt at several sites: merged exactly, exported thinned out, put aside, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.graph.memory import drift_file
from synthcraft.graph.policy_file import (
    PolicyFile,
    free_name,
    locked,
    not_written,
    read,
    write,
)
from synthcraft.graph.statistics import SUMS, counts_problem
from synthcraft.tools.counts import MICRO, Counts, add_counts

EXPORT_PROJECTS = 5
"""Fewer projects than this might be recognised in the counts."""
EXPORT_OBSERVATIONS = 2
"""A name with less data than this is left out of an export."""


def opened(path: Path) -> PolicyFile:
    """A file of counts of this version.

    Raises:
        NotFoundError: there is none.
        InputError: it cannot be used; it stays as it is.
    """
    found, problem = read(path)
    if problem:
        raise InputError(
            f"{path.name} cannot be used: {problem}.",
            "Nothing was changed. Ask for the file again, or put it aside.",
        )
    if found is None:
        raise NotFoundError(f"There is no file {path.name} in {path.parent}.")
    if not found.ours:
        raise InputError(
            f"{path.name} was learnt with another table of actions or other rules, so its "
            "counts do not mean the same here.",
            "Nothing was changed: counts can be joined between equal versions only.",
        )
    return found


def merge_files(path: Path, others: Sequence[Path]) -> PolicyFile:
    """Add the files of other sites to ours: an exact sum, in any order; ours stays as `.prev`.

    Raises:
        InputError: a file cannot be used or was given twice; nothing is changed then.
    """
    files = [opened(other) for other in others]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            if path.exists():
                files.append(opened(path))
            if len({file.digest for file in files}) < len(files):
                raise InputError(
                    "The same counts were given twice, or are what is here already.",
                    "Name each site's file once, and not your own.",
                )
            total: Counts = {}
            for file in files:
                total = add_counts(total, file.counts)
            if problem := counts_problem(total):
                raise InputError(f"The sum of the files cannot be used: {problem}.")
            merged = PolicyFile.of(total, sum(file.n_pipelines for file in files))
            write(path, merged)
            return merged
    except OSError as error:
        raise not_written(path, error) from error


def reset(path: Path) -> Path | None:
    """Begin again from the priors: the file is renamed, never deleted; None if there was none."""
    if not path.exists():
        return None
    try:
        with locked(path):
            aside = free_name(path, "reset")
            path.rename(aside)
        nets = drift_file(path)
        if nets.exists():
            with locked(nets):
                nets.rename(free_name(nets, "reset"))
        return aside
    except OSError as error:
        raise not_written(path, error) from error


def export(path: Path, out: Path) -> PolicyFile:
    """Write the counts that may leave the installation into a new file.

    Raises:
        InputError: too few projects, or `out` exists already.
    """
    ours = opened(path)
    if ours.n_pipelines < EXPORT_PROJECTS:
        raise InputError(
            f"The file holds the counts of {ours.n_pipelines} projects; "
            f"an export needs at least {EXPORT_PROJECTS}.",
            "With fewer, the counts would describe single projects.",
        )
    if out.exists():
        raise InputError(f"{out.name} exists already.", "Choose another name.")
    kept = {k: pair for k, pair in ours.counts.items() if observed(k, pair) >= EXPORT_OBSERVATIONS}
    thinned = PolicyFile.of(kept, ours.n_pipelines)
    try:
        write(out, thinned)
    except OSError as error:
        raise not_written(out, error) from error
    return thinned


def observed(key: str, pair: tuple[int, int]) -> float:
    """How many observations stand behind one pair of counts."""
    return (pair[0] if key.startswith(SUMS) else pair[0] + pair[1]) / MICRO
