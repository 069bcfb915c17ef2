"""While something is out that all messages need, all wait, and one looks."""

import asyncio
from collections.abc import Awaitable, Callable

from wirepact._cases import Later
from wirepact._hand import Hand
from wirepact.dead_letter import words_of
from wirepact.retrying import Backoff
from wirepact.transports.port import Delivery

Attempt = Callable[[], Awaitable[Later | None]]


class Circuit:
    """Open from the first outage until all have got through who have met it.

    That some message gets through shows nothing: it may need nothing of what is out.

    Attributes:
        is_open: Whether something is out.
        is_closed: Set while nothing is.

    """

    def __init__(
        self,
        backoff: Backoff,
        hand: Hand,
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
        self._hand = hand
        self._opened = opened
        self._closed = closed
        self._met = 0
        self._failures = 0
        self._turn = asyncio.Lock()
        # What was begun while something was out, and has not ended yet.
        self._begun_before: frozenset[Delivery] = frozenset()

    async def outlast(
        self, first: Delivery, found: Later, attempt: Attempt
    ) -> Later | None:
        """Attempt again until nothing is out; of many who ask, one at a time.

        Args:
            first: What was handled, or the first of it.
            found: Tells what is out.
            attempt: Tells likewise whether that is still so.

        Returns:
            What the attempt has returned that has met no outage.

        """
        later: Later | None = found
        if first in self._begun_before:
            # It may have waited all the time for what is back by now.
            self._begun_before -= {first}
            later = await attempt()
        if later is None or later.outage is None:
            return later
        self._open(later.outage)
        self._met += 1
        while later is not None and later.outage is not None:
            later = await self._attempted(attempt)
        self._met -= 1
        if not self._met:
            self._close()
        return later

    async def _attempted(self, attempt: Attempt) -> Later | None:
        async with self._turn:
            if self._failures:
                await asyncio.sleep(self._backoff.pause_s(self._failures))
                later = await attempt()
                is_out = later is not None and later.outage is not None
                self._failures = self._failures + 1 if is_out else 0
                return later
        # The one before has got through: nobody need wait for a turn.
        later = await attempt()
        if later is not None and later.outage is not None:
            self._failures = max(self._failures, 1)
        return later

    def _open(self, outage: BaseException) -> None:
        if self.is_open:
            return
        self.is_open = True
        self.is_closed.clear()
        self._failures = 1
        self._opened(words_of(outage))

    def _close(self) -> None:
        self.is_open = False
        self.is_closed.set()
        self._begun_before = self._hand.running
        self._closed()
