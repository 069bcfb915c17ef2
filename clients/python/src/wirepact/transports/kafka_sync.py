"""Kafka through confluent-kafka: the highest throughput, and cooperative hand-over.

    broker = ConfluentKafka("kafka:9092", tls=Tls(), sasl=Sasl("orders", password))

The library is a synchronous one: each producer and each member of a group has a thread
of its own, and what they do is handed to the event loop in batches.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from wirepact._closing import all_closed
from wirepact.envelope import KAFKA
from wirepact.errors import MissingExtraError
from wirepact.transports._kafka_names import find_topic_fault
from wirepact.transports.kafka_options import (
    DEFAULT,
    Compression,
    KafkaOptions,
    Mechanism,
    Sasl,
    Tls,
    protocol_of,
)
from wirepact.transports.port import Capabilities, Receipt, Record, Revoked

try:
    from wirepact.transports._confluent_member import ConfluentSubscription
    from wirepact.transports._confluent_sending import ConfluentSending
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] == "wirepact":
        raise
    raise MissingExtraError(__name__, "confluent") from error

__all__ = [
    "Compression",
    "ConfluentKafka",
    "ConfluentSubscription",
    "KafkaOptions",
    "Mechanism",
    "Sasl",
    "Tls",
]

CAPABILITIES: Final = Capabilities(
    keeps_key_order=True,
    has_partitions=True,
    delays=False,
    deduplicates=False,
    has_any_header=True,
)


class ConfluentKafka:
    """A cluster; one producer, and a consumer for each subscription."""

    system = "kafka"
    binding = KAFKA
    capabilities = CAPABILITIES

    def __init__(
        self,
        servers: str,
        *,
        tls: Tls | None = None,
        sasl: Sasl | None = None,
        options: KafkaOptions = DEFAULT,
    ) -> None:
        """Note down what to connect to; nothing is done yet.

        Args:
            servers: Some of the cluster's, as `host:port`, separated by commas.
            tls: None to speak in plain text.
            sasl: None to show no name.
            options: How to behave.

        """
        self._servers = servers
        self._options = options
        self._settings = {
            "bootstrap.servers": servers,
            "client.id": options.client_id,
            **_security(tls, sasl),
        }
        self._opening = asyncio.Lock()
        self._sending: ConfluentSending | None = None
        self._subscriptions: set[ConfluentSubscription] = set()

    def __repr__(self) -> str:
        return f"ConfluentKafka({self._servers!r})"

    def find_name_fault(
        self,
        topic: str,
        group: str | None = None,
    ) -> str | None:
        """See `Transport`."""
        return find_topic_fault(topic)

    async def open(self) -> None:
        """See `Transport`."""
        await self._opened()

    async def close(self) -> None:
        """Leave all groups, send what waits, and disconnect; twice is fine."""
        await all_closed([self._leave, self._disconnect])

    async def _leave(self) -> None:
        await asyncio.gather(*(each.close() for each in list(self._subscriptions)))

    async def _disconnect(self) -> None:
        async with self._opening:
            sending, self._sending = self._sending, None
        if sending is not None:
            await sending.close()

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`.

        What was not answered within `send_timeout_s` may have been sent.
        """
        sending = self._sending or await self._opened()
        return await sending.send(records)

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> ConfluentSubscription:
        """See `Transport`.

        Rebalances take away only what another member gets. Members through other
        libraries must use the strategy `cooperative-sticky` as well.
        """
        sending = await self._opened()
        await sending.topics.ensure(topics)
        subscription = ConfluentSubscription(
            topics, group, revoked, self._settings, self._options
        )
        self._subscriptions.add(subscription)
        subscription.on_close = self._subscriptions.discard
        try:
            await subscription.open()
        except BaseException:
            with suppress(Exception):  # the first failure is the one that tells
                await subscription.close()
            raise
        return subscription

    async def _opened(self) -> ConfluentSending:
        async with self._opening:
            if self._sending is None:
                sending = ConfluentSending(self._settings, self._options)
                try:
                    await sending.open()
                except BaseException:
                    await sending.close()
                    raise
                self._sending = sending
            return self._sending


def _security(tls: Tls | None, sasl: Sasl | None) -> Mapping[str, Any]:
    settings: dict[str, Any] = {"security.protocol": protocol_of(tls, sasl)}
    if tls is not None:
        files = {
            "ssl.ca.location": tls.authority,
            "ssl.certificate.location": tls.certificate,
            "ssl.key.location": tls.key or tls.certificate,
        }
        settings |= {name: str(path) for name, path in files.items() if path}
        if tls.key_password is not None:
            settings["ssl.key.password"] = tls.key_password
    if sasl is not None:
        settings |= {
            "sasl.mechanism": sasl.mechanism.value,
            "sasl.username": sasl.user,
            "sasl.password": sasl.password,
        }
    return settings
