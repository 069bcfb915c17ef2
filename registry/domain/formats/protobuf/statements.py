"""Elements of an earlier version as they can be written into a candidate.

What is written need not be right: whoever offers it has tried it first.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from registry.domain.formats.protobuf.nodes import (
    Enum,
    Field,
    File,
    Kind,
    Label,
    Message,
)
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.spots import names_of
from registry.domain.rules import Spot

MAX_RESTORED_CHARACTERS: Final = 4_000
"""The longest element of an earlier version that is written into a candidate."""

_MOST_NEEDED: Final = 8
"""Types that are put back because another one needs them."""

_LABEL: Final = re.compile(r"(?:optional|required|repeated)\s+")

_KEPT: Final = (19_000, 20_000)
"""The numbers that Protobuf keeps to itself, and the first after them."""

_LAST: Final = (1 << 29) - 1


def statement(schema: ProtobufSchema, spot: Spot) -> str:
    """An element's text.

    Raises:
        LookupError: There is none, or it is too long.

    """
    text = schema.fragment(spot)
    if text is None or len(text) > MAX_RESTORED_CHARACTERS:
        raise LookupError(spot.pointer)
    return text


def type_and_label(
    earlier: ProtobufSchema, field: Field, home: File, *, is_member: bool
) -> str:
    """What stands in front of a field's name.

    Args:
        field: Of the earlier schema.
        home: Where it is to be written.
        is_member: Whether that is within a oneof.

    """
    text = statement(earlier, field.spot)
    before, found, _ = text.partition(f" {field.name} = ")
    if not found:
        raise LookupError(field.spot.pointer)
    return label_for(field, home, is_member=is_member) + _LABEL.sub("", before, count=1)


def label_for(field: Field, home: File, *, is_member: bool) -> str:
    """The label that a field needs in another place, with a blank; often none."""
    if is_member or field.is_map:
        return ""
    if field.is_repeated:
        return "repeated "
    if home.proto.syntax == "editions":
        return ""
    if home.proto.syntax == "proto3":
        return "optional " if field.label is Label.OPTIONAL else ""
    return "required " if field.is_required else "optional "


def declaration(
    earlier: ProtobufSchema, field: Field, home: File, *, is_member: bool
) -> str:
    """A whole field of an earlier schema, with the label that it needs elsewhere."""
    label = label_for(field, home, is_member=is_member)
    return label + _LABEL.sub("", statement(earlier, field.spot), count=1)


def with_needed(
    earlier: ProtobufSchema, message: Message, home: File
) -> Iterator[Spot]:
    """Yield the types outside of a message that it needs and a file does not have."""
    outermost = _outermost(earlier.graph.file)
    missing = outermost.keys() - set(names_of(home))
    seen = {message.local_name.partition(".")[0]}
    ahead = [message]
    while ahead and len(seen) <= _MOST_NEEDED:
        for name in _used_by(ahead.pop()):
            if name in missing and name not in seen:
                seen.add(name)
                yield outermost[name].spot
                if isinstance(found := outermost[name], Message):
                    ahead.append(found)


def _outermost(file: File) -> Mapping[str, Message | Enum]:
    return {**file.messages, **file.enums}


def _used_by(message: Message) -> Iterator[str]:
    """Yield the outermost names, within the file, of the types of all fields."""
    inside = [message]
    while inside:
        each = inside.pop()
        inside.extend(each.messages.values())
        for field in each.fields.values():
            found = field.enum if field.kind is Kind.ENUM else field.message
            if found is not None and not found.spot.source:
                yield found.local_name.partition(".")[0]


def next_number(*messages: Message) -> int:
    """The least number above those of all fields that nothing keeps from being used.

    Raises:
        LookupError: There is none.

    """
    number = 1 + max((each for one in messages for each in one.fields), default=0)
    kept = [_KEPT]
    for message in messages:
        kept += ((span.start, span.end) for span in message.proto.reserved_range)
        kept += ((span.start, span.end) for span in message.proto.extension_range)
    for start, end in sorted(kept):
        if start <= number < end:
            number = end
    if number > _LAST:
        raise LookupError(number)
    return number
