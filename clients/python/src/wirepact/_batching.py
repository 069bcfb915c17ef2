"""Workers whose handlers take many messages at a time."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any, Final

from wirepact._applying import InFlightError, LostError
from wirepact._cases import Later
from wirepact._handling import Handling, pause_after
from wirepact._working import Desk, Waiting, order_of
from wirepact.handlers import Handler
from wirepact.metadata import Metadata
from wirepact.observing import Outcome
from wirepact.retrying import OF_READING, Blame, Reason, failure
from wirepact.transports.port import Delivery

_IN_FLIGHT_S: Final = 1.0
_APART: Final = Later()
"""A batch has failed for good, perhaps for one of its messages alone."""


class BatchWorker:
    """Handles messages many at a time."""

    def __init__(self, desk: Desk, handler: Handler) -> None:
        self._desk = desk
        self._handler = handler
        self._waiting = Waiting(desk.hand, desk.pauses, self._go_on)
        self._batches = _Batches(desk.handling, handler)
        self._queue: deque[tuple[Delivery, float]] = deque()
        self._woken = asyncio.Event()

    def put(self, delivery: Delivery) -> None:
        """Add a message; `wake` afterwards."""
        self._queue.append((delivery, asyncio.get_running_loop().time()))

    def wake(self) -> None:
        self._woken.set()

    def forget(self) -> None:
        """Forget what is no longer ours."""
        holds = self._desk.hand.holds
        self._queue = deque(each for each in self._queue if holds(each[0]))
        self._waiting.forget()

    async def run(self) -> None:
        """Work until cancelled."""
        while not self._desk.is_closing:
            await self._handled(await self._collected())

    async def _collected(self) -> list[Delivery]:
        """Return a batch: when it is full, or its first message has waited enough."""
        loop = asyncio.get_running_loop()
        handler = self._handler
        while len(self._queue) < handler.batch:
            self._woken.clear()
            due = self._queue[0][1] + handler.every_s if self._queue else None
            if due is not None and due <= loop.time():
                break
            try:
                async with asyncio.timeout_at(due):
                    await self._woken.wait()
            except TimeoutError:
                break
        count = min(len(self._queue), handler.batch)
        return [self._queue.popleft()[0] for _ in range(count)]

    async def _handled(self, batch: list[Delivery]) -> None:
        """Handle a batch until nothing of it is left but what waits by itself."""
        circuit = self._desk.circuit
        while batch := self._left(batch):
            if circuit.is_open:
                await circuit.is_closed.wait()
                continue
            later = await self._once(batch)
            if later is not None and later.outage is not None and batch:
                attempt = partial(self._once, batch)
                later = await circuit.outlast(batch[0], later, attempt)
            if later is _APART:
                for delivery in batch:
                    await self._handled([delivery])
            elif later is not None:
                await self._paused(batch, later.delay_s)

    def _left(self, batch: Iterable[Delivery]) -> list[Delivery]:
        left = list(filter(self._desk.hand.holds, batch))
        if not self._waiting.by_key:
            return left
        return [each for each in left if not self._waiting.joins(each)]

    async def _once(self, batch: list[Delivery]) -> Later | None:
        """Handle a batch once; what waits by itself is taken out of it."""
        hand = self._desk.hand
        ours = self._left(batch)
        put_off: dict[Delivery, Later] = {}
        for delivery in ours:
            hand.begin(delivery)
        try:
            return await self._batches.handle(ours, put_off)
        finally:
            for delivery in ours:
                hand.end(delivery)
            for delivery, later in put_off.items():
                self._waiting.begin(delivery, later)
            batch[:] = self._left(ours)

    def _go_on(self, due: Sequence[Delivery]) -> None:
        """Put a key's messages in front of all; they have waited enough."""
        self._queue.extendleft((each, -inf) for each in reversed(due))
        self._woken.set()

    async def _paused(self, batch: list[Delivery], delay_s: float) -> None:
        lanes = {each.lane for each in batch}
        for lane in lanes:
            self._desk.pauses.begin(lane)
        try:
            await asyncio.sleep(delay_s)
        finally:
            for lane in lanes:
                self._desk.pauses.end(lane)


@dataclass(slots=True)
class _Batch:
    """Messages of one call, with their events."""

    messages: list[Metadata] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    def add(self, message: Metadata, event: Any) -> None:
        self.messages.append(message)
        self.events.append(event)


