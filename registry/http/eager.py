"""Requests begin before they are tasks, and those that wait for nothing never are any.

To make a task, and to come back to it in the loop's next round, costs an eighth of an
answer from memory. asyncio has eager tasks from Python 3.12 on; these are for requests
alone, and for any version.

What runs so is in no task: `asyncio.timeout` and all that asks for the current task do
not work there, and a context variable that is set is set for all requests. So only the
front does, and whatever it hands on is a task (`InTask`).
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from functools import partial
from typing import Any, Final

from registry.http.asgi import App, Receive, Scope, Send

_OF_A_REQUEST: Final = "_future_watcher_wrapper.<locals>.future_watcher"
"""What Granian calls the coroutine that it has the loop make a task of."""

_Coroutine = Generator[Any, None, Any] | Coroutine[Any, Any, Any]


class InTask:
    """An ASGI application that is run in a task of its own."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        running = _ended_by(self._app(scope, receive, send))
        if (error := await asyncio.ensure_future(running)) is not None:
            raise error


class _Factory:
    """Makes tasks of coroutines, and begins those of requests at once.

    It is made in the loop that it is for.
    """

    def __init__(self) -> None:
        # Who made a request wants something to cancel; of what has ended, this is it.
        self._ended = asyncio.Task(_nothing())

    def __call__(
        self, loop: asyncio.AbstractEventLoop, coroutine: _Coroutine, **options: Any
    ) -> asyncio.Future[Any]:
        if getattr(coroutine, "__qualname__", "") != _OF_A_REQUEST:
            return asyncio.Task(coroutine, loop=loop, **options)
        return _go_on(coroutine) or self._ended


async def begin_at_once() -> None:
    """Have the running loop begin requests at once, unless it makes its tasks its way.

    To be called before the first request.
    """
    loop = asyncio.get_running_loop()
    if loop.get_task_factory() is None:
        loop.set_task_factory(_Factory())


def _go_on(
    coroutine: _Coroutine, _done: asyncio.Future[Any] | None = None
) -> asyncio.Future[Any] | None:
    """Run a coroutine until it waits, and return what for; None if it has ended."""
    try:
        waited_for: asyncio.Future[Any] | None = coroutine.send(None)
    except StopIteration:
        return None
    if waited_for is None:
        # As `asyncio.sleep(0)` does it: for the others' turn.
        asyncio.get_running_loop().call_soon(_go_on, coroutine)
        return None
    # What tasks do, too: the future wants to know that somebody looks after it.
    waited_for._asyncio_future_blocking = False  # noqa: SLF001 - so is the agreement
    waited_for.add_done_callback(partial(_go_on, coroutine))
    return waited_for


async def _ended_by(running: Awaitable[None]) -> BaseException | None:
    """Wait, and return what would end the whole loop if it ended a task."""
    try:
        await running
    except (SystemExit, KeyboardInterrupt) as error:
        return error
    return None


async def _nothing() -> None:
    pass
