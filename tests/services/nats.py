"""A private NATS server with JetStream: own folder, own port, stopped by process id."""

import json
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


class Nats:
    """A running server.

    Attributes:
        port: The loopback port; the same after every `start`.

    """

    def __init__(self, folder: Path, owner: str | None, config: str) -> None:
        self.port = free_port()
        (folder / "server.conf").write_text(config)
        self._program = Program(
            [
                *(installed("nats-server"), "--addr", "127.0.0.1"),
                *("--port", str(self.port), "--jetstream"),
                *("--store_dir", folder / "jetstream"),
                *("--config", folder / "server.conf"),
            ],
            folder,
            owner=owner,
        )

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._program.start(self._answers)

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        self._program.kill()

    def _answers(self) -> bool:
        """Say whether it greets: it does so only after its streams are read."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as link:
                greeting = link.makefile("rb").readline().removeprefix(b"INFO ")
        except OSError:
            return False
        return bool(json.loads(greeting).get("jetstream"))


@contextmanager
def nats(config: str = "") -> Iterator[Nats]:
    """Start a private server, and remove it with its data in the end.

    Args:
        config: The text of a configuration file.

    Raises:
        ServiceMissingError: No server is installed.
        ServiceFailedError: The server did not start.

    """
    owner = unprivileged_user("nats")
    with private_folder("nats", owner) as folder:
        server = Nats(folder, owner, config)
        server.start()
        try:
            yield server
        finally:
            server.kill()
