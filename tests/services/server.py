"""A started registry: the installed command, a free loopback port, stopped by its pid.

It is a plain context manager, so that benchmarks and crash runs can use it as well.
"""

import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import httpx

from tests.services.ports import free_port

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak no TLS: to load authorities takes longer than to ask."""

COMMAND = Path(sys.executable).parent / "wirepact"


class ServerFailedError(Exception):
    """The server did not start or stop as it should; the message ends with its log."""


class Server:
    """A registry in a process of its own.

    Attributes:
        url: Where it answers; the same after every `start`.
        database_url: What it keeps its schemas in.

    """

    def __init__(
        self,
        database_url: str,
        log: Path,
        options: Sequence[str],
        environ: dict[str, str],
        context: ssl.SSLContext | None,
    ) -> None:
        self.port = free_port()
        self.url = f"{'http' if context is None else 'https'}://127.0.0.1:{self.port}"
        self.database_url = database_url
        self._log = log
        self._options = options
        self._environ = environ
        self._context = context or NO_AUTHORITIES
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the parent of the workers.

        Raises:
            RuntimeError: It is not running.

        """
        return self._running.pid

    @property
    def log(self) -> str:
        """All that it has written since it was first started."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Start the server and wait until it is ready.

        Raises:
            ServerFailedError: It ended, or was not ready in time.

        """
        if self._process is not None:
            raise RuntimeError("the registry is running already")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(COMMAND, "serve", "--listen", f"127.0.0.1:{self.port}"),
                    *("--database-url", self.database_url, *self._options),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Of the environment only the path: no setting has a say unseen.
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    # What a killed server leaves behind goes with the log.
                    "TMPDIR": str(self._log.parent),
                    "WIREPACT_DRAIN_SECONDS": "0",
                    **self._environ,
                },
                # Ctrl-C is for the tests, which then stop it; and `kill` finds all.
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> int:
        """Ask the server to end, and return its exit status; 0 if it had ended.

        Raises:
            ServerFailedError: It did not end in time; it is killed then.

        """
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailedError(f"the registry does not end\n{self.log}") from None
        self._process = None
        return status

    def kill(self) -> None:
        """Kill all its processes at once, as a crash of the machine would."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the registry is not running")
        return self._process

    def _is_ready(self) -> bool:
        answer = httpx.get(f"{self.url}/health/ready", timeout=5, verify=self._context)
        return answer.is_success

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            if self._running.poll() is not None:
                raise ServerFailedError(f"the registry ended\n{self.log}")
            try:
                if self._is_ready():
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.02)
        raise ServerFailedError(f"the registry is not ready\n{self.log}")


def serve(
    database_url: str, *options: str, **environ: str
) -> AbstractContextManager[Server]:
    """Start a registry, and stop it in the end.

    Args:
        database_url: PostgreSQL has to be upgraded before; SQLite upgrades itself.
        options: Further options of `wirepact serve`.
        environ: Settings, by their full names.

    Raises:
        ServerFailedError: It did not start, or did not end well.

    """
    return _served(database_url, options, environ, None)


def serve_tls(
    database_url: str, context: ssl.SSLContext, **environ: str
) -> AbstractContextManager[Server]:
    """Like `serve`, with settings that make it speak HTTPS.

    Args:
        context: What a client of it needs.

    """
    return _served(database_url, (), environ, context)


@contextmanager
def _served(
    database_url: str,
    options: Sequence[str],
    environ: dict[str, str],
    context: ssl.SSLContext | None,
) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="wirepact-") as folder:
        log = Path(folder) / "log"
        server = Server(database_url, log, options, environ, context)
        server.start()
        try:
            yield server
        except BaseException:
            server.kill()
            raise
        status = server.stop()
        if status != 0:
            raise ServerFailedError(f"exit status {status}\n{server.log}")


def upgrade(database_url: str) -> None:
    """Bring a database to the present form, as an operator would.

    Raises:
        subprocess.CalledProcessError: It could not be done.

    """
    subprocess.run(
        [COMMAND, "db", "upgrade", "--database-url", database_url],
        check=True,
        capture_output=True,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
