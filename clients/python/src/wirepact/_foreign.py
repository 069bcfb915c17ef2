"""Which headers of other systems mean the same as an attribute of CloudEvents."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from uuid import UUID


class Alias(NamedTuple):
    """A header of another system.

    Attributes:
        text: From its bytes to a text.

    """

    system: str
    attribute: str
    text: Callable[[bytes], str] = bytes.decode


def _text_or_uuid(value: bytes) -> str:
    """Read a correlation id of Spring's, which may be the sixteen bytes of a UUID."""
    return str(UUID(bytes=value)) if len(value) == UUID_BYTES else value.decode()


UUID_BYTES: Final = 16

ALIASES: Final[Mapping[str, Alias]] = {
    "NServiceBus.MessageId": Alias("NServiceBus", "id"),
    "NServiceBus.CorrelationId": Alias("NServiceBus", "correlationid"),
    "NServiceBus.ConversationId": Alias("NServiceBus", "correlationid"),
    "NServiceBus.RelatedTo": Alias("NServiceBus", "causationid"),
    "MessageId": Alias("MassTransit", "id"),
    "CorrelationId": Alias("MassTransit", "correlationid"),
    "ConversationId": Alias("MassTransit", "correlationid"),
    "MT-InitiatorId": Alias("MassTransit", "causationid"),
    "kafka_correlationId": Alias("Spring", "correlationid", _text_or_uuid),
    "message_id": Alias("FastStream", "id"),
    "correlation_id": Alias("FastStream", "correlationid"),
    "message-id": Alias("AMQP", "id"),
    "correlation-id": Alias("AMQP", "correlationid"),
    "Nats-Msg-Id": Alias("NATS", "id"),
    "traceparent": Alias("W3C", "traceparent"),
    "tracestate": Alias("W3C", "tracestate"),
}
"""By the header's name. Of several for one attribute the first in this order counts."""
