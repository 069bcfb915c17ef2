"""The elements of a descriptor, whatever they are."""

from collections.abc import Iterator
from typing import Any, TypeVar

from google.protobuf.message import Message

AnyMessage = TypeVar("AnyMessage", bound=Message)


def copied(message: AnyMessage) -> AnyMessage:
    """Return a copy, of the very class: that of its own pool."""
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def elements(root: Message) -> Iterator[Any]:
    """Yield a descriptor and all that is in it, but no options, outermost first."""
    left: list[Any] = [root]
    while left:
        element = left.pop()
        yield element
        for field, value in element.ListFields():
            if field.message_type is not None and field.name != "options":
                left += value if field.is_repeated else [value]
