"""A member of a group of RabbitMQ's: consumers on one channel."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from wirepact.errors import BrokerUnavailableError
from wirepact.transports import _amqp
from wirepact.transports._amqp import Delivered, Wire
from wirepact.transports._intake import Intake
from wirepact.transports._rabbitmq_link import (
    UNREACHABLE,
    Link,
    Topology,
    held,
)
from wirepact.transports.port import Delivery, Lag, Lane

logger = logging.getLogger("wirepact.transports.rabbitmq")

# Every message of a topic, whatever its routing key.
_ALL: Final = "#"


class RabbitMqSubscription:
    """See `Subscription`. What is in hand belongs to the channel that brought it.

    When the channel is lost, the broker delivers all of it again; what is settled
    later is dropped, as its tag may by then be another message's.
    """

    def __init__(
        self,
        link: Link,
        topology: Topology,
        topics: Sequence[str],
        group: str,
        *,
        prefetch: int,
        is_single: bool,
    ) -> None:
        self._link = link
        self._topology = topology
        self._group = group
        self._prefetch = prefetch
        self._is_single = is_single
        self._intake = Intake(topics)
        self._messages: dict[int, Delivered] = {}
        self._queues: dict[str, str] = {}
        self._waits: set[str] = set()
        self._wire: Wire | None = None
        self._lock = asyncio.Lock()
        self._is_closed = False

    async def open(self) -> None:
        """Begin to consume, unless that is so already.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        async with self._lock:
            if not self._is_closed and not self._is_open():
                self._forget()
                with self._link.outages():
                    await self._consume()

    def _is_open(self) -> bool:
        return self._wire is not None and not self._wire.is_closed

    def _forget(self) -> None:
        self._wire = None
        self._intake.clear()
        self._messages.clear()

    async def _consume(self) -> None:
        wire = await self._link.wire()
        try:
            wire.on_consumer_cancel_callbacks.add(self._cancelled)
            await wire.basic_qos(prefetch_count=self._prefetch)
            for topic in dict.fromkeys(lane.topic for lane in self._intake.lanes):
                queue = await self._bound_queue(wire, topic)
                self._queues[topic] = queue
                callback = partial(self._come, wire, topic)
                await wire.basic_consume(queue, callback)
        except BaseException:
            await wire.close()
            raise
        self._wire = wire
        wire.closing.add_done_callback(lambda _: self._intake.wake())

    async def _bound_queue(self, wire: Wire, topic: str) -> str:
        """Make the group's queue, with all that the topic holds for its first group."""
        await self._topology.topic(topic)
        queue = await self._topology.group(topic, self._group)
        # What is held is older than what comes by the binding.
        await self._adopt(wire, topic, queue)
        await wire.queue_bind(queue, topic, routing_key=_ALL)
        await self._adopt(wire, topic, queue)
        return queue

    async def _adopt(self, wire: Wire, topic: str, queue: str) -> None:
        holding = held(topic)
        is_there = await self._link.found(
            lambda channel: channel.declare_queue(holding, passive=True)
        )
        # A topic of others' making has no such queue.
        while is_there:
            message = await wire.basic_get(holding)
            if message.delivery_tag is None:
                return
            copy = _amqp.again(topic, message, attempt=0)
            await wire.basic_publish(
                copy.body,
                routing_key=queue,
                properties=copy.properties,
                mandatory=True,
                timeout=self._link.timeout_s,
            )
            await wire.basic_ack(message.delivery_tag)

    async def _come(self, wire: Wire, topic: str, message: Delivered) -> None:
        tag = message.delivery_tag
        if (wire is not self._wire and self._wire is not None) or tag is None:
            return
        self._messages[tag] = message
        self._intake.put(_amqp.to_delivery(topic, message, tag))

    async def _cancelled(self, _frame: Any) -> None:
        """Begin anew: a queue was deleted, or its leader has moved."""
        wire, self._link.known = self._wire, set()
        self._forget()
        self._intake.wake()
        if wire is not None:
            await wire.close()

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """See `Subscription`."""
        await self.open()
        await self._intake.arrival(wait_s)
        if self._is_closed:
            return []
        if not self._is_open():
            self._forget()
            raise self._outage()
        return self._intake.take(limit)

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """See `Subscription`."""
        if self._wire is not None and self._wire.is_closed:
            raise self._outage()
        for delivery in self._intake.settle(deliveries):
            await self._settle(delivery)

    async def _settle(self, delivery: Delivery) -> None:
        tag = int(delivery.position)
        self._messages.pop(tag, None)
        if self._wire is not None:
            with self._link.outages():
                await self._wire.basic_ack(tag, wait=False)

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """See `Subscription`. If the link is lost, they come again without a delay."""
        try:
            if self._is_single:
                self._rewind(deliveries, delay_s)
            elif delay_s > 0:
                await self._delay(deliveries, delay_s)
            else:
                await self._return(deliveries)
        except BrokerUnavailableError as error:
            logger.warning("handed back by the loss of the link: %s", error)

    def _rewind(self, deliveries: Iterable[Delivery], delay_s: float) -> None:
        # The broker delivers to nobody else: what waits in our hand keeps its order,
        # and if we die, all of it comes again in the same one.
        until = asyncio.get_running_loop().time() + delay_s
        for delivery in deliveries:
            if self._intake.has(delivery):
                self._intake.rewind(delivery, until)

    async def _return(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in self._intake.settle(deliveries):
            tag = int(delivery.position)
            self._messages.pop(tag, None)
            if self._wire is not None:
                with self._link.outages():
                    await self._wire.basic_nack(tag, requeue=True, wait=False)

    async def _delay(self, deliveries: Iterable[Delivery], delay_s: float) -> None:
        delay_ms = max(round(delay_s * 1000), 1)
        mine = [each for each in deliveries if self._intake.has(each)]
        with self._link.outages():
            for topic in {each.topic for each in mine}:
                queue = await self._topology.wait(self._queues[topic], delay_ms)
                self._waits.add(queue)
                ours = [each for each in mine if each.topic == topic]
                await asyncio.gather(
                    *(self._copy(each, queue, delay_ms) for each in ours)
                )

    async def _copy(self, delivery: Delivery, queue: str, delay_ms: int) -> None:
        """Put a copy into a waiting queue; settle the message after it is there."""
        wire, message = self._wire, self._messages.get(int(delivery.position))
        if wire is None or message is None:
            return
        copy = _amqp.again(delivery.topic, message, delivery.attempt, delay_ms)
        await wire.basic_publish(
            copy.body,
            routing_key=queue,
            properties=copy.properties,
            mandatory=True,
            timeout=self._link.timeout_s,
        )
        await self.ack([delivery])

    def pause(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`. What was sent to us before stays here, unfetched."""
        self._intake.pause(lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._intake.resume(lanes)

    def lanes(self) -> Sequence[Lane]:
        """See `Subscription`."""
        return self._intake.lanes

    async def lag(self) -> Mapping[Lane, Lag]:
        """See `Subscription`.

        What other members have in hand is not counted, as the broker tells only what
        is in its queue. The age is that of the oldest that this member has.
        """
        await self.open()
        with self._link.outages():
            return {lane: await self._lag(lane.topic) for lane in self._intake.lanes}

    async def _lag(self, topic: str) -> Lag:
        ours = self._intake.of(topic)
        queues = [self._queues[topic], *self._waits_of(topic)]
        messages = len(ours) + sum([await self._depth(queue) for queue in queues])
        sent = [each.sent_at for each in ours if each.sent_at is not None]
        if not messages:
            return Lag(0, 0.0)
        if not sent:
            return Lag(messages, None)
        return Lag(messages, max((datetime.now(UTC) - min(sent)).total_seconds(), 0.0))

    def _waits_of(self, topic: str) -> list[str]:
        return [each for each in self._waits if each.startswith(self._queues[topic])]

    async def _depth(self, queue: str) -> int:
        depth = 0

        async def ask(channel: Any) -> None:
            nonlocal depth
            found = await channel.declare_queue(queue, passive=True)
            depth = found.declaration_result.message_count or 0

        await self._link.found(ask)
        return depth

    async def close(self) -> None:
        """See `Subscription`."""
        self._is_closed = True
        wire = self._wire
        self._forget()
        self._intake.wake()
        if wire is not None:
            with suppress(*UNREACHABLE):
                await wire.close()

    def _outage(self) -> BrokerUnavailableError:
        return BrokerUnavailableError(
            str(self._link.address), "the connection was lost"
        )
