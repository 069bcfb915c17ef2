"""What confluent-kafka's errors mean to the SDK."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from wirepact.errors import (
    BrokerUnavailableError,
    RecordRefusedError,
    RecordTooLargeError,
)

# What a later try will not change, as it is about the record or about rights.
_REFUSALS: Final = frozenset(
    {
        KafkaError._INVALID_ARG,  # noqa: SLF001 - the library's own codes begin so
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - so it is named
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.POLICY_VIOLATION,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_EXCEPTION,
    }
)

_TOO_LARGE: Final = frozenset(
    {
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
    }
)

UNKNOWN_TOPICS: Final = frozenset(
    {
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 - so it is named
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)


def error_of(error: KafkaException) -> KafkaError:
    """Return what an exception of the library is about."""
    found = error.args[0]
    return found if isinstance(found, KafkaError) else KafkaError(KafkaError._FAIL)  # noqa: SLF001 - so it is named


def sending_error(
    address: str, topic: str, error: KafkaError
) -> BrokerUnavailableError | RecordRefusedError:
    """Return what `send` raises."""
    if error.code() in _TOO_LARGE:
        return RecordTooLargeError(topic, error.str())
    if error.code() in _REFUSALS:
        return RecordRefusedError(topic, error.str())
    return outage(address, error.str())


def outage(address: str, reason: object) -> BrokerUnavailableError:
    """Return the error for a broker that cannot be used now."""
    return BrokerUnavailableError(f"Kafka at {address}", str(reason))


@contextmanager
def outages(address: str) -> Iterator[None]:
    """Translate all that the library raises; what it asks for is another try."""
    try:
        yield
    except KafkaException as error:
        raise outage(address, error_of(error).str()) from error
