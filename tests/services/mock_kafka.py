"""Brokers in this process that speak Kafka's protocol: librdkafka's mock cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

_TIMEOUT_S = 30
PARTITIONS = 4
"""Of every topic; topics are there when they are first named."""


@contextmanager
def mock_kafka() -> Iterator[str]:
    """Yield where the brokers listen; they live as long as the client that has them."""
    # Its log would say that the cluster is a mock.
    owner = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    brokers = owner.list_topics(timeout=_TIMEOUT_S).brokers.values()
    yield ",".join(f"{each.host}:{each.port}" for each in brokers)
    owner.flush(_TIMEOUT_S)


def client_conf(brokers: str, **more: Any) -> dict[str, Any]:
    # Brokers that end before their clients are no news here.
    return {"bootstrap.servers": brokers, "log_level": 0, **more}


def consumer_conf(brokers: str, **more: Any) -> dict[str, Any]:
    more = {"group.id": "tests", "auto.offset.reset": "earliest", **more}
    return client_conf(brokers, **more)


def consumed(consumer: Consumer, topic: str, count: int) -> list[Any]:
    """Return messages of a topic; without a group, as joining takes seconds."""
    partitions = [TopicPartition(topic, number, 0) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    found: list[Any] = []
    while len(found) < count:
        message = consumer.poll(_TIMEOUT_S)
        assert message is not None, f"{len(found)} of {count} messages"
        assert message.error() is None, message.error()
        found.append(message)
    return found
