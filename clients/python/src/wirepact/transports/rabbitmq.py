"""RabbitMQ: a topic is an exchange, and a group is a quorum queue that is bound to it.

    broker = RabbitMq("amqp://broker:5672/", auth=BasicAuth("shop", password))

`<topic>` is a topic exchange, `<topic>.<group>` the queue of a group. What is sent
while a topic has no group yet goes to the queue `<topic>.#held`, and the first group
takes it from there. What is handed back with a delay waits in queues
`<topic>.<group>.#wait-…`, whose names end with the longest delay, in milliseconds, of
those that share them.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from wirepact import envelope
from wirepact._closing import all_closed
from wirepact.auth import BasicAuth, Tls
from wirepact.errors import (
    BrokerUnavailableError,
    MissingExtraError,
    RecordRefusedError,
    RecordTooLargeError,
    WirepactError,
)
from wirepact.transports._address import Address, Scheme
from wirepact.transports.port import Capabilities, Receipt, Record, Revoked

try:
    from aio_pika import Message
    from aio_pika.exceptions import ChannelNotFoundEntity, PublishError

    from wirepact.transports import _amqp
    from wirepact.transports._amqp import Wire
    from wirepact.transports._rabbitmq_link import (
        Link,
        Topology,
        find_name_fault,
        is_refusal,
    )
    from wirepact.transports._rabbitmq_subscription import RabbitMqSubscription
except ModuleNotFoundError as error:
    raise MissingExtraError("RabbitMQ", "rabbitmq") from error

SCHEMES: Final[Mapping[str, Scheme]] = {
    "amqp": Scheme(5672, is_encrypted=False),
    "amqps": Scheme(5671, is_encrypted=True),
}
# So many confirmations are waited for at once; more would only cost memory.
_AT_ONCE: Final = 1000
# "message size 200 is larger than configured max size 100", in the broker's words.
_LIMIT: Final = re.compile(r"larger than (?:configured )?max size (?P<most>\d+)")


class RabbitMq:
    """A connection to RabbitMQ, 3.10 or later. See `Transport`.

    Reconnecting is the next call's: a call during an outage fails at once.
    """

    system = "rabbitmq"
    binding = envelope.AMQP

    def __init__(
        self,
        url: str,
        *,
        auth: BasicAuth | None = None,
        tls: Tls | None = None,
        prefetch: int = 256,
        single_active_consumer: bool = False,
        timeout_s: float = 15.0,
    ) -> None:
        """Say where the broker is; nothing is connected yet.

        Args:
            url: `amqp://host:port/virtual-host`, or `amqps://` for TLS; without a path
                the virtual host is `/`.
            auth: Instead of the name and password in the URL.
            prefetch: How many records may be in hand, for each topic of a
                subscription; the broker sends no more.
            single_active_consumer: Whether only one member of a group at a time is
                delivered to, so that the order of keys is kept. It is a property of
                the group's queue, and decided when that is made. What is handed back
                with a delay then holds up all that follows.
            timeout_s: How long one answer of the broker is waited for, and the
                confirmations of what is sent together.

        Raises:
            ValueError: The URL is not one of these.

        """
        self.capabilities = Capabilities(
            keeps_key_order=single_active_consumer,
            has_partitions=False,
            delays=not single_active_consumer,
            deduplicates=False,
            has_any_header=False,
        )
        self._address = Address.of(url, SCHEMES, auth, tls)
        self._timeout_s = timeout_s
        self._link = Link(self._address, timeout_s)
        self._topology = Topology(self._link, is_single=single_active_consumer)
        self._prefetch = prefetch
        self._wire: Wire | None = None
        self._opening = asyncio.Lock()
        self._subscriptions: list[RabbitMqSubscription] = []

    def __repr__(self) -> str:
        return f"RabbitMq({str(self._address)!r})"

    def find_name_fault(self, topic: str, group: str | None = None) -> str | None:
        """See `Transport`."""
        return find_name_fault(topic, group)

    async def open(self) -> None:
        """See `Transport`."""
        await self._link.reopen()

    async def close(self) -> None:
        """See `Transport`. Its subscriptions are closed as well."""
        subscriptions = self._subscriptions.copy()
        self._subscriptions.clear()
        self._wire = None
        await all_closed([*(each.close for each in subscriptions), self._link.close])

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`. All confirmations of the broker are waited for together."""
        now = datetime.now(UTC)
        messages = [(record, _amqp.to_message(record, now)) for record in records]
        await self._link.connection()
        for topic in dict.fromkeys(record.topic for record in records):
            with self._link.outages():
                await self._topology.topic(topic)
        for first in range(0, len(messages), _AT_ONCE):
            await self._send(messages[first : first + _AT_ONCE])
        return [Receipt(record.topic, None, None) for record in records]

    async def _send(self, messages: Sequence[tuple[Record, Message]]) -> None:
        wire = await self._channel()
        # Each publish waits in line for the channel, in the order of its task.
        outcomes = await asyncio.gather(
            *(self._publish(wire, *each) for each in messages),
            return_exceptions=True,
        )
        for (record, _), outcome in zip(messages, outcomes, strict=True):
            if outcome is not None:
                raise self._failure(record, messages, outcome) from outcome

    async def _publish(self, wire: Wire, record: Record, message: Message) -> None:
        await wire.basic_publish(
            message.body,
            exchange=record.topic,
            routing_key=_amqp.routing_key(record.key),
            properties=message.properties,
            mandatory=True,
            wait=False,
            timeout=self._timeout_s,
        )

    async def _channel(self) -> Wire:
        async with self._opening:
            if self._wire is None or self._wire.is_closed:
                with self._link.outages():
                    self._wire = await self._link.wire()
            return self._wire

    def _failure(
        self,
        record: Record,
        messages: Sequence[tuple[Record, Message]],
        outcome: BaseException,
    ) -> WirepactError:
        """Say in our words why a record was not confirmed."""
        if isinstance(outcome, PublishError):
            return RecordRefusedError(record.topic, "no queue is bound to the exchange")
        if is_refusal(outcome):
            # It ends the channel, with all that was under way, and does not tell
            # which one it is about.
            return self._refusal([each for each, _ in messages], str(outcome))
        if isinstance(outcome, ChannelNotFoundEntity):
            # The exchange was deleted meanwhile: the next time it is made again.
            self._link.known.clear()
        reason = str(outcome) or "no confirmation came"
        return BrokerUnavailableError(str(self._address), reason)

    def _refusal(self, records: Sequence[Record], reason: str) -> WirepactError:
        said = _LIMIT.search(reason)
        if said is None:
            return RecordRefusedError(max(records, key=_size).topic, reason)
        for record in records:
            if _size(record) > int(said["most"]):
                return RecordTooLargeError(record.topic, reason)
        # Another call has sent it, by the same channel.
        return BrokerUnavailableError(str(self._address), reason)

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> RabbitMqSubscription:
        """See `Transport`. Lanes are never revoked: the broker has no partitions.

        A new group begins with what was held for it, or with what is sent from now on
        if another group has taken that.
        """
        subscription = RabbitMqSubscription(
            self._link,
            self._topology,
            topics,
            group,
            prefetch=self._prefetch,
            is_single=not self.capabilities.delays,
        )
        await subscription.open()
        self._subscriptions.append(subscription)
        return subscription


def _size(record: Record) -> int:
    return len(record.value or b"")
