"""A private Redis: own folder, own port, stopped by process id."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.ports import free_port
from tests.services.programs import (
    Program,
    installed,
    private_folder,
    unprivileged_user,
)


class Redis:
    """A running server, whose writes outlive it.

    Attributes:
        port: The loopback port; the same after every `start`.

    """

    def __init__(self, folder: Path, owner: str | None, *options: str) -> None:
        self.port = free_port()
        self._options = options
        self._program = Program(
            [
                *(installed("redis-server"), "--bind", "127.0.0.1"),
                *("--port", str(self.port), "--dir", folder, "--save", ""),
                # What a killed process has written is in the kernel's hands and
                # stays; only a crash of the machine would lose it.
                *("--appendonly", "yes", "--appendfsync", "no", *options),
            ],
            folder,
            owner=owner,
        )

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._program.start(self._answers)

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        self._program.kill()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as link:
                if "--tls-port" in self._options:
                    return True
                link.sendall(b"PING\r\n")
                # Not -LOADING: it may still read what it wrote before. A server
                # that asks for a password says -NOAUTH.
                return link.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


@contextmanager
def redis(*options: str) -> Iterator[Redis]:
    """Start a private server, and remove it with its data in the end.

    Args:
        options: Further ones of `redis-server`'s.

    Raises:
        ServiceMissingError: No server is installed.
        ServiceFailedError: The server did not start.

    """
    owner = unprivileged_user("redis")
    with private_folder("redis", owner) as folder:
        server = Redis(folder, owner, *options)
        server.start()
        try:
            yield server
        finally:
            server.kill()
