"""The Protobuf type graph: what descriptors mean, names resolved, ready to be walked.

Nodes are compared by identity and never change. A type is found by its full name among
the `Types` of its schema, so that types may refer to each other in circles. What the
check does not look at is read from the descriptors, which each node carries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FeatureSet,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
)

from registry.domain.formats.protobuf.features import Features
from registry.domain.rules import Spot


class Kind(StrEnum):
    """The types of fields as they are written; a message may be delimited: a group."""

    DOUBLE = "double"
    FLOAT = "float"
    INT64 = "int64"
    UINT64 = "uint64"
    INT32 = "int32"
    FIXED64 = "fixed64"
    FIXED32 = "fixed32"
    BOOL = "bool"
    STRING = "string"
    GROUP = "group"
    MESSAGE = "message"
    BYTES = "bytes"
    UINT32 = "uint32"
    ENUM = "enum"
    SFIXED32 = "sfixed32"
    SFIXED64 = "sfixed64"
    SINT32 = "sint32"
    SINT64 = "sint64"


class Label(StrEnum):
    """The label that stands in front of a field's type, as far as one was written."""

    NONE = ""
    OPTIONAL = "optional"
    REQUIRED = "required"
    REPEATED = "repeated"


PACKABLE: Final = frozenset(Kind) - {
    Kind.STRING,
    Kind.BYTES,
    Kind.MESSAGE,
    Kind.GROUP,
}


class Types(Protocol):
    """The types of a schema and of what it imports, by their full names."""

    def message(self, full_name: str) -> "Message | None": ...

    def enum(self, full_name: str) -> "Enum | None": ...


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """A list in a descriptor: fields, extensions, or values.

    What is in it is made out by its place there, which takes less memory than to keep
    everything for each.

    Attributes:
        pointer: The descriptor path of the list.
        source: The import name of the file; empty for the schema's own text.
        types: Where to find the types that are named in it.

    """

    protos: Sequence[Any]
    pointer: str
    source: str
    types: Types

    def spot(self, index: int) -> Spot:
        return Spot(f"{self.pointer}/{index}", self.source)


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """A field of a message, or an extension of one.

    Attributes:
        type_name: The full name of its message or enum; empty for scalars.
        label: None for the members of a oneof, for maps, and for what is singular
            without saying so; `REQUIRED` also by the feature of that name.
        oneof: The oneof that was written around it; empty for none.
        is_map: Whether its type is an entry that protoc made of `map<...>`.
        index: Its place in its row.

    """

    name: str
    number: int
    kind: Kind
    type_name: str
    label: Label
    oneof: str
    is_map: bool
    is_repeated: bool
    features: Features
    row: Row
    index: int

    @property
    def spot(self) -> Spot:
        return self.row.spot(self.index)

    @property
    def proto(self) -> FieldDescriptorProto:
        proto: FieldDescriptorProto = self.row.protos[self.index]
        return proto

    @property
    def message(self) -> "Message | None":
        is_one = self.kind is Kind.MESSAGE or self.kind is Kind.GROUP
        return self.row.types.message(self.type_name) if is_one else None

    @property
    def enum(self) -> "Enum | None":
        return self.row.types.enum(self.type_name) if self.kind is Kind.ENUM else None

    @property
    def is_required(self) -> bool:
        return self.label is Label.REQUIRED

    @property
    def has_presence(self) -> bool:
        """Whether a value that was never set can be told from a zero."""
        if self.is_repeated:
            return False
        return (
            self.features.field_presence != FeatureSet.IMPLICIT
            or self.kind in (Kind.MESSAGE, Kind.GROUP)
            or self.proto.HasField("oneof_index")
        )

    @property
    def is_packed(self) -> bool:
        if not self.is_repeated or self.kind not in PACKABLE:
            return False
        if self.proto.options.HasField("packed"):
            return self.proto.options.packed
        return self.features.repeated_field_encoding == FeatureSet.PACKED

    @property
    def json_name(self) -> str:
        return self.proto.json_name or _camel_case(self.name)

    @property
    def default(self) -> str | None:
        """The default value as protoc writes it; None where none was written."""
        return (
            self.proto.default_value if self.proto.HasField("default_value") else None
        )


