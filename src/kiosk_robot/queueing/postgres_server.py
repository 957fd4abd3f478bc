"""A PostgreSQL server of our own for tests and benchmarks, from Debian's package `postgresql`.

It listens on a Unix socket in its folder only. Root may not run it: then an unprivileged user does.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

PATIENCE = "60"  # seconds until a start or stop has failed
UNPRIVILEGED = ("postgres", "nobody")  # the first that exists, when we are root


class NoPostgresError(Exception):
    """PostgreSQL is not installed, or does not start; the message says which."""


class PostgresServer:
    """A server in a new temporary folder. `durable=False` is faster and forgets a power cut."""

    def __init__(self, *, durable: bool = True, connections: int = 100) -> None:
        """Create it and start it.

        :raises NoPostgresError: the binaries are missing, or the server does not start.
        """
        self._binaries = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="kiosk-postgres-"))
        self._data = self._folder / "data"
        if os.geteuid() == 0:
            account = _unprivileged()
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._options = f"-c listen_addresses='' -k {self._folder} -c max_connections={connections}"
        if not durable:
            self._options += " -c fsync=off"
        self._run("initdb", "-A", "trust", "-U", "kiosk", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def url(self, schema: str = "public") -> str:
        """SQLAlchemy URL of a schema, which is created if it is new."""
        create = f'CREATE SCHEMA IF NOT EXISTS "{schema}"'
        command: list[str | Path] = [
            self._binaries / "psql",
            "-qX",
            "-h",
            self._folder,
            "-U",
            "kiosk",
            "-c",
            create,
        ]
        subprocess.run([*command, "postgres"], check=True, capture_output=True)
        options = quote(f"-csearch_path={schema}")
        return f"postgresql://kiosk@/postgres?host={self._folder}&options={options}"

    def start(self) -> None:
        """Start; after `kill`, the server first recovers what it had promised.

        :raises NoPostgresError: it does not start.
        """
        log = self._folder / "log"
        self._run("pg_ctl", "-w", "-t", PATIENCE, "-l", str(log), "-o", self._options, "start")

    def kill(self) -> None:
        """End it as a power cut does, in the midst of its work."""
        self._run("pg_ctl", "-w", "-t", PATIENCE, "-m", "immediate", "stop")

    def close(self) -> None:
        """Stop it, if it runs, and delete its folder."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-t", PATIENCE, "-m", "fast", "stop")
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        account = _unprivileged() if os.geteuid() == 0 else None
        # Into a file: the server inherits it, and would keep a pipe open for as long as it lives.
        with tempfile.TemporaryFile() as said:
            finished = subprocess.run(
                [self._binaries / program, "-D", self._data, *arguments],
                cwd=self._folder,
                stdout=said,
                stderr=said,
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=[] if account else None,
                check=False,
            )
            said.seek(0)
            if finished.returncode:
                raise NoPostgresError(f"{program}: {said.read().decode(errors='replace').strip()}")


def _binaries() -> Path:
    """Where Debian keeps the newest version; else whatever is on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb"), key=_version)
    if not found and (elsewhere := shutil.which("initdb")):
        found = [Path(elsewhere)]
    if not found:
        raise NoPostgresError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


def _version(initdb: Path) -> int:
    return int(initdb.parents[1].name)


def _unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgresError(
        f"root may not run PostgreSQL, and there is no {' or '.join(UNPRIVILEGED)}"
    )
