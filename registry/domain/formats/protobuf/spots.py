"""The elements of a schema's own file by where they stand in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from registry.domain.formats.protobuf.nodes import Field, File, Message, Oneof
from registry.domain.rules import Spot

_MESSAGES: Final = "4"
_FIELDS: Final = "2"
_NESTED: Final = "3"

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Elements:
    """Finds what a spot stands for; every method raises LookupError if it is none."""

    file: File

    def message(self, spot: Spot) -> Message:
        message, below = self._innermost(spot)
        if below:
            raise LookupError(spot.pointer)
        return message

    def field(self, spot: Spot) -> tuple[Message, Field]:
        """A field, and the message that it is in."""
        message, below = self._innermost(spot)
        if below[:1] != [_FIELDS]:
            raise LookupError(spot.pointer)
        return message, _at(message.fields.values(), below[1])

    def oneof(self, spot: Spot) -> tuple[Message, Oneof]:
        """A oneof, and the message that it is in."""
        message, _ = self._innermost(spot)
        for oneof in message.oneofs.values():
            if oneof.spot == spot:
                return message, oneof
        raise LookupError(spot.pointer)

    def _innermost(self, spot: Spot) -> tuple[Message, list[str]]:
        """The message that a spot is in, or is, and the rest of the pointer."""
        kind, *path = spot.pointer.split("/")[1:] or [""]
        if spot.source or kind != _MESSAGES:
            raise LookupError(spot.pointer)
        message, path = _at(self.file.messages.values(), path[0]), path[1:]
        while path and path[0] == _NESTED:
            message, path = _at(message.messages.values(), path[1]), path[2:]
        return message, path


def _at(parts: Iterable[Part], index: str) -> Part:
    for part in islice(parts, int(index), None):
        return part
    raise LookupError(index)


def names_of(file: File) -> Iterator[str]:
    """Yield the names of a file's types, without the package."""
    for message in file.all_messages():
        yield message.local_name
    for enum in file.all_enums():
        yield enum.local_name
