"""The real application over a real SQLite file, called without a socket.

httpx calls ASGI applications asynchronously only; here tests stay synchronous.
"""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from registry import bootstrap
from registry.domain.secrets import Secret
from registry.http.asgi import App
from registry.settings import Settings
from registry.storage import migrations

Result = TypeVar("Result")


class InProcess:
    """A started application and a client of it."""

    def __init__(self, app: App, runner: asyncio.Runner) -> None:
        self.app = app
        self._runner = runner
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://localhost",
        )

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **more))

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run what calls the application by itself, in the loop that it lives in."""
        return self._runner.run(work)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)

    def together(self, *calls: tuple[str, str]) -> list[httpx.Response]:
        """Make requests at the same time; their answers in the same order."""

        async def gathered() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.request(*c) for c in calls))

        return self._runner.run(gathered())


@contextmanager
def in_process(
    settings: Settings, run_folder: Path | None = None
) -> Iterator[InProcess]:
    """Start the application, and stop it in the end."""
    with started(bootstrap.server(settings, run_folder)) as client:
        yield client


@contextmanager
def started(app: App) -> Iterator[InProcess]:
    """Start an application of any make, and stop it in the end."""
    with asyncio.Runner() as runner:
        inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        outbox: asyncio.Queue[Any] = asyncio.Queue()
        life = runner.get_loop().create_task(_lived(app, inbox, outbox))
        runner.run(_turn(inbox, outbox, "startup"))
        try:
            yield InProcess(app, runner)
        finally:
            runner.run(_turn(inbox, outbox, "shutdown"))
            runner.run(asyncio.wait_for(life, timeout=30))


async def _lived(
    app: App, inbox: asyncio.Queue[dict[str, str]], outbox: asyncio.Queue[Any]
) -> None:
    await app({"type": "lifespan", "state": {}}, inbox.get, outbox.put)


async def _turn(
    inbox: asyncio.Queue[dict[str, str]], outbox: asyncio.Queue[Any], event: str
) -> None:
    await inbox.put({"type": f"lifespan.{event}"})
    answer = await asyncio.wait_for(outbox.get(), timeout=30)
    assert answer["type"] == f"lifespan.{event}.complete", answer


def migrated(folder: Path) -> Path:
    """Return a new database file, to be copied: migrating each anew takes longer."""
    file = folder / "template.db"
    migrations.upgrade(f"sqlite:///{file}")
    return file


def settings_of(template: Path, folder: Path, **more: Any) -> Settings:
    """Return the settings of a registry with a database of its own."""
    file = folder / "registry.db"
    shutil.copy(template, file)
    return Settings(database_url=Secret(f"sqlite:///{file}"), **more)
