"""`synthcraft audit`: whether the log of a project is as it was written, and what proves it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import BUG, DONE
from synthcraft.ui.commands.sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.tools.audit import AuditLog

app = typer.Typer(help="The log of every decision and approval.")
Written = Annotated[
    Path | None, typer.Option(help="File to write; else it is printed.", metavar="FILE")
]


Log = Annotated[
    str,
    typer.Argument(help="Session id, or the file SESSION.jsonl that `audit export` wrote."),
]


@app.command()
def verify(
    session: Log,
    key: Annotated[
        Path | None,
        typer.Option(help="Public key that should have signed, from `audit key`.", metavar="FILE"),
    ] = None,
    anchor: Annotated[
        Path | None,
        typer.Option(help="Anchor that was kept elsewhere, from `audit anchor`.", metavar="FILE"),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Check that the log of a project is as it was written."""
    from synthcraft.tools.anchors import read_anchors
    from synthcraft.tools.signing import read_public_key
    from synthcraft.ui.commands.output import print_json, printable

    if anchor is not None:
        options.existing(anchor, "anchor")
    signer = read_public_key(key) if key else None
    anchors = read_anchors(anchor) if anchor else ()
    log, head = _passed_on(Path(session)) if session.endswith(".jsonl") else _log(session, home)
    problems, unsigned = log.verify(head, signer, anchors), log.unsigned()
    problems = problems or _prompts(log)
    known = 0 if problems else len({*log.anchors(), *anchors})
    if as_json:
        found = {"intact": not problems, "problems": problems, "unsigned": unsigned}
        found["anchors"] = known
        print_json({"session": log.name, **found})
        raise typer.Exit(BUG if problems else DONE)
    intact = f"Every line of the log is as it was written. Anchors that agree: {known}."
    typer.echo("\n".join(map(printable, problems)) or intact)
    if unsigned:
        typer.echo(
            f"{len(unsigned)} lines, up to line {unsigned[-1]}, were written by an older version "
            "and are not signed: their chain was checked, nothing proves who wrote them."
        )
    raise typer.Exit(BUG if problems else DONE)


@app.command()
def key(out: Written = None, home: options.Home = None, as_json: options.Json = False) -> None:
    """The public key of this workspace, to pass on before there is a doubt."""
    from synthcraft.tools.signing import Keys

    public = Keys(options.read_settings(home).home).made()
    _give(public.pem(), {"id": public.id, "public_key": public.pem()}, out, as_json)


@app.command()
def anchor(
    session: options.Session,
    out: Written = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """What the log is now: keep it elsewhere, such as in a mail to the data steward."""
    log, _ = _log(session, home)
    made = log.anchor()
    if made is None:
        raise InputError(f"The project {log.name} has no log yet.", "Start it first.")
    _give(made.line().decode(), made.model_dump(), out, as_json)


@app.command()
def export(
    session: options.Session,
    out: Annotated[Path, typer.Option(help="Folder for SESSION.jsonl.", metavar="DIR")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write the log without words that a person typed; others can check it with the key."""
    log, _ = _log(session, home)
    text = "".join(entry.withheld().line().decode() for entry in log.all())
    _give(text, {"session": log.name, "entries": len(log.all())}, out / log.path.name, as_json)


def _passed_on(path: Path) -> tuple[AuditLog, str]:
    """A log that left its workspace; its last entry is not known but by an anchor."""
    from synthcraft.tools.audit import AuditLog

    return AuditLog(options.existing(path, "log")), ""


def _log(session: str, home: Path | None) -> tuple[AuditLog, str]:
    """The log of a project, and its last entry as the checkpoint holds it."""
    from synthcraft.tools.audit import audit_log

    view = with_runner(home, lambda runner: runner.view(session))
    return audit_log(options.read_settings(home).home, view.session), view.audit_head


def _prompts(log: AuditLog) -> list[str]:
    """What is wrong with the ledger of prompts beside an intact log."""
    from synthcraft.tools.audit import AuditLog, ledger_path
    from synthcraft.tools.audit_verify import lost_prompts

    if log.keys is None:
        return []  # it left its workspace, the ledger did not
    ledger = AuditLog(ledger_path(log.keys.home, log.name))
    if faults := ledger.verify():
        return [f"Ledger of prompts, {fault}" for fault in faults]
    return lost_prompts(log.all(), ledger.all())


def _give(text: str, record: dict[str, object], out: Path | None, as_json: bool) -> None:
    from synthcraft.tools.artifacts import publish
    from synthcraft.ui.commands.output import print_json

    if out is not None:
        try:
            publish(out, text.encode())
        except OSError as error:
            raise InputError(
                f"The file {str(out)!r} cannot be written: {error.strerror}.",
                "Choose another --out.",
            ) from error
    if as_json:
        print_json({**record, "file": str(out) if out else None})
    else:
        typer.echo(f"Written: {out}" if out else text, nl=out is not None)
