"""Signals that tell a process to end."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals(told: Callable[[], None]) -> Iterator[None]:
    """Have signals told that would end the process; the second one ends it."""
    loop = asyncio.get_running_loop()

    def tell(number: int) -> None:
        loop.remove_signal_handler(number)
        told()

    handled = []
    for number in _SIGNALS:
        # Only the main thread gets signals, and not every system has these.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, tell, number)
            handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
