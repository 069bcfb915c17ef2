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
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from registry.application import deadlines
from registry.application.deadlines import Deadline
from registry.http.errors import BusyError, OverdueError

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
LIMIT_S: Final = 15
"""How long a request may take, from when it is asked for."""

_SWEEP_S: Final = 0.5


# Not frozen: one is made for each request, and would take half a microsecond more.
@dataclass(slots=True, eq=False)
class _Job:
    """What is to be done.

    Attributes:
        give_up_at: When not to begin it any more.
        ends_at: When not to wait for it any more, be it done or not.

    """

    future: asyncio.Future[Any]
    act: Callable[[], Any]
    deadline: Deadline
    give_up_at: float
    ends_at: float


_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class Threads:
    """A few threads that serve one event loop, from its first call on.

    Args:
        limit_s: How long an act may take; it then is a thread's, but nobody's request.

    """

    def __init__(
        self,
        number: int = THREADS,
        *,
        most_waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._number = number
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._limit_s = limit_s
        self._sweep_s = min(_SWEEP_S, patience_s, limit_s)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # Until its thread is done with it: who waits for it may have been sent away.
        self._open: set[_Job] = set()
        self._outcomes: deque[_Outcome] = deque()
        self._is_waking = False
        self._is_sweeping = False

    async def run(self, act: Callable[[], Result]) -> Result:
        """Return what an act returns, called in a thread with the present context.

        Raises:
            BusyError: Too many are waiting, or this one has waited for too long; the
                act has not begun and never will.
            OverdueError: It took longer than it may. It may go on, but commits nothing.

        """
        loop = self._loop or self._start()
        if self._jobs.qsize() >= self._most_waiting:
            raise BusyError
        future: asyncio.Future[Result] = loop.create_future()
        context, deadline, now = contextvars.copy_context(), Deadline(), loop.time()
        context.run(deadlines.CURRENT.set, deadline)
        job = _Job(
            future,
            functools.partial(context.run, act),
            deadline,
            give_up_at=now + self._patience_s,
            ends_at=now + self._limit_s,
        )
        self._open.add(job)
        self._jobs.put(job)
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
        loop.call_later(self._sweep_s, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send away who has waited for too long; the others wait on in their order."""
        self._is_sweeping = False
        now = loop.time()
        for job in self._taken():
            if job is None or now < job.give_up_at:
                self._jobs.put(job)
                continue
            self._open.discard(job)
            if not job.future.done():
                job.future.set_exception(BusyError())
        for job in tuple(self._open):
            _end_if_overdue(job, now)
        if self._open:
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
            if future.done():
                self._open.discard(job)
                continue
            try:
                self._outcomes.append((future, job.act(), None))
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                self._outcomes.append((future, None, error))
            self._open.discard(job)
            # Set before the loop is woken and cleared before it looks: an outcome that
            # comes too late for one look finds the flag cleared, and wakes it again.
            if not self._is_waking:
                self._is_waking = True
                _wake(loop, self._deliver)

    def _deliver(self) -> None:
        self._is_waking = False
        while self._outcomes:
            future, result, error = self._outcomes.popleft()
            if future.done():
                # Its client has gone, or was told that it took too long.
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


def _end_if_overdue(job: _Job, now: float) -> None:
    future, deadline = job.future, job.deadline
    if now >= job.ends_at and not future.done() and deadline.end():
        future.set_exception(OverdueError(has_changed=deadline.has_changed))


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
