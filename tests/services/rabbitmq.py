"""A private RabbitMQ: own folder, own ports, stopped by process id.

It has a port mapper of its own as well. Erlang would start one otherwise, on a port
that all nodes of the machine share, and leave it behind.
"""

import asyncio
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiormq
import aiormq.exceptions

from tests.services.ports import free_port
from tests.services.programs import (
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
        self._program.start(lambda: _listens(self.port) and _greets(self.url))

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        self._program.kill()

    def remove(self) -> None:
        self.kill()
        self._mapper.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _greets(url: str) -> bool:
    async def connect() -> None:
        connection = await aiormq.connect(url)
        await connection.close()

    try:
        asyncio.run(connect())
    except aiormq.exceptions.AMQPConnectionError as error:
        # It knows its users only a little later than it listens; a server of
        # other users than the first one's refuses that one for good.
        return bool(re.search("ACCESS_REFUSED", str(error)))
    return True


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
