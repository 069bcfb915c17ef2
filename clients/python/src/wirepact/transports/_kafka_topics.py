"""Topics of Kafka that are there, or are made when they are first named."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from aiokafka import errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from wirepact.errors import RecordRefusedError
from wirepact.transports._kafka_errors import reason_of
from wirepact.transports.kafka_options import KafkaOptions

MOST_REPLICAS: Final = 3
MISSING: Final = "there is no such topic"


class Topics:
    """What is known of topics; asked for each topic once."""

    def __init__(self, connection: Mapping[str, Any], options: KafkaOptions) -> None:
        self._connection = connection
        self._options = options
        self._admin: AIOKafkaAdminClient | None = None
        self._known: set[str] = set()
        self._making = asyncio.Lock()

    async def open(self) -> None:
        """Connect.

        Raises:
            KafkaError: The cluster cannot be reached.

        """
        admin = AIOKafkaAdminClient(
            **self._connection,
            request_timeout_ms=round(self._options.send_timeout_s * 1000),
        )
        try:
            await admin.start()
        except BaseException:
            await admin.close()
            raise
        self._admin = admin

    async def close(self) -> None:
        """Disconnect; twice is fine."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()

    async def ensure(self, topics: Iterable[str]) -> None:
        """Make what does not exist, where that is allowed.

        Raises:
            RecordRefusedError: A topic is neither there nor made.
            KafkaError: The cluster cannot be reached.

        """
        if self._known.issuperset(topics):
            return
        async with self._making:
            missing = [name for name in topics if name not in self._known]
            if missing:
                await self._find_or_make(dict.fromkeys(missing))

    def forget(self, topic: str) -> None:
        """Ask for a topic again, as the broker does not know it any more."""
        self._known.discard(topic)

    async def _find_or_make(self, topics: Collection[str]) -> None:
        found = await self._existing(topics)
        absent = [topic for topic in topics if topic not in found]
        if absent:
            await self._make(absent)
        self._known.update(topics)

    async def _existing(self, topics: Collection[str]) -> set[str]:
        described = await self._client.describe_topics(list(topics))
        for each in described:
            code = each["error_code"]
            if code not in (errors.NoError.errno, _UNKNOWN):
                error = errors.for_code(code)()
                if error.retriable:
                    continue
                raise RecordRefusedError(each["topic"], reason_of(error))
        return {each["topic"] for each in described if each["error_code"] != _UNKNOWN}

    async def _make(self, topics: Collection[str]) -> None:
        partitions = self._options.new_topic_partitions
        if partitions is None:
            raise RecordRefusedError(next(iter(topics)), MISSING)
        replicas = self._options.new_topic_replicas or await self._usual_replicas()
        answer = await self._client.create_topics(
            [NewTopic(topic, partitions, replicas) for topic in topics]
        )
        for topic, code, *_ in answer.topic_errors:
            error = errors.for_code(code)
            if error not in (errors.NoError, errors.TopicAlreadyExistsError):
                reason = f"{MISSING}, and it was not made: {reason_of(error())}"
                raise RecordRefusedError(topic, reason)

    async def _usual_replicas(self) -> int:
        cluster = await self._client.describe_cluster()
        return min(MOST_REPLICAS, max(1, len(cluster["brokers"])))

    @property
    def _client(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            raise errors.KafkaConnectionError("the transport is closed")
        return self._admin


_UNKNOWN: Final = errors.UnknownTopicOrPartitionError.errno
