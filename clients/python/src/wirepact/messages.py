"""Messages as brokers carry them, and what became of them when they were read."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from wirepact.envelope import Envelope, Fault, Header


class Message(NamedTuple):
    """A message to be sent; for most producers: `producer.send(*message)` or by name.

    Attributes:
        value: None for a tombstone.

    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header]


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was read.

    Attributes:
        event: An instance of the class that was declared for it, else plain values;
            None for a tombstone.
        envelope: What is said about the event; empty where nothing is.
        schema_id: The id or GUID that the message names; None for a tombstone.
        headers: Those that belong to no envelope, as they came.
        faults: What is wrong with the envelope.

    """

    event: Any
    envelope: Envelope
    topic: str
    key: bytes | None
    schema_id: int | UUID | None
    headers: tuple[Header, ...] = ()
    faults: tuple[Fault, ...] = ()
