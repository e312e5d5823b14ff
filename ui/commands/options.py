"""Options that several commands share, and the choices they accept."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from synthcraft.graph.errors import InputError

if TYPE_CHECKING:
    from synthcraft.graph.deps import Settings

# Copies of the literals in graph.records, graph.team, tools.pack and tools.report, which would
# bring pydantic into `--help`; a test holds the two together.
UseCase = Literal["sharing", "augmentation", "privacy", "development"]
Task = Literal["classification", "regression", "survival", "none"]
Preset = Literal["quick", "standard", "paper"]
Tier = Literal["quick", "standard", "publication"]
Approve = Literal["ask", "auto"]
LlmMode = Literal["none", "local", "approved"]
Verdict = Literal["approve", "revise", "question", "stop"]
TeamRole = Literal["analyst", "steward"]
Level = Literal["steward", "research", "public"]
ReleaseTier = Literal["internal", "registered", "public"]
Form = Literal["html", "pdf", "docx", "json"]

Home = Annotated[
    Path | None,
    typer.Option(help="Workspace; else SYNTHCRAFT_HOME, else ~/.synthcraft.", metavar="DIR"),
]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Database of the projects: postgresql://USER@HOST/NAME; else a file."
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Dask scheduler that runs the jobs: tcp://HOST:PORT or tls://…"
    ),
]
Llm = Annotated[
    LlmMode | None,
    typer.Option(
        help="Language model: none; local: on this machine or network; approved: a named service."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Target = Annotated[str | None, typer.Option(help="Outcome column.")]
TaskOption = Annotated[Task | None, typer.Option(help="What the outcome is for.")]
Time = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Time until the event (survival).")
]
Session = Annotated[str, typer.Argument(help="Session id, as `sessions list` shows it.")]
Actor = Annotated[
    str | None, typer.Option(help="Name under which your decisions are recorded.", metavar="NAME")
]
ApproveOption = Annotated[
    Approve, typer.Option(help="ask: you decide at every gate; auto: a named auto-approver does.")
]
Out = Annotated[
    Path | None, typer.Option(help="Folder for the results; else out/SESSION.", metavar="DIR")
]


def read_settings(home: Path | None, **overrides: Any) -> Settings:
    """Settings from the environment and the command line.

    Raises:
        InputError: a setting has a value that cannot be used.
    """
    from pydantic import ValidationError

    from synthcraft.graph.deps import Settings

    try:
        return Settings.from_env(home, **overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        given = overrides.get(name) is not None
        raise InputError(
            f"The setting {name!r} cannot be used: {why}.",
            f"Look at {f'--{name}' if given else f'SYNTHCRAFT_{name.upper()} in the environment'}.",
        ) from error


def existing(path: Path, what: str) -> Path:
    """The path of a file that is there.

    Raises:
        InputError: there is none.
    """
    if not path.is_file():
        raise InputError(f"The {what} {str(path)!r} does not exist.", "Check the path.")
    return path


def names(values: Sequence[str] | None) -> tuple[str, ...]:
    """Names given as `a,b`, as a repeated option, or both; a name with a comma goes in quotes."""
    lines = csv.reader(values or (), skipinitialspace=True)
    found = (name.strip() for line in lines for name in line)
    return tuple(dict.fromkeys(name for name in found if name))


def roles(single: Mapping[str, str | None], **several: Sequence[str] | None) -> dict[str, Any]:
    """Columns by their roles, as a plan has them; without those that nothing was given for."""
    given = {**single, **{role: names(values) for role, values in several.items()}}
    return {role: value for role, value in given.items() if value}