class _Batches:
    """Handles batches of one handler."""

    def __init__(self, handling: Handling, handler: Handler) -> None:
        self._handling = handling
        self._handler = handler

    async def handle(
        self, deliveries: Sequence[Delivery], put_off: dict[Delivery, Later]
    ) -> Later | None:
        """Handle a batch; None when all that could be settled is.

        Args:
            put_off: Is given the first message of each key that has to wait by itself.

        """
        batch = _Batch()
        waiting: set[object] = set()
        for delivery in deliveries:
            if waiting and order_of(delivery) in waiting:
                continue
            later = await self._read(delivery, batch)
            if later is not None and later.outage is not None:
                return later
            if later is not None:
                waiting.add(order_of(delivery))
                put_off[delivery] = later
        if not batch.messages:
            return None
        return await self._applied(batch)

    async def _read(self, delivery: Delivery, batch: _Batch) -> Later | None:
        """Add a message to the batch, or settle it without the handler."""
        handling = self._handling
        route = handling.routes[delivery.topic]
        message = handling.message(delivery, route)
        case = handling.case_of(delivery) if handling.has_case(delivery) else None
        if case is not None and case.deaths:
            later = await handling.burying.bury(message, route, case)
            return later or handling.settled(delivery)
        if case is not None and case.done:
            return handling.settled(delivery)
        try:
            event = await handling.read(message)
        except Exception as error:  # noqa: BLE001 - the table says what each means
            return await handling.unread(message, route, failure(error, OF_READING))
        if not route.handlers_for(event):
            return await handling.unrouted(message, route)
        if handling.burying.is_parked(message, self._handler):
            return await self._buried(message, Reason.PARKED, None)
        batch.add(message, event)
        return None

    async def _applied(self, batch: _Batch) -> Later | None:
        handling = self._handling
        attempt = 1 + max(map(handling.attempts_of, batch.messages))
        for message in batch.messages:
            message.attempt = attempt
        clock = handling.around.clock
        begun = clock()
        try:
            await self._call(batch)
        except LostError:
            # Some of it belongs to others now; the rest is handled without them.
            return None
        except InFlightError:
            return Later(_IN_FLIGHT_S * (0.5 + handling.around.random()))
        except Exception as error:  # noqa: BLE001 - the table says what each means
            share_s = (clock() - begun) / len(batch.messages)
            return await self._failed(batch, error, share_s)
        return None

    async def _call(self, batch: _Batch) -> None:
        """Call the handler, and settle what it has handled."""
        handling, handler = self._handling, self._handler
        observer, clock = handling.around.observer, handling.around.clock
        begun = clock()
        outcomes = await handling.applying.apply_batch(
            handler, batch.messages, batch.events
        )
        share_s = (clock() - begun) / len(outcomes)
        for message, outcome in zip(batch.messages, outcomes, strict=True):
            observer.handled(message, handler.name, outcome, share_s)
            if outcome is Outcome.DUPLICATE:
                observer.duplicate(message, handler.name)
            handling.settled(message.delivery)

    async def _failed(
        self, batch: _Batch, error: Exception, share_s: float
    ) -> Later | None:
        handling, handler = self._handling, self._handler
        found = handling.judge(error)
        if found.blame is Blame.OUTAGE:
            return Later(outage=error)
        for message in batch.messages:
            handling.case_of(message.delivery).attempts += 1
        pause_s = pause_after(handler, found, batch.messages[0].attempt)
        if pause_s is None and len(batch.messages) > 1:
            return self._apart(batch)
        if pause_s is None:
            return await self._buried(batch.messages[0], found.reason, error, share_s)
        for message in batch.messages:
            handling.note_retry(handler, message, pause_s, found, share_s)
        return Later(pause_s * handling.around.random())

    def _apart(self, batch: _Batch) -> Later:
        """Let each message show by itself whether it is the one that fails."""
        for message in batch.messages:
            self._handling.case_of(message.delivery).attempts = 0
        return _APART

    async def _buried(
        self,
        message: Metadata,
        reason: Reason,
        error: Exception | None,
        took_s: float = 0.0,
    ) -> Later | None:
        handling = self._handling
        route = handling.routes[message.delivery.topic]
        later = await handling.dies(
            self._handler, message, route, reason, error, took_s
        )
        return handling.settled(message.delivery) if later is None else later
