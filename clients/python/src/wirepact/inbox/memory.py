"""Handled messages in memory: for tests, and where what a restart forgets may go."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from wirepact.inbox.port import Standing, Unit

CAPACITY: Final = 100_000


class MemoryInbox:
    """The `Inbox` of one process, for the coroutines of one event loop.

    It has no transaction to hand out. What a handler changes elsewhere is not undone
    when it fails, and what was handled is forgotten with the process.
    """

    has_transactions = False

    def __init__(
        self,
        capacity: int = CAPACITY,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin empty.

        Args:
            capacity: How many messages are remembered; those that nobody has asked for
                the longest are forgotten first.
            monotonic: The time by which they age.

        """
        if capacity < 1:
            raise ValueError(f"there is room for no message: {capacity}")
        self._capacity = capacity
        self._monotonic = monotonic
        # Oldest first, with the time of the last look.
        self._done: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._ends: dict[tuple[str, str], asyncio.Event] = {}

    async def prepare(self) -> None:
        """Do nothing: there is nothing to be made."""

    @asynccontextmanager
    async def unit(
        self, consumer: str, keys: Sequence[str], *, is_sync: bool = False
    ) -> AsyncIterator[Unit]:
        """Note down the keys that are new, for as long as the block does not fail."""
        marks = [(consumer, key) for key in keys]
        taken: set[tuple[str, str]] = set()
        end = asyncio.Event()
        try:
            # In one order for all: who holds some waits for none that waits for it.
            for mark in sorted(marks):
                if await self._take(mark, end):
                    taken.add(mark)
            standings = [
                Standing.NEW if mark in taken else Standing.DONE for mark in marks
            ]
            yield Unit(standings)
            for mark in marks:
                self._remember(mark)
        finally:
            for mark in taken:
                del self._ends[mark]
            end.set()

    async def forget(self, older_than: timedelta) -> int:
        """Forget what nobody has asked for in so long a time; return how many.

        Raises:
            ValueError: The age is negative.

        """
        if older_than < timedelta(0):
            raise ValueError(f"an age cannot be negative: {older_than}")
        last = self._monotonic() - older_than.total_seconds()
        before = len(self._done)
        while self._done and next(iter(self._done.values())) <= last:
            self._done.popitem(last=False)
        return before - len(self._done)

    async def close(self) -> None:
        """Do nothing: it may be used again, and knows what it knew."""

    async def _take(self, mark: tuple[str, str], end: asyncio.Event) -> bool:
        """Say whether a key is new; if so, others wait for the end."""
        while mark in self._ends:
            await self._ends[mark].wait()
        if mark in self._done:
            return False
        self._ends[mark] = end
        return True

    def _remember(self, mark: tuple[str, str]) -> None:
        self._done[mark] = self._monotonic()
        self._done.move_to_end(mark)
        if len(self._done) > self._capacity:
            self._done.popitem(last=False)
