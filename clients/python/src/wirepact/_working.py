"""Workers: each has a queue, and all messages of a key are in the queue of one."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from wirepact._cases import Later
from wirepact._circuit import Circuit
from wirepact._hand import Hand, Pauses
from wirepact._handling import Handling
from wirepact.errors import BrokerUnavailableError
from wirepact.retrying import Backoff
from wirepact.transports.port import Delivery, Subscription

logger = logging.getLogger(__name__)


class Desk:
    """What the workers of a group share."""

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


class Worker:
    """Handles messages one by one, in their order."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._queue: deque[Delivery] = deque()
        self._woken = asyncio.Event()
        # Keys that wait for their first message's next attempt.
        self._waiting: dict[object, deque[Delivery]] = {}

    def put(self, delivery: Delivery) -> None:
        """Add a message; `wake` afterwards."""
        self._queue.append(delivery)

    def wake(self) -> None:
        self._woken.set()

    def forget(self) -> None:
        """Forget what is no longer ours."""
        holds = self._desk.hand.holds
        self._queue = deque(filter(holds, self._queue))
        for waiting in self._waiting.values():
            ours = list(filter(holds, waiting))
            waiting.clear()
            waiting.extend(ours)

    async def run(self) -> None:
        """Work until cancelled."""
        circuit = self._desk.circuit
        while True:
            if not self._queue:
                self._woken.clear()
                await self._woken.wait()
            elif circuit.is_open:
                await circuit.probe(self._one)
            else:
                await self._one()

    async def _one(self) -> bool:
        """Handle the next message; tell whether nothing was out."""
        if not self._queue:
            return True
        delivery = self._queue.popleft()
        desk = self._desk
        if not desk.hand.holds(delivery):
            return True
        if self._waiting and self._joins(delivery):
            return True
        desk.hand.begin(delivery)
        try:
            later = await desk.handling.handle(delivery)
        finally:
            desk.hand.end(delivery)
        return later is None or await self._put_off(delivery, later)

    def _joins(self, delivery: Delivery) -> bool:
        waiting = self._waiting.get(_order_of(delivery))
        if waiting is None:
            return False
        waiting.append(delivery)
        return True

    async def _put_off(self, delivery: Delivery, later: Later) -> bool:
        desk = self._desk
        if not desk.hand.holds(delivery):
            return True
        if later.outage is not None:
            self._queue.appendleft(delivery)
            desk.circuit.open(later.outage)
            return False
        if later.is_handed_back:
            await desk.hand_back([delivery], later.delay_s)
            return True
        order = _order_of(delivery)
        self._waiting[order] = deque((delivery,))
        desk.pauses.begin(delivery.lane)
        loop = asyncio.get_running_loop()
        loop.call_later(later.delay_s, self._go_on, order, delivery)
        return True

    def _go_on(self, order: object, delivery: Delivery) -> None:
        """Put a key's messages in front of all that have come since."""
        self._desk.pauses.end(delivery.lane)
        self._queue.extendleft(reversed(self._waiting.pop(order)))
        self._woken.set()


def _order_of(delivery: Delivery) -> object:
    """Return what a message must not overtake; those without a key only themselves."""
    key = delivery.key
    return delivery if key is None else (delivery.topic, delivery.partition, key)
