"""Topics of Kafka that are there, or are made when they are first named."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from wirepact.errors import RecordRefusedError
from wirepact.transports._confluent_errors import (
    UNKNOWN_TOPICS,
    error_of,
    outages,
    sending_error,
)
from wirepact.transports.kafka_options import KafkaOptions

_MISSING: Final = "there is no such topic"
_BROKERS_DEFAULT: Final = -1


class ConfluentTopics:
    """What is known of topics; asked for each topic once."""

    def __init__(self, settings: Mapping[str, Any], options: KafkaOptions) -> None:
        self._settings = settings
        self._options = options
        self._address: str = settings["bootstrap.servers"]
        self._admin: AdminClient | None = None
        self._known: set[str] = set()
        self._making = asyncio.Lock()

    async def ensure(self, topics: Iterable[str]) -> None:
        """Make what does not exist, where that is allowed.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached.
            RecordRefusedError: A topic is neither there nor made.

        """
        if self._known.issuperset(topics):
            return
        async with self._making:
            missing = [name for name in dict.fromkeys(topics) if not self._has(name)]
            if missing:
                with outages(self._address):
                    await self._find_or_make(missing)

    def forget(self, topic: str) -> None:
        """Ask for a topic again, as the broker does not know it any more."""
        self._known.discard(topic)

    def _has(self, topic: str) -> bool:
        return topic in self._known

    async def _find_or_make(self, topics: Collection[str]) -> None:
        asked = self._client.describe_topics(
            TopicCollection(list(topics)), request_timeout=self._options.send_timeout_s
        )
        absent = [
            topic
            for topic, found in asked.items()
            if await self._is_absent(topic, found)
        ]
        if absent:
            await self._make(absent)
        self._known.update(topics)

    async def _is_absent(self, topic: str, found: Any) -> bool:
        try:
            await asyncio.wrap_future(found)
        except KafkaException as error:
            reason = error_of(error)
            if reason.code() in UNKNOWN_TOPICS:
                return True
            raise sending_error(self._address, topic, reason) from error
        return False

    async def _make(self, topics: Collection[str]) -> None:
        partitions = self._options.new_topic_partitions
        if partitions is None:
            raise RecordRefusedError(next(iter(topics)), _MISSING)
        replicas = self._options.new_topic_replicas or _BROKERS_DEFAULT
        made = self._client.create_topics(
            [NewTopic(topic, partitions, replicas) for topic in topics],
            request_timeout=self._options.send_timeout_s,
        )
        for topic, making in made.items():
            try:
                await asyncio.wrap_future(making)
            except KafkaException as error:
                reason = error_of(error)
                if reason.code() == KafkaError.TOPIC_ALREADY_EXISTS:
                    continue
                words = f"{_MISSING}, and it was not made: {reason.str()}"
                raise RecordRefusedError(topic, words) from error

    @property
    def _client(self) -> AdminClient:
        if self._admin is None:
            self._admin = AdminClient({**self._settings, "log_level": 0})
        return self._admin
