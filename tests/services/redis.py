"""A private Redis: own folder, own port, stopped by process id.

Nothing of the machine is touched: no service, no configuration, no fixed port. It is a
plain context manager, so that benchmarks and crash runs can use it as well.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis as client

from tests.services.ports import free_port
from tests.services.programs import ServiceMissingError

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 20

SETTINGS: Mapping[str, str] = {
    "bind": "127.0.0.1",
    "databases": "4096",
    # Each answered write is in the file before its answer. It is not synchronised:
    # what a killed process has written is in the kernel's hands and stays.
    "appendonly": "yes",
    "appendfsync": "no",
    "save": "",
    "daemonize": "no",
    "loglevel": "warning",
}


class RedisFailedError(Exception):
    """The server did not start; the message ends with its log."""


class Redis:
    """A running server.

    Attributes:
        port: The loopback port; the same after every `start`.
        folder: Holds data and the log; removed in the end.

    """

    def __init__(self, binary: str, folder: Path, settings: dict[str, str]) -> None:
        self.port = free_port()
        self.folder = folder
        self._binary = binary
        self._settings = settings
        self._server: subprocess.Popen[bytes] | None = None
        self._databases = 0

    @property
    def pid(self) -> int:
        """Process id of the server.

        Raises:
            RuntimeError: It is not running.

        """
        if self._server is None:
            raise RuntimeError("Redis is not running")
        return self._server.pid

    def url(self, database: int = 0) -> str:
        """Say where a database of this server is, without credentials."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """Return the URL of a database that nobody has had before."""
        self._databases += 1
        return self.url(self._databases)

    def start(self) -> None:
        """Start the server and wait until it answers; data and port stay the same.

        Raises:
            RedisFailedError: It ended, or gave no answer in time.

        """
        if self._server is not None:
            raise RuntimeError("Redis is running already")
        options = [
            text
            for name, value in self._settings.items()
            for text in (f"--{name}", value)
        ]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._binary, "--port", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                start_new_session=True,  # Ctrl-C is for the tests, which then stop it
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the server; on the second call there is nothing to do."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._server = None

    def kill(self) -> None:
        """Kill the server at once, as the kernel would."""
        if self._server is None:
            return
        self._server.kill()
        self._server.wait()
        self._server = None

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            if self._server is None or self._server.poll() is not None:
                raise RedisFailedError(f"Redis ended\n{self._log_end()}")
            if self._answers():
                return
            time.sleep(0.02)
        raise RedisFailedError(f"Redis gives no answer\n{self._log_end()}")

    def _answers(self) -> bool:
        """Ask for a pong; while the file is read in, a server answers with an error."""
        password = self._settings.get("requirepass")
        try:
            with client.Redis(
                port=self.port, password=password, socket_timeout=2
            ) as asking:
                return bool(asking.ping())
        except (client.ConnectionError, client.TimeoutError):
            return False

    def _log_end(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]


@contextmanager
def redis(**settings: str) -> Iterator[Redis]:
    """Start a private server, and remove it with its data in the end.

    Args:
        settings: Server settings that differ from `SETTINGS`, as text; `_` in a name
            stands for `-`.

    Raises:
        ServiceMissingError: No server is installed.
        RedisFailedError: The server did not start.

    """
    binary = shutil.which("redis-server")
    if binary is None:
        raise ServiceMissingError(
            "Redis is not installed: `make services` installs it on Debian"
        )
    given = {name.replace("_", "-"): value for name, value in settings.items()}
    folder = Path(tempfile.mkdtemp(prefix="wirepact-redis-"))
    try:
        server = Redis(binary, folder, {**SETTINGS, **given})
        _start_on_a_free_port(server)
        try:
            yield server
        finally:
            # Its data go with the folder: there is nothing to bring to an end.
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_on_a_free_port(server: Redis) -> None:
    # Somebody else may take the port between the question and the start.
    for _ in range(4):
        try:
            return server.start()
        except RedisFailedError as error:
            if "Address already in use" not in str(error):
                raise
            server.port = free_port()
    return server.start()
