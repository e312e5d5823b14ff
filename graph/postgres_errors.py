"""What goes wrong with a PostgreSQL server, in a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from synthcraft.graph.errors import DatabaseError, StoreError

_PASSWORD = "Put it into ~/.pgpass, into a file that PGPASSFILE names, or into PGPASSWORD."


@contextmanager
def told_plainly(name: str) -> Iterator[None]:
    """Errors of the database of this name become sentences; none holds what the server said."""
    try:
        yield
    except errors.DiskFull as error:
        raise StoreError(
            f"The disk of the database server is full: a step could not be saved in {name}.",
            "Free some space there, then go on; everything saved before is intact.",
            code="E_DISK_FULL",
        ) from error
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"This user may not set up or change tables in the database {name}.",
            "Make the user its owner, or make a schema `synthcraft` in it that the user owns.",
        ) from error
    except psycopg.OperationalError as error:
        raise _refused(error, name) from error
    except psycopg.Error as error:
        raise DatabaseError(
            f"The project database {name} cannot be used ({type(error).__name__}).",
            "See its address, and the log of the server; the artefacts are kept.",
        ) from error


def _refused(error: psycopg.OperationalError, name: str) -> DatabaseError:
    """The sentence for a server that did not let us in, or has gone."""
    asked = error.pgconn
    if asked is not None and asked.needs_password:
        return DatabaseError(f"The database {name} asks for a password.", _PASSWORD)
    if "password authentication failed" in str(error):
        return DatabaseError(
            f"The database {name} does not know this user with this password.",
            f"Look at the user in the address, and at the password. {_PASSWORD}",
        )
    if asked is not None and "FATAL" in str(error):
        return DatabaseError(
            f"The server does not let us into the database {name}.",
            "See that database and user exist and may connect; the log of the server says why.",
        )
    return DatabaseError(
        f"The database {name} cannot be reached.",
        "See that the server runs and the address is right, then go on; what was saved is kept.",
    )
