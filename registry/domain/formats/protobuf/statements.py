"""Elements of an earlier version as they can be written into a candidate.

What is written need not be right: whoever offers it has tried it first.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from registry.domain.formats.protobuf.checks import VALUE
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


def absolute_type_and_label(field: Field, home: File, *, is_member: bool) -> str:
    """The same with the whole name of a field's type, where a short one misleads.

    Raises:
        LookupError: The type has no name.

    """
    used = type_of(field)
    if used is None or field.is_map:
        raise LookupError(field.type_name)
    name = used.full_name if used.spot.source else in_package(home, used.local_name)
    return f"{label_for(field, home, is_member=is_member)}.{name}"


def in_package(file: File, local_name: str) -> str:
    return f"{file.package}.{local_name}" if file.package else local_name


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


class Needs(NamedTuple):
    """What a text must have before something of another can be written into it.

    Attributes:
        types: Where the types are that it lacks, in the other.
        imports: The import names that it lacks.

    """

    types: Sequence[Spot]
    imports: Sequence[str]


def needs_of(
    earlier: ProtobufSchema, home: File, part: Message | Field, *known: str
) -> Needs:
    """What a message, or a field, of an earlier schema needs and a file lacks.

    Args:
        known: Names of types that are seen to already.

    """
    file = earlier.graph.file
    outermost: dict[str, Message | Enum] = {**file.messages, **file.enums}
    seen = {*names_of(home), *known}
    types: list[Spot] = []
    imports: dict[str, None] = {}
    ahead: list[Message | Field] = [part]
    while ahead and len(types) < _MOST_NEEDED:
        for used in _types_in(ahead.pop()):
            name = used.local_name.partition(".")[0]
            if used.spot.source:
                imports[used.spot.source] = None
            elif name not in seen:
                seen.add(name)
                found = outermost[name]
                types.append(found.spot)
                ahead += [found] if isinstance(found, Message) else []
    return Needs(types, [each for each in imports if each not in home.proto.dependency])


def _types_in(part: Message | Field) -> Iterator[Message | Enum]:
    """Yield the types of a field, or of all fields in a message, and what is in it."""
    if isinstance(part, Field):
        entry = part.message if part.is_map else None
        used = part if entry is None else entry.fields[VALUE]
        found = type_of(used)
        if found is not None:
            yield found
        return
    inside = [part]
    while inside:
        message = inside.pop()
        inside.extend(message.messages.values())
        for field in message.fields.values():
            yield from _types_in(field)


def type_of(field: Field) -> Message | Enum | None:
    return field.enum if field.kind is Kind.ENUM else field.message


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
