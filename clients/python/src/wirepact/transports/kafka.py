"""Kafka through aiokafka.

    broker = Kafka("kafka:9092", tls=Tls(), sasl=Sasl("orders", password))

Records are sent idempotently and are there when all in-sync replicas have them. What a
group has settled is committed for each partition up to the first record that is not.
"""

import asyncio
from collections.abc import Sequence
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
    from wirepact.transports._kafka_errors import outages
    from wirepact.transports._kafka_member import KafkaSubscription
    from wirepact.transports._kafka_sending import Sending
    from wirepact.transports._kafka_topics import Topics
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] == "wirepact":
        raise
    raise MissingExtraError(__name__, "kafka") from error

__all__ = [
    "Compression",
    "Kafka",
    "KafkaOptions",
    "KafkaSubscription",
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


class Kafka:
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
        self._tls = tls
        self._sasl = sasl
        self._options = options
        self._settings: dict[str, Any] | None = None
        self._opening = asyncio.Lock()
        self._sending: Sending | None = None
        self._topics: Topics | None = None
        self._subscriptions: set[KafkaSubscription] = set()

    def __repr__(self) -> str:
        return f"Kafka({self._servers!r})"

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
        leaving = [each.close for each in self._subscriptions]
        await all_closed([*leaving, self._disconnect])

    async def _disconnect(self) -> None:
        async with self._opening:
            sending, self._sending = self._sending, None
            topics, self._topics = self._topics, None
        opened = (sending, topics)
        await all_closed([each.close for each in opened if each is not None])

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`.

        What was not answered within `send_timeout_s` may have been sent; the producer
        is given up then, and the next call begins with a new one.
        """
        sending = self._sending or await self._opened()
        return await sending.send(records)

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> KafkaSubscription:
        """See `Transport`.

        Rebalances take all partitions away from all members, which get most of theirs
        back: this library knows no cooperative hand-over.
        """
        await self._opened()
        assert self._topics is not None  # noqa: S101 - it was just opened
        with outages(self._servers):
            await self._topics.ensure(topics)
        subscription = KafkaSubscription(
            topics, group, revoked, self._connection(), self._options
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

    async def _opened(self) -> Sending:
        if self._sending is not None:
            return self._sending
        async with self._opening:
            if self._sending is None:
                topics = Topics(self._connection(), self._options)
                sending = Sending(self._connection(), self._options, topics)
                with outages(self._servers):
                    await topics.open()
                try:
                    await sending.open()
                except BaseException:
                    await topics.close()
                    raise
                self._topics, self._sending = topics, sending
            return self._sending

    def _connection(self) -> dict[str, Any]:
        """Return what each of the library's clients is told to connect."""
        if self._settings is None:
            self._settings = _settings(self._tls, self._sasl)
        return {
            **self._settings,
            "bootstrap_servers": self._servers,
            "client_id": self._options.client_id,
        }


def _settings(tls: Tls | None, sasl: Sasl | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"security_protocol": protocol_of(tls, sasl)}
    if tls is not None:
        settings["ssl_context"] = tls.context()
    if sasl is not None:
        settings |= {
            "sasl_mechanism": sasl.mechanism.value,
            "sasl_plain_username": sasl.user,
            "sasl_plain_password": sasl.password,
        }
    return settings
