"""Does the steps of the core: once by blocking, once by awaiting.

The two drivers are twins. Steps never see httpx, threads or tasks.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent import futures
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, TypeVar

import httpx

from wirepact import _link
from wirepact._link import Bounded, Overdue, is_plain
from wirepact._steps import (
    Answer,
    Aside,
    Failure,
    Join,
    Pause,
    Send,
    Step,
    Steps,
    Work,
)
from wirepact.auth import Tls
from wirepact.errors import ClientClosedError
from wirepact.retry import RetryPolicy

logger = logging.getLogger("wirepact.cache")

Result = TypeVar("Result")


class Driver:
    """Runs steps in the caller's thread. Shared by threads."""

    def __init__(
        self,
        policy: RetryPolicy,
        max_answer_bytes: int,
        tls: Tls | None,
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._max_answer_bytes = max_answer_bytes
        self._sleep = sleep
        self._clock = clock
        self._http = httpx.Client(transport=transport, **_link.options(policy, tls))
        self._background = _Background()
        self._is_closed = False

    def run(self, steps: Steps[Result]) -> Result:
        """Do the steps and return their result.

        Raises:
            ClientClosedError: The client is closed.

        """
        # Closed also when this thread is interrupted: others may wait for the steps.
        with closing(steps):
            if self._is_closed:
                raise ClientClosedError("the registry client is closed")
            resume: Callable[[], Step] = partial(next, steps)
            while True:
                try:
                    step = resume()
                except StopIteration as end:
                    result: Result = end.value
                    return result
                resume = self._resumption(steps, step)

    def close(self) -> None:
        """Let go of the connections; a second time there is nothing to do."""
        self._is_closed = True
        self._background.stop()
        self._http.close()

    def _resumption(self, steps: Steps[Any], step: Step) -> Callable[[], Step]:
        try:
            outcome = self._done(step)
        except Exception as error:  # noqa: BLE001 - raised again, inside the steps
            return partial(steps.throw, error)
        return partial(steps.send, outcome)

    def _done(self, step: Step) -> object:
        match step:
            case Send():
                return self._sent(step)
            case Work(function):
                return function()
            case Pause(seconds):
                return self._sleep(seconds)
            case Join(future, timeout_s):
                return bool(futures.wait([future], timeout_s).done)
            case Aside(begin):
                self._background.run(lambda: self.run(begin()))
                return None

    def _sent(self, send: Send) -> Answer | Failure:
        end = self._clock() + send.timeout_s
        request = _link.request(send)
        timeout = _link.timeout(self._policy, send.timeout_s)
        try:
            with self._http.stream(**request, timeout=timeout) as response:
                content = self._content(response, end)
        except _link.ERRORS as error:
            return _link.failure(error)
        return _link.answer(response, content)

    def _content(self, response: httpx.Response, end: float) -> bytes:
        collected = Bounded(self._max_answer_bytes)
        if is_plain(response):
            for part in response.iter_bytes():
                collected.add(part)
                # Single reads have their limit; so do all of them together.
                if self._clock() > end:
                    raise Overdue("the answer trickles in")
        return collected.content


class AsyncDriver:
    """Runs steps in the caller's task. Shared by the tasks of one event loop."""

    def __init__(
        self,
        policy: RetryPolicy,
        max_answer_bytes: int,
        tls: Tls | None,
        transport: httpx.AsyncBaseTransport | None,
        sleep: Callable[[float], Any],
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._max_answer_bytes = max_answer_bytes
        self._sleep = sleep
        self._clock = clock
        options = _link.options(policy, tls)
        self._http = httpx.AsyncClient(transport=transport, **options)
        self._background: set[asyncio.Task[object]] = set()
        self._is_closed = False

    async def run(self, steps: Steps[Result]) -> Result:
        """Do the steps and return their result.

        Raises:
            ClientClosedError: The client is closed.

        """
        # Closed also when this task is cancelled: others may wait for the steps.
        with closing(steps):
            if self._is_closed:
                raise ClientClosedError("the registry client is closed")
            resume: Callable[[], Step] = partial(next, steps)
            while True:
                try:
                    step = resume()
                except StopIteration as end:
                    result: Result = end.value
                    return result
                resume = await self._resumption(steps, step)

    async def close(self) -> None:
        """Let go of the connections; a second time there is nothing to do."""
        self._is_closed = True
        running = tuple(self._background)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._http.aclose()

    async def _resumption(self, steps: Steps[Any], step: Step) -> Callable[[], Step]:
        try:
            outcome = await self._done(step)
        except Exception as error:  # noqa: BLE001 - raised again, inside the steps
            return partial(steps.throw, error)
        return partial(steps.send, outcome)

    async def _done(self, step: Step) -> object:
        match step:
            case Send():
                return await self._sent(step)
            case Work(function):
                return await asyncio.to_thread(function)
            case Pause(seconds):
                return await self._sleep(seconds)
            case Join(future, timeout_s):
                joined = asyncio.wrap_future(future)
                return bool((await asyncio.wait({joined}, timeout=timeout_s))[0])
            case Aside(begin):
                self._begin(begin)
                return None

    async def _sent(self, send: Send) -> Answer | Failure:
        end = self._clock() + send.timeout_s
        request = _link.request(send)
        timeout = _link.timeout(self._policy, send.timeout_s)
        try:
            async with (
                asyncio.timeout(send.timeout_s),
                self._http.stream(**request, timeout=timeout) as response,
            ):
                content = await self._content(response, end)
        except _link.ERRORS as error:
            return _link.failure(error)
        return _link.answer(response, content)

    async def _content(self, response: httpx.Response, end: float) -> bytes:
        collected = Bounded(self._max_answer_bytes)
        if is_plain(response):
            async for part in response.aiter_bytes():
                collected.add(part)
                # Single reads have their limit; so do all of them together.
                if self._clock() > end:
                    raise Overdue("the answer trickles in")
        return collected.content

    def _begin(self, begin: Callable[[], Steps[object]]) -> None:
        task = asyncio.get_running_loop().create_task(self.run(begin()))
        # The loop holds its tasks weakly: without this one could vanish half-way.
        self._background.add(task)
        task.add_done_callback(self._background.discard)


class _Background:
    """A few threads that never keep the process from ending."""

    _MOST_THREADS: Final = 4

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0

    def run(self, act: Callable[[], object]) -> None:
        """Have this done by one of the threads."""
        with self._lock:
            self._waiting.put(act)
            if (
                self._idle < self._waiting.qsize()
                and self._threads < self._MOST_THREADS
            ):
                self._threads += 1
                name = f"wirepact-refresh-{self._threads}"
                threading.Thread(target=self._work, name=name, daemon=True).start()

    def stop(self) -> None:
        for _ in range(self._MOST_THREADS):
            self._waiting.put(None)

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            act = self._waiting.get()
            with self._lock:
                self._idle -= 1
            if act is None:
                return
            try:
                act()
            except ClientClosedError:
                return
            except Exception:
                # The outermost frame: nobody else would hear of it.
                logger.exception("a refresh has failed")
