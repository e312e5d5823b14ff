"""A real PostgreSQL server for tests: Debian's package, run by an ordinary account."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_NUMBERS = count()


@dataclass(frozen=True)
class PostgresServer:
    """A server on this machine that asks for a password."""

    programs: Path
    folder: Path
    port: int
    password: str = "canary-Pa55-of-the-server"

    @property
    def host(self) -> str:
        """Its address with the user, and no database."""
        return f"postgresql://synthcraft@127.0.0.1:{self.port}"

    def fresh(self) -> str:
        """The address of a new database."""
        name = f"projects{next(_NUMBERS)}"
        self.sql(f"CREATE DATABASE {name}", "postgres")
        return f"{self.host}/{name}"

    def sql(self, statement: str, database: str) -> None:
        """Run a statement as the server's owner."""
        import psycopg

        where = f"{self.host}/{database}"
        with psycopg.connect(where, password=self.password, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def listening(self) -> Iterator[None]:
        """It listens on loopback alone, and ends with whoever started it."""
        words = [str(self.programs / "postgres"), "-D", str(self.folder / "data")]
        words += ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]
        words += ["-p", str(self.port), "-k", str(self.folder)]
        with (self.folder / "log").open("wb") as log:
            command = [*_ordinary(), "--pdeathsig", "INT", *words]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        try:
            asked = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1"]
            while subprocess.run([*asked, "-p", str(self.port)], check=False).returncode:
                assert process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


@contextmanager
def started() -> Iterator[PostgresServer]:
    """A server of one's own, in a folder that goes with it."""
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    if not _PROGRAMS:
        pytest.skip("Debian's package `postgresql` is not installed")
    folder = Path(tempfile.mkdtemp(prefix="synthcraft-pg-"))
    server = PostgresServer(_PROGRAMS[-1], folder, _free_port())
    secret = folder / "password"
    secret.write_text(server.password)
    if not os.geteuid():
        nobody = pwd.getpwnam("nobody")
        for path in (folder, secret):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    make = [str(server.programs / "initdb"), "-D", str(folder / "data"), "-U", "synthcraft"]
    make += ["-A", "scram-sha-256", "--pwfile", str(secret), "--no-sync", "-E", "UTF8"]
    try:
        made = subprocess.run(
            [*_ordinary(), *make, "--locale=C.UTF-8"], check=False, capture_output=True, cwd=folder
        )
        assert made.returncode == 0, made.stderr
        with server.listening():
            yield server
    finally:
        shutil.rmtree(folder)


def _ordinary() -> list[str]:
    """Begins a command of an ordinary account: the server refuses the administrator."""
    if os.geteuid():
        return ["setpriv"]
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
