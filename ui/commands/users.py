"""`synthcraft users`: who may log in to the page of a team."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.ui.commands import options

app = typer.Typer(help="Who may log in to `synthcraft chat --auth FILE`: add, list, remove.")
Name = Annotated[str, typer.Argument(help="Name to log in with, in small letters.")]
File = Annotated[Path, typer.Option("--file", metavar="FILE", help="The file of users.")]
FILE = Path("users.toml")
Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("add")
def add_user(
    name: Name,
    role: Annotated[
        options.TeamRole, typer.Option(help="analyst: makes data; steward: may release them.")
    ],
    file: File = FILE,
    replace: Annotated[bool, typer.Option(help="Give somebody a new password or role.")] = False,
    password_stdin: Stdin = False,
    as_json: options.Json = False,
) -> None:
    """Add somebody; the password is asked for, and kept as a hash that cannot be turned back."""
    from synthcraft.ui.auth.users import User, check_name, hashed, read_users, write_users

    users = read_users(file) if file.exists() else {}
    if check_name(name) in users and not replace:
        raise InputError(f"{name} is in {file} already.", "Use --replace to change the entry.")
    users[name] = User(role=role, password=hashed(typed(name, password_stdin, twice=True)))
    write_users(file, users)
    _tell(
        as_json, {"name": name, "role": role, "file": str(file)}, f"{name} ({role}) is in {file}."
    )


@app.command("list")
def list_users(file: File = FILE, as_json: options.Json = False) -> None:
    """Names and roles."""
    from synthcraft.ui.auth.users import read_users
    from synthcraft.ui.commands.output import print_json, print_table

    rows = [{"name": name, "role": user.role} for name, user in read_users(file).items()]
    if as_json:
        print_json({"users": rows})
    else:
        print_table(rows, ["name", "role"])


@app.command("remove")
def remove_user(name: Name, file: File = FILE, as_json: options.Json = False) -> None:
    """Take somebody out; on a running page they are out at their next click."""
    from synthcraft.ui.auth.users import read_users, write_users

    users = read_users(file)
    if name not in users:
        raise NotFoundError(f"{name} is not in {file}.", "See `synthcraft users list`.")
    if len(users) == 1:
        raise InputError(f"{name} is the only one in {file}.", "Delete the file instead.")
    del users[name]
    write_users(file, users)
    _tell(as_json, {"name": name, "removed": True}, f"{name} is no longer in {file}.")


def typed(name: str, from_stdin: bool, *, twice: bool = False) -> str:
    """Somebody's password: a line of standard input, or asked for without showing it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked = f"Password of {name}"
    return str(typer.prompt(asked, hide_input=True, confirmation_prompt=twice, err=True))


def _tell(as_json: bool, document: dict[str, object], sentence: str) -> None:
    from synthcraft.ui.commands.output import print_json

    if as_json:
        print_json(document)
    else:
        typer.echo(sentence)