@dataclass(frozen=True, eq=False, slots=True)
class Oneof:
    """A oneof that was written; what stands for `optional` in proto3 is none.

    Attributes:
        fields: Its members, in the order of the text.

    """

    name: str
    fields: tuple[Field, ...]
    spot: Spot


@dataclass(frozen=True, eq=False, slots=True)
class EnumValue:
    name: str
    number: int
    row: Row
    index: int

    @property
    def spot(self) -> Spot:
        return self.row.spot(self.index)

    @property
    def proto(self) -> EnumValueDescriptorProto:
        proto: EnumValueDescriptorProto = self.row.protos[self.index]
        return proto


@dataclass(frozen=True, eq=False, slots=True)
class Enum:
    """An enum.

    Attributes:
        local_name: The name without the package.
        numbers: The first value of each number; aliases are in `values` only.

    """

    name: str
    full_name: str
    local_name: str
    values: tuple[EnumValue, ...]
    numbers: Mapping[int, EnumValue]
    features: Features
    spot: Spot
    proto: EnumDescriptorProto

    @property
    def is_closed(self) -> bool:
        return self.features.enum_type == FeatureSet.CLOSED

    def reserves(self, number: int) -> bool:
        return any(
            each.start <= number <= each.end for each in self.proto.reserved_range
        )


@dataclass(frozen=True, eq=False, slots=True)
class Message:
    """A message.

    Attributes:
        local_name: The name without the package.
        fields: By number, in the order of the text, members of oneofs among them.
        oneofs: By name, in the order of the text.
        messages: Those inside it, by name; map entries and bodies of groups too.
        is_group_body: Whether it was written as the body of a group.

    """

    name: str
    full_name: str
    local_name: str
    fields: Mapping[int, Field]
    oneofs: Mapping[str, Oneof]
    messages: Mapping[str, "Message"]
    enums: Mapping[str, Enum]
    extensions: tuple[Field, ...]
    is_map_entry: bool
    is_group_body: bool
    features: Features
    spot: Spot
    proto: DescriptorProto

    def reserves(self, number: int) -> bool:
        return any(
            each.start <= number < each.end for each in self.proto.reserved_range
        )


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    name: str
    spot: Spot
    proto: MethodDescriptorProto


@dataclass(frozen=True, eq=False, slots=True)
class Service:
    name: str
    methods: Mapping[str, Method]
    spot: Spot


@dataclass(frozen=True, eq=False, slots=True)
class File:
    """A file.

    Attributes:
        source: The import name; empty for the schema's own text.
        messages: Those that are in no other, by name, in the order of the text.

    """

    source: str
    package: str
    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    extensions: tuple[Field, ...]
    services: Mapping[str, Service]
    features: Features
    proto: FileDescriptorProto

    @property
    def spot(self) -> Spot:
        return Spot("", self.source)

    @property
    def package_spot(self) -> Spot:
        number = FileDescriptorProto.PACKAGE_FIELD_NUMBER
        return Spot(f"/{number}" if self.package else "", self.source)

    def all_messages(self) -> Iterator[Message]:
        """Yield every message, each before those inside it."""
        stack = [iter(self.messages.values())]
        while stack:
            message = next(stack[-1], None)
            if message is None:
                stack.pop()
            else:
                yield message
                stack.append(iter(message.messages.values()))

    def all_enums(self) -> Iterator[Enum]:
        yield from self.enums.values()
        for message in self.all_messages():
            yield from message.enums.values()


def _camel_case(name: str) -> str:
    """The name in JSON that protoc makes of a field's name."""
    first, *others = name.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in others)
