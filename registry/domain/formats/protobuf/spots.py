"""The elements of a schema's own file by where they stand in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.domain.formats.protobuf.nodes import Field, File, Message, Oneof
from registry.domain.rules import Spot


@dataclass(frozen=True, slots=True)
class Elements:
    """What a spot stands for. What is imported, or is no such element, is not there.

    Attributes:
        fields: With the message of each.
        oneofs: Likewise.

    """

    messages: Mapping[Spot, Message]
    fields: Mapping[Spot, tuple[Message, Field]]
    oneofs: Mapping[Spot, tuple[Message, Oneof]]

    @classmethod
    def of(cls, file: File) -> "Elements":
        every = [each for each in file.all_messages() if not each.is_map_entry]
        return cls(
            {message.spot: message for message in every},
            {
                field.spot: (message, field)
                for message in every
                for field in message.fields.values()
            },
            {
                oneof.spot: (message, oneof)
                for message in every
                for oneof in message.oneofs.values()
            },
        )


def names_of(file: File) -> Iterator[str]:
    """Yield the names of a file's types, without the package."""
    for message in file.all_messages():
        yield message.local_name
    for enum in file.all_enums():
        yield enum.local_name
