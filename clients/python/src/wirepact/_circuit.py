"""While something is out that all messages need, all wait, and one looks."""

import asyncio
from collections.abc import Awaitable, Callable

from wirepact.dead_letter import words_of
from wirepact.retrying import Backoff


class Circuit:
    """Open from the first outage until an attempt has got through.

    Attributes:
        is_open: Whether something is out.
        is_closed: Set while nothing is.

    """

    def __init__(
        self,
        backoff: Backoff,
        opened: Callable[[str], None],
        closed: Callable[[], None],
    ) -> None:
        """Begin closed.

        Args:
            opened: Is told why, once for each outage.
            closed: Is told when it is over.

        """
        self.is_open = False
        self.is_closed = asyncio.Event()
        self.is_closed.set()
        self._backoff = backoff
        self._opened = opened
        self._closed = closed
        self._failures = 0
        self._turn = asyncio.Lock()

    def open(self, error: BaseException) -> None:
        """Note an outage down."""
        self._failures += 1
        if self.is_open:
            return
        self.is_open = True
        self.is_closed.clear()
        self._opened(words_of(error))

    def close(self) -> None:
        """Note down that it is over."""
        self._failures = 0
        self.is_open = False
        self.is_closed.set()
        self._closed()

    async def probe(self, attempt: Callable[[], Awaitable[bool]]) -> None:
        """Wait, then make one attempt; of many who ask, one at a time.

        Args:
            attempt: Tells whether nothing was out.

        """
        async with self._turn:
            if not self.is_open:
                return
            await asyncio.sleep(self._backoff.pause_s(self._failures))
            if await attempt():
                self.close()
