"""Workers: each has a queue, and all messages of a key are in the queue of one."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from wirepact._cases import Later
from wirepact._circuit import Circuit
from wirepact._hand import Hand, Pauses
from wirepact._handling import Handling
from wirepact.errors import BrokerUnavailableError
from wirepact.retrying import Backoff
from wirepact.transports.port import Delivery, Lane, Subscription

logger = logging.getLogger(__name__)


class Desk:
    """What the workers of a group share.

    Attributes:
        subscription: None before it is begun with.
        is_closing: Whether they are to end, also one whose cancellation was swallowed,
            as `asyncio.wait_for` does it now and then before Python 3.12.

    """

    def __init__(
        self,
        handling: Handling,
        hand: Hand,
        pauses: Pauses,
        circuit: Circuit,
        backoff: Backoff,
    ) -> None:
        self.handling = handling
        self.hand = hand
        self.pauses = pauses
        self.circuit = circuit
        self.subscription: Subscription | None = None
        self.is_closing = False
        self._backoff = backoff

    async def hand_back(self, deliveries: Sequence[Delivery], delay_s: float) -> None:
        """Let the broker deliver again; while it does not answer, it is asked again."""
        self.hand.drop(deliveries)
        self.handling.close_cases(deliveries)
        failures = 0
        while self.subscription is not None:
            try:
                await self.subscription.nack(deliveries, delay_s)
            except BrokerUnavailableError as error:
                failures += 1
                logger.warning("messages are handed back later: %s", error)
                await asyncio.sleep(self._backoff.pause_s(failures))
            else:
                return


class Waiting:
    """Keys that wait for their first message's next attempt.

    Attributes:
        by_key: The messages of each, in their order.

    """

    def __init__(
        self, hand: Hand, pauses: Pauses, go_on: Callable[[Sequence[Delivery]], None]
    ) -> None:
        """Begin with none.

        Args:
            go_on: Is given a key's messages when they are due.

        """
        self.by_key: dict[object, list[Delivery]] = {}
        self._hand = hand
        self._pauses = pauses
        self._go_on = go_on

    def begin(self, delivery: Delivery, later: Later) -> None:
        """Let a message's key wait; its lane is paused, unless that is brief."""
        key = order_of(delivery)
        self.by_key[key] = [delivery]
        if not later.is_brief:
            self._pauses.begin(delivery.lane)
        asyncio.get_running_loop().call_later(
            later.delay_s, self._end, key, delivery.lane, later
        )

    def joins(self, delivery: Delivery) -> bool:
        """Whether a message waits, as its key does; from now on, if not before."""
        waiting = self.by_key.get(order_of(delivery))
        if waiting is None:
            return False
        if delivery not in waiting:
            waiting.append(delivery)
        return True

    def forget(self) -> None:
        """Forget what waits; its keys are waited for all the same."""
        for waiting in self.by_key.values():
            waiting[:] = filter(self._hand.holds, waiting)

    def _end(self, key: object, lane: Lane, later: Later) -> None:
        if not later.is_brief:
            self._pauses.end(lane)
        self._go_on(self.by_key.pop(key))


class Worker:
    """Handles messages one by one, in their order."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._queue: deque[Delivery] = deque()
        self._woken = asyncio.Event()
        self._waiting = Waiting(desk.hand, desk.pauses, self._go_on)
        self._by_key = self._waiting.by_key

    def put(self, delivery: Delivery) -> None:
        """Add a message; `wake` afterwards."""
        self._queue.append(delivery)

    def wake(self) -> None:
        self._woken.set()

    def forget(self) -> None:
        """Forget what is no longer ours."""
        self._queue = deque(filter(self._desk.hand.holds, self._queue))
        self._waiting.forget()

    async def run(self) -> None:
        """Work until cancelled."""
        circuit = self._desk.circuit
        while True:
            if not self._queue:
                if self._desk.is_closing:
                    return
                self._woken.clear()
                await self._woken.wait()
            elif circuit.is_open:
                await circuit.is_closed.wait()
            else:
                await self._one()

    async def _one(self) -> None:
        """Handle the next message."""
        delivery = self._queue.popleft()
        desk = self._desk
        if not desk.hand.holds(delivery):
            return
        if self._by_key and self._waiting.joins(delivery):
            return
        desk.hand.begin(delivery)
        try:
            later = await desk.handling.handle(delivery)
        finally:
            desk.hand.end(delivery)
        if later is not None:
            await self._put_off(delivery, later)

    async def _again(self, delivery: Delivery) -> Later | None:
        """Handle a message once more, unless it is no longer ours."""
        desk = self._desk
        if not desk.hand.holds(delivery):
            return None
        desk.hand.begin(delivery)
        try:
            return await desk.handling.handle(delivery)
        finally:
            desk.hand.end(delivery)

    async def _put_off(self, delivery: Delivery, found: Later) -> None:
        desk = self._desk
        later: Later | None = found
        if found.outage is not None and desk.hand.holds(delivery):
            attempt = partial(self._again, delivery)
            later = await desk.circuit.outlast(delivery, found, attempt)
        if later is None or not desk.hand.holds(delivery):
            return
        if later.is_handed_back:
            await desk.hand_back([delivery], later.delay_s)
        else:
            self._waiting.begin(delivery, later)

    def _go_on(self, due: Sequence[Delivery]) -> None:
        """Put a key's messages in front of all that have come since."""
        self._queue.extendleft(reversed(due))
        self._woken.set()


def order_of(delivery: Delivery) -> object:
    """Return what a message must not overtake; those without a key only themselves."""
    key = delivery.key
    return delivery if key is None else (delivery.topic, delivery.partition, key)
