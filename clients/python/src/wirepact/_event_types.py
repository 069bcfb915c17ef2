"""What is known of a class: its declaration, or what a message class tells itself."""

from collections.abc import Iterable
from typing import Any

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.events import EventType, find_event_type
from wirepact.events.members import is_message


def known_type(cls: type) -> EventType | None:
    """Return the declaration of a class; generated Protobuf classes need none."""
    declared = find_event_type(cls)
    if declared is None and is_message(cls):
        return EventType(_full_name(cls), cls)
    return declared


def several(events: Iterable[type]) -> tuple[type, ...]:
    """Return classes that were given.

    Raises:
        TypeError: It is one class, and no list of them.

    """
    if isinstance(events, type):
        raise TypeError(f"events are given as a list: [{events.__name__}]")
    return tuple(events)


def record_name(event: EventType) -> str:
    """Return how schemas call the type: messages by their own name."""
    return _full_name(event.cls) if is_message(event.cls) else event.name


def adapter(event: EventType | None, resolved: ResolvedSchema) -> Adapter | None:
    """Return what adapts a type to a schema; messages are what is written already."""
    if event is None or is_message(event.cls):
        return None
    return event.adapter(resolved)


def _full_name(message: Any) -> str:
    return str(message.DESCRIPTOR.full_name)
