"""Running handlers in threads: the hop there and back, made cheap.

The event loop is woken once for all results that are ready, instead of once for each:
under load, the hop through an executor costs more than the read that it is for.
"""

import asyncio
import contextvars
import functools
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

THREADS: Final = 16
"""Twice the connections: a request is about half the time without one."""

_Job = tuple[asyncio.Future[Any], Callable[[], Any]]
_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class Threads:
    """A few threads that serve one event loop, from its first call on."""

    def __init__(self, number: int = THREADS) -> None:
        self._number = number
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._outcomes: deque[_Outcome] = deque()
        self._is_waking = False

    async def run(self, act: Callable[[], Result]) -> Result:
        """Return what an act returns, called in a thread with the present context."""
        loop = self._loop or self._start()
        future: asyncio.Future[Result] = loop.create_future()
        context = contextvars.copy_context()
        self._jobs.put((future, functools.partial(context.run, act)))
        return await future

    def stop(self) -> None:
        """Let the threads end, once they have done what was asked of them."""
        if self._loop is not None:
            self._loop = None
            for _ in range(self._number):
                self._jobs.put(None)

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = self._loop = asyncio.get_running_loop()
        for each in range(self._number):
            threading.Thread(
                target=self._work, args=(loop,), name=f"handler-{each}", daemon=True
            ).start()
        return loop

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (job := self._jobs.get()) is not None:
            future, act = job
            try:
                self._outcomes.append((future, act(), None))
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                self._outcomes.append((future, None, error))
            # Set before the loop is woken and cleared before it looks: an outcome that
            # comes too late for one look finds the flag cleared, and wakes it again.
            if not self._is_waking:
                self._is_waking = True
                _wake(loop, self._deliver)

    def _deliver(self) -> None:
        self._is_waking = False
        while self._outcomes:
            future, result, error = self._outcomes.popleft()
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


def _wake(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(act)
    except RuntimeError:
        # The loop has ended, and with it whoever waited.
        return


class HasThreads(Protocol):
    @property
    def threads(self) -> Threads: ...


Owner = TypeVar("Owner", bound=HasThreads)


def in_thread(
    handler: Callable[Concatenate[Owner, Parameters], Result],
) -> Callable[Concatenate[Owner, Parameters], Coroutine[Any, Any, Result]]:
    """Make a method that waits for the store one that is awaited."""

    @functools.wraps(handler)
    async def run(
        self: Owner, /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        return await self.threads.run(functools.partial(handler, self, *args, **kwargs))

    return run
