"""Threads for transactions that block, each lent to one transaction for all its life.

A transaction may wait for another one, which notes down the same message and needs a
thread to commit. With threads that are shared it could wait for ever, as all of them
may be waiting likewise. So what has begun has a thread to go on, whatever others do.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


class Threads:
    """Lends threads; those that come back are lent again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: list[ThreadPoolExecutor] = []

    @asynccontextmanager
    async def entered(
        self, manager: AbstractContextManager[Value]
    ) -> AsyncIterator[Value]:
        """Enter a context manager that blocks, and leave it, in one thread.

        If the task is cancelled meanwhile, the thread goes on by itself, and leaves it
        as after an error; whoever gets the thread next waits for that.
        """
        thread = self._lend()
        try:
            try:
                value = await _run(thread, manager.__enter__)
            except asyncio.CancelledError as error:
                thread.submit(_leave, manager, error)
                raise
            try:
                yield value
            except BaseException as error:
                if not await _run(thread, _leave, manager, error):
                    raise
            else:
                await _run(thread, _leave, manager, None)
        finally:
            self._idle.append(thread)

    async def run(
        self,
        function: Callable[Arguments, Value],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Value:
        """Run one function that blocks."""
        thread = self._lend()
        try:
            return await _run(thread, function, *args, **kwargs)
        finally:
            self._idle.append(thread)

    def close(self) -> None:
        """End the threads that lie idle."""
        while self._idle:
            self._idle.pop().shutdown(wait=False)

    def _lend(self) -> ThreadPoolExecutor:
        if self._idle:
            return self._idle.pop()
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._name)


async def _run(
    thread: ThreadPoolExecutor,
    function: Callable[Arguments, Value],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Value:
    here = contextvars.copy_context()

    def run() -> Value:
        return here.run(function, *args, **kwargs)

    running = asyncio.get_running_loop().run_in_executor(thread, run)
    # Of what is cancelled before the thread has come to it, nothing would be done.
    return await asyncio.shield(running)


def _leave(
    manager: AbstractContextManager[object], error: BaseException | None
) -> bool:
    """Leave a context manager; return whether the error ends there."""
    if error is None:
        return bool(manager.__exit__(None, None, None))
    return bool(manager.__exit__(type(error), error, error.__traceback__))
