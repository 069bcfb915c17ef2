"""A private RabbitMQ: own folder, own ports, stopped by process id.

It has a port mapper of its own as well. Erlang would start one otherwise, on a port
that all nodes of the machine share, and leave it behind.
"""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.services.ports import free_port
from tests.services.programs import (
    STOP_TIMEOUT_S,
    Program,
    installed,
    private_folder,
    unprivileged_user,
)

# Debian's own script on the path goes to a fixed user, folder and log.
_SCRIPTS = ("/usr/lib/rabbitmq/bin",)
_CONFIG = """
listeners.tcp.1 = 127.0.0.1:{port}
log.console = true
log.console.level = warning
log.file = false
# The machine's disk is not the subject of a test.
disk_free_limit.absolute = 50MB
{more}
"""


class RabbitMq:
    """A running server.

    Attributes:
        port: The loopback port; the same after every `start`.

    """

    def __init__(self, folder: Path, owner: str | None, config: str) -> None:
        self.port = free_port()
        self._distribution, self._mapper_port = free_port(), free_port()
        (folder / "rabbitmq.conf").write_text(
            _CONFIG.format(port=self.port, more=config)
        )
        (folder / "plugins").write_text("[].\n")
        (folder / "mapper").mkdir()
        for path in folder.iterdir():
            if owner is not None:
                shutil.chown(path, owner)
        self._mapper = Program(
            [
                *(installed("epmd"), "-address", "127.0.0.1"),
                *("-port", str(self._mapper_port)),
            ],
            folder / "mapper",
            owner=owner,
        )
        self._program = Program(
            [installed("rabbitmq-server", *_SCRIPTS)],
            folder,
            owner=owner,
            environ=self._environ(folder),
        )

    def _environ(self, folder: Path) -> dict[str, str]:
        return {
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"wirepact{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            # Few threads: as many as the machine has would only contend in tests.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            "LANG": "C.UTF-8",
        }

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    @property
    def log(self) -> str:
        return self._program.log

    def start(self) -> None:
        with suppress(RuntimeError):  # it outlives the server
            self._mapper.start(lambda: _listens(self._mapper_port))
        self._program.start(lambda: _greets(self.port))

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        """Kill it as the kernel would, as soon as its list of queues is in its file.

        It writes the list half a second after the last queue was made. One that is
        not there is lost with its messages; no client can do anything about that.
        """
        give_up = time.monotonic() + STOP_TIMEOUT_S
        while not self._lists_queues() and time.monotonic() < give_up:
            time.sleep(0.02)
        self._program.kill()

    def _lists_queues(self) -> bool:
        lists = self._program.folder.glob("mnesia/*/quorum/*/names.dets")
        return all(map(_is_whole, lists))

    def remove(self) -> None:
        self._program.kill()
        self._mapper.kill()


def _is_whole(table: Path) -> bool:
    """Say whether a table of Erlang's was written to its end, by a mark in it."""
    with table.open("rb") as file:
        return file.read(12)[8:] == b"\x00\x00\x00\x01"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _greets(port: int) -> bool:
    """Say whether it begins to speak AMQP, which it does when all is recovered."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as link:
            link.sendall(b"AMQP\x00\x00\x09\x01")
            return link.recv(1) == b"\x01"
    except OSError:
        return False


@contextmanager
def rabbitmq(config: str = "") -> Iterator[RabbitMq]:
    """Start a private server, and remove it with its data in the end.

    Args:
        config: Further lines of `rabbitmq.conf`.

    Raises:
        ServiceMissingError: No server is installed.
        ServiceFailedError: The server did not start.

    """
    owner = unprivileged_user("rabbitmq")
    with private_folder("rabbitmq", owner) as folder:
        server = RabbitMq(folder, owner, config)
        try:
            server.start()
            yield server
        finally:
            server.remove()
