"""The error tree. Every message is meant for a person: what happened, where, what to do."""

from __future__ import annotations


class SynthCraftError(Exception):
    """Base of all errors that we raise on purpose.

    Attributes:
        code: stable, machine-readable name (upper case, ``E_``).
        message: what happened and where; never a row or a cell value.
        hint: what the person can do about it.
    """

    code = "E_INTERNAL"
    exit_code = 1

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def payload(self) -> dict[str, str]:
        """The form in which `--json` prints an error."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InputError(SynthCraftError):
    """The person's file, option or answer cannot be used as it is."""

    code = "E_INPUT"
    exit_code = 2


class DataError(InputError):
    """The table itself cannot be used."""

    code = "E_DATA"


class NotFoundError(InputError):
    """A session, checkpoint, generator or artefact that was named does not exist."""

    code = "E_NOT_FOUND"


class SessionBusyError(InputError):
    """Another process is working on this session."""

    code = "E_BUSY"


class RoleError(InputError):
    """The decision takes another person, or another role."""

    code = "E_ROLE"


class StaleApprovalError(InputError):
    """The question that was answered is no longer the open one."""

    code = "E_STALE_APPROVAL"


class StoreError(SynthCraftError):
    """An artefact could not be written or read, or its bytes were changed."""

    code = "E_STORE"


class DatabaseError(StoreError):
    """The database of projects cannot be used as it is: it is away, or says no."""

    code = "E_DATABASE"
    exit_code = 2


class JobError(SynthCraftError):
    """A job ended without a result."""

    code = "E_JOB"


class ClusterError(SynthCraftError):
    """The cluster that was to do the work cannot be used; no job is to blame."""

    code = "E_CLUSTER"
    exit_code = 2


class QueueFullError(SynthCraftError):
    """A user has as many jobs waiting as they may have; the step can be done later."""

    code = "E_QUEUE_FULL"
    exit_code = 2


class GuardError(SynthCraftError):
    """A masked action or an unapproved step was about to run: a bug of ours, stopped in time."""

    code = "E_GUARD"
