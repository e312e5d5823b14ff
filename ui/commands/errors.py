"""What a person sees when a command cannot be carried out: a sentence, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from synthcraft.graph.errors import InputError, SynthCraftError
from synthcraft.tools.error_log import keep_traceback

DONE, BUG, BAD_INPUT, WAITING = 0, 1, 2, 3
_INTERRUPTED = 130
_OS_ERRORS = {
    errno.ENOSPC: ("E_DISK_FULL", "The disk is full.", "Free some space, then go on."),
    errno.EDQUOT: ("E_DISK_FULL", "The disk quota is used up.", "Free some space, then go on."),
    errno.EACCES: ("E_PERMISSION", "A file or folder may not be read or written.", ""),
    errno.EROFS: ("E_PERMISSION", "The disk is read-only.", "Choose another --home or --out."),
}


class Commands(TyperGroup):
    """The top of the command line: every error of every command ends here."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run one command line and leave with the exit code of the design."""
        words = list(sys.argv[1:] if args is None else args) or ["--help"]
        extra["standalone_mode"] = False
        try:
            _check_text(words)
            code = super().main(words, *rest, **extra)
        except (typer.Abort, KeyboardInterrupt):
            code = _INTERRUPTED
        except Exception as error:
            code = tell(error, words)
        if code == _INTERRUPTED:
            print_error(InputError("Interrupted.", code="E_INTERRUPTED"), "--json" in words)
            code = WAITING
        sys.exit(code if isinstance(code, int) else DONE)


def _check_text(words: Sequence[str]) -> None:
    """Refuse bytes that are no text: what was kept of them could not be written down."""
    for number, word in enumerate(words, start=1):
        if word != word.encode("utf-8", "replace").decode():
            raise InputError(
                f"Word {number} of the command holds bytes that are no UTF-8.",
                "Give a file another name, and type words in UTF-8.",
                code="E_USAGE",
            )


def tell(error: Exception, words: Sequence[str]) -> int:
    """Print what went wrong and return the exit code; keep the traceback of our own bugs."""
    known, code = _translate(error)
    if code == BUG:
        log = keep_traceback(error, _home(words))
        if log:
            known.hint = f"{known.hint} The details are in {log}.".strip()
    print_error(known, "--json" in words)
    return code


def _translate(error: Exception) -> tuple[SynthCraftError, int]:
    if isinstance(error, SynthCraftError):
        return error, error.exit_code
    # typer keeps the base class of its usage errors private; this method is what marks them.
    if hasattr(error, "format_message"):
        words = f"{error.format_message().rstrip('.')}."
        return InputError(words, "See --help.", code="E_USAGE"), BAD_INPUT
    if isinstance(error, OSError) and error.errno in _OS_ERRORS:
        code, message, hint = _OS_ERRORS[error.errno]
        where = f" ({error.filename})" if error.filename else ""
        return InputError(f"{message[:-1]}{where}.", hint, code=code), BAD_INPUT
    return SynthCraftError(
        f"Something went wrong inside SynthCraft ({type(error).__name__}).",
        "What was already done is kept; `synthcraft sessions list` shows it.",
    ), BUG


def print_error(error: SynthCraftError, as_json: bool) -> None:
    """One JSON document on standard output, or one red sentence on standard error."""
    from synthcraft.ui.commands.output import print_json, printable

    if as_json:
        print_json({"error": error.payload()})
    else:
        typer.secho(printable(str(error)), fg="red", err=True)


def _home(words: Sequence[str]) -> Path:
    """The workspace, found without the settings: they may be what is broken."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--home" and following:
            return Path(following)
        if word.startswith("--home="):
            return Path(word.removeprefix("--home="))
    return Path(os.environ.get("SYNTHCRAFT_HOME") or Path.home() / ".synthcraft")
