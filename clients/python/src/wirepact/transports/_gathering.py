"""Calls with few records travel together.

While records of a topic are under way, those of the next calls gather. So many small
calls cost hardly more than a large one, and nobody waits for others without need.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Final, cast

from wirepact.errors import BrokerUnavailableError, RecordRefusedError, WirepactError
from wirepact.transports.port import Receipt, Record

Outcome = Receipt | BrokerUnavailableError | RecordRefusedError | None
"""What became of a record; None while it is under way."""

# A call with so many records travels alone.
_ALONE: Final = 64

_Call = tuple[Sequence[Record], asyncio.Future[Sequence[Outcome]]]


class Gathering:
    """Sends what many calls want to be sent, and gives each what is its own."""

    def __init__(
        self,
        send: Callable[[Sequence[Record]], Awaitable[Sequence[Outcome]]],
        linger_s: float,
    ) -> None:
        """Make one in which nothing waits.

        Args:
            send: Returns what became of each record, in their order; records of one
                topic come in calls that follow each other, but for large ones.
            linger_s: How long the first of a topic waits for others.

        """
        self._send = send
        self._linger_s = linger_s
        self._waiting: dict[str, list[_Call]] = {}
        self._departing: set[asyncio.Task[None]] = set()

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`."""
        if not records:
            return []
        topic = records[0].topic
        if len(records) >= _ALONE or any(each.topic != topic for each in records):
            outcomes = await self._send(records)
        else:
            outcomes = await self._gathered(topic, records)
        for outcome in outcomes:
            if not isinstance(outcome, Receipt):
                assert outcome is not None  # noqa: S101 - all has been sent
                raise outcome
        return cast(Sequence[Receipt], outcomes)

    async def close(self) -> None:
        """Return when nothing is under way."""
        if self._departing:
            await asyncio.wait(self._departing)

    def _gathered(
        self, topic: str, records: Sequence[Record]
    ) -> asyncio.Future[Sequence[Outcome]]:
        ticket: asyncio.Future[Sequence[Outcome]]
        ticket = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(topic)
        if waiting is None:
            waiting = self._waiting[topic] = []
            departing = asyncio.ensure_future(self._depart(topic))
            self._departing.add(departing)
            departing.add_done_callback(self._departing.discard)
        waiting.append((records, ticket))
        return ticket

    async def _depart(self, topic: str) -> None:
        """Send what gathers for a topic, until nothing has come meanwhile."""
        try:
            while True:
                await asyncio.sleep(self._linger_s)
                calls = self._waiting[topic]
                if not calls:
                    return
                self._waiting[topic] = []
                await self._send_together(calls)
        finally:
            for _, ticket in self._waiting.pop(topic):
                ticket.cancel()

    async def _send_together(self, calls: Sequence[_Call]) -> None:
        together = [record for records, _ in calls for record in records]
        try:
            outcomes = await self._send(together)
        except WirepactError as error:
            for _, ticket in calls:
                if not ticket.done():
                    # Each caller adds a traceback of its own.
                    ticket.set_exception(copy(error))
            return
        except BaseException:
            for _, ticket in calls:
                ticket.cancel()
            raise
        first = 0
        for records, ticket in calls:
            behind = first + len(records)
            if not ticket.done():  # its caller may have been cancelled
                ticket.set_result(outcomes[first:behind])
            first = behind
