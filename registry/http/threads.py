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
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, Final, NamedTuple, ParamSpec, Protocol, TypeVar

from registry.http.errors import BusyError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

THREADS: Final = 16
"""Twice the connections: a request is about half the time without one."""

CHECKING_THREADS: Final = 4
"""Of their own, as checks may be long: they must not take the threads of all others.

Few, since a check computes more than it waits: more of them would only compete with the
event loop for the interpreter.
"""

MOST_WAITING: Final = 1_000
PATIENCE_S: Final = 5
_SWEEP_S: Final = 0.5


class _Job(NamedTuple):
    future: asyncio.Future[Any]
    act: Callable[[], Any]
    give_up_at: float


_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class Threads:
    """A few threads that serve one event loop, from its first call on."""

    def __init__(
        self,
        number: int = THREADS,
        *,
        most_waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._number = number
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._outcomes: deque[_Outcome] = deque()
        self._is_waking = False
        self._is_sweeping = False

    async def run(self, act: Callable[[], Result]) -> Result:
        """Return what an act returns, called in a thread with the present context.

        Raises:
            BusyError: Too many are waiting, or this one has waited for too long; the
                act has not begun and never will.

        """
        loop = self._loop or self._start()
        if self._jobs.qsize() >= self._most_waiting:
            raise BusyError
        future: asyncio.Future[Result] = loop.create_future()
        context = contextvars.copy_context()
        give_up_at = loop.time() + self._patience_s
        self._jobs.put(_Job(future, functools.partial(context.run, act), give_up_at))
        if not self._is_sweeping:
            self._sweep_later(loop)
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

    def _sweep_later(self, loop: asyncio.AbstractEventLoop) -> None:
        # One timer for all: one for each job would cost as much as the hop itself.
        self._is_sweeping = True
        loop.call_later(min(_SWEEP_S, self._patience_s), self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send away who has waited for too long; the others wait on in their order."""
        self._is_sweeping = False
        waiting = self._taken()
        for job in waiting:
            if job is None or loop.time() < job.give_up_at:
                self._jobs.put(job)
            elif not job.future.done():
                job.future.set_exception(BusyError())
        if waiting:
            self._sweep_later(loop)

    def _taken(self) -> list[_Job | None]:
        # Whoever takes a job out of the queue owns it, be it a thread or the sweep:
        # nobody is told that nothing was done while a thread does it.
        taken = []
        try:
            while True:
                taken.append(self._jobs.get_nowait())
        except Empty:
            return taken

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (job := self._jobs.get()) is not None:
            future = job.future
            if future.cancelled():
                continue
            try:
                self._outcomes.append((future, job.act(), None))
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
