"""The real registry for the tests of services: fixtures that pytest finds by itself.

    def test_orders_are_registered(wirepact_registry):
        with RegistryClient(wirepact_registry.url) as client:
            client.register("orders-value", ORDERS)

Each test gets an empty registry of its own, with a SQLite file in the test's folder. It
runs in a thread of the test's process and answers on a free port of the loopback
interface, so that clients of any kind and colour can be used. Where the rules do not
matter, `wirepact.testing.FakeRegistry` of the SDK is lighter.

Pytest imports this module in every run: what is heavy is imported by the fixtures.
"""

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

_START_TIMEOUT_S: Final = 60
_STOP_TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True)
class TestedRegistry:
    """A registry that runs.

    Attributes:
        url: Where it answers.
        app: The application itself, for clients that call it without a socket:
            `httpx.ASGITransport(registry.app)`.

    """

    __test__ = False  # for pytest, which takes the name for a test's

    url: str
    app: Any


@pytest.fixture(scope="session")
def wirepact_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database that is copied: to migrate each anew takes longer."""
    from registry.storage import migrations

    file = tmp_path_factory.mktemp("wirepact") / "template.db"
    migrations.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def wirepact_registry(
    wirepact_database: Path, tmp_path: Path
) -> Iterator[TestedRegistry]:
    """Return an empty registry that answers on the loopback interface."""
    from registry.domain.secrets import Secret
    from registry.settings import Settings

    file = tmp_path / "wirepact-registry.db"
    shutil.copy(wirepact_database, file)
    # Who calls it without a socket may do so by any name.
    settings = Settings(database_url=Secret(f"sqlite:///{file}"), allow_anyone=True)
    with running(settings) as registry:
        yield registry


@contextmanager
def running(settings: Any) -> Iterator[TestedRegistry]:
    """Run a registry in a thread, and stop it in the end.

    Args:
        settings: A `registry.settings.Settings`; its database is upgraded.

    """
    from registry import bootstrap

    app = bootstrap.server(settings)
    port = _free_port()
    thread = _ServerThread(app, port)
    thread.start()
    try:
        thread.wait_until_it_answers()
        yield TestedRegistry(f"http://127.0.0.1:{port}", app)
    finally:
        thread.stop()


class _ServerThread(threading.Thread):
    """A server with an event loop of its own."""

    def __init__(self, app: Any, port: int) -> None:
        super().__init__(name=f"wirepact-registry-{port}", daemon=True)
        self._app = app
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._server: Any = None

    def run(self) -> None:
        from granian.constants import Interfaces
        from granian.server.embed import Server

        asyncio.set_event_loop(self._loop)
        self._server = Server(
            self._app,
            address="127.0.0.1",
            port=self._port,
            interface=Interfaces.ASGI,
            log_enabled=False,
        )
        with closing(self._loop):
            self._loop.run_until_complete(self._server.serve())

    def wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < give_up and self.is_alive():
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
            except OSError:
                time.sleep(0.005)
            else:
                return
        raise RuntimeError("the registry for the test did not start")

    def stop(self) -> None:
        if self.is_alive() and self._server is not None:
            self._loop.call_soon_threadsafe(self._server.stop)
        self.join(_STOP_TIMEOUT_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
