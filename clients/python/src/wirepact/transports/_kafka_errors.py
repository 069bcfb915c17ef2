"""What aiokafka's errors mean to the SDK."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiokafka import errors

from wirepact.errors import (
    BrokerUnavailableError,
    RecordRefusedError,
    RecordTooLargeError,
)

# What a later try will not change, as it is about the record or about rights.
_REFUSALS: Final = (
    errors.ClusterAuthorizationFailedError,
    errors.CorruptRecordException,
    errors.InvalidTimestampError,
    errors.InvalidTopicError,
    errors.PolicyViolationError,
    errors.TopicAuthorizationFailedError,
    errors.UnsupportedForMessageFormatError,
)
_TOO_LARGE: Final = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.RecordTooLargeError,
)


def reason_of(error: BaseException) -> str:
    """Say what happened: the library's name for it, and its words."""
    words = str(error)
    name = type(error).__name__.removesuffix("Error")
    return words if name in words else f"{name}: {words}" if words else name


def sending_error(
    address: str, topic: str, error: Exception
) -> BrokerUnavailableError | RecordRefusedError:
    """Return what `send` raises."""
    if isinstance(error, _TOO_LARGE):
        return RecordTooLargeError(topic, reason_of(error))
    if isinstance(error, _REFUSALS):
        return RecordRefusedError(topic, reason_of(error))
    return outage(address, error)


def outage(address: str, error: BaseException) -> BrokerUnavailableError:
    """Return the error for a broker that cannot be used now."""
    return BrokerUnavailableError(f"Kafka at {address}", reason_of(error))


@contextmanager
def outages(address: str) -> Iterator[None]:
    """Translate all that the library raises; what it asks for is another try.

    Rights that are missing count as well: nothing is at fault with the messages, and
    whoever grants the rights lets all go on.
    """
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise outage(address, error) from error
