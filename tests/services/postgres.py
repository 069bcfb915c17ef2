"""A private PostgreSQL: own folder, own port, stopped by process id.

Nothing of the machine is touched: no service, no default cluster, no fixed port.
It is a plain context manager, so that benchmarks and crash runs can use it as well.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.services.ports import free_port
from tests.services.programs import ServiceMissingError

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
SUPERUSER = "postgres"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    # What a killed process has written is in the kernel's hands and stays; only a
    # crash of the machine would lose it. Benchmarks that compare with a real
    # installation hand in fsync="on".
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1h",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class PostgresFailedError(Exception):
    """The server did not start; the message ends with its log."""


class Postgres:
    """A running server.

    Attributes:
        port: The loopback port; the same after every `start`.
        folder: Holds data, sockets and the log; removed in the end.

    """

    def __init__(
        self, binaries: Path, folder: Path, owner: str | None, settings: dict[str, str]
    ) -> None:
        self.port = free_port()
        self.folder = folder
        self._binaries = binaries
        self._owner = owner
        self._settings = settings
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the postmaster.

        Raises:
            RuntimeError: It is not running.

        """
        if self._server is None:
            raise RuntimeError("PostgreSQL is not running")
        return self._server.pid

    def url(self, database: str = "postgres") -> str:
        """Say where a database of this server is."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, like: str | None = None) -> str:
        """Create a database of a random name and return its URL.

        Args:
            like: The URL of one to copy, which nobody is connected to; None for an
                empty one.

        """
        name = f"test_{secrets.token_hex(8)}"
        copied = "" if like is None else f' TEMPLATE "{_database(like)}"'
        self._administer(f'CREATE DATABASE "{name}"{copied}')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database that was created here, and whoever is connected to it."""
        self._administer(f'DROP DATABASE "{_database(url)}" WITH (FORCE)')

    def create_role(self) -> str:
        """Create a role of a random name, which may do nothing but log in."""
        name = f"role_{secrets.token_hex(8)}"
        self._administer(f'CREATE ROLE "{name}" LOGIN')
        return name

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start the server and wait until it answers; data and port stay the same.

        Raises:
            PostgresFailedError: It ended, or gave no answer in time.

        """
        if self._server is not None:
            raise RuntimeError("PostgreSQL is running already")
        options = [
            text
            for name, value in self._settings.items()
            for text in ("-c", f"{name}={value}")
        ]
        with (self.folder / "log").open("ab") as log:
            self._server = self._popen(
                "postgres",
                ["-p", str(self.port), "-k", str(self.folder), *options],
                log.fileno(),
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self, *, immediately: bool = False) -> None:
        """Stop the server; on the second call there is nothing to do.

        Open sessions are cut off either way. `immediately` leaves out the
        checkpoint, so that the next start has to recover.
        """
        if self._server is None:
            return
        self._server.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        try:
            self._server.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._server = None

    def kill(self) -> None:
        """Kill every process of the server at once, as the kernel would."""
        if self._server is None:
            return
        # Each backend is the leader of its own group: only the tree finds them.
        children = _children(self._server.pid)
        self._server.kill()
        for child in children:
            _kill(child)
        self._server.wait()
        self._server = None
        # The shared memory is free when the last of them is gone.
        give_up = time.monotonic() + STOP_TIMEOUT_S
        while any(map(_is_alive, children)) and time.monotonic() < give_up:
            time.sleep(0.01)

    def _create_cluster(self) -> None:
        with (self.folder / "log").open("ab") as log:
            initdb = self._popen(
                "initdb",
                [
                    *("--username", SUPERUSER, "--auth", "trust", "--no-sync"),
                    *("--encoding", "UTF8", "--locale", "C"),
                ],
                log.fileno(),
            )
        if initdb.wait(START_TIMEOUT_S) != 0:
            raise PostgresFailedError(f"initdb failed\n{self._log_end()}")

    def _popen(
        self, program: str, options: list[str], log: int
    ) -> subprocess.Popen[bytes]:
        # Of the environment only the path: PG* and locale variables have no say.
        return subprocess.Popen(
            [self._binaries / program, "-D", self.folder / "data", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for the tests, which then stop it
            user=self._owner,
            group=None if self._owner is None else pwd.getpwnam(self._owner).pw_gid,
            extra_groups=None if self._owner is None else [],
        )

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            if self._server is None or self._server.poll() is not None:
                raise PostgresFailedError(f"PostgreSQL ended\n{self._log_end()}")
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise PostgresFailedError(f"PostgreSQL gives no answer\n{self._log_end()}")

    def _log_end(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]


@contextmanager
def postgres(**settings: str) -> Iterator[Postgres]:
    """Start a private server, and remove it with its data in the end.

    Args:
        settings: Server settings that differ from `SETTINGS`, as text.

    Raises:
        ServiceMissingError: No server is installed.
        PostgresFailedError: The server did not start.

    """
    binaries = _binaries()
    # PostgreSQL refuses to run as root.
    owner = _unprivileged_user() if os.geteuid() == 0 else None
    # Not pytest's folder: that one is closed to other users, and its long name
    # does not fit into the address of a Unix socket.
    folder = Path(tempfile.mkdtemp(prefix="wirepact-pg-"))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        server = Postgres(binaries, folder, owner, {**SETTINGS, **settings})
        server._create_cluster()
        _start_on_a_free_port(server)
        try:
            yield server
        finally:
            server.stop(immediately=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database(url: str) -> str:
    return url.rpartition("/")[2]


def _start_on_a_free_port(server: Postgres) -> None:
    # Somebody else may take the port between the question and the start.
    for _ in range(4):
        try:
            return server.start()
        except PostgresFailedError as error:
            if "Address already in use" not in str(error):
                raise
            server.port = free_port()
    return server.start()


def _binaries() -> Path:
    """Find the folder of the newest server: Debian keeps it out of the path."""
    installed = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if (path.parent / "postgres").exists()
    ]
    if installed:
        return max(installed, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None or not (Path(on_path).parent / "postgres").exists():
        raise ServiceMissingError(
            "PostgreSQL is not installed: `make services` installs it on Debian"
        )
    return Path(on_path).parent


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _children(pid: int) -> list[int]:
    """List the direct children; empty where there is no /proc."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        # The name in parentheses may hold blanks; the parent is the second after it.
        if int(text.rpartition(")")[2].split()[1]) == pid:
            children.append(int(stat.parent.name))
    return children


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it has just ended, or there is no /proc
        return not Path("/proc/self").exists()
    # A dead process whose adopted parent never asks for it: common in containers.
    return state != "Z"
