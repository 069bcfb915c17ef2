"""The parts of a schema and of what it imports, as the policies compare them.

Messages, enums and services are found by their full names, extensions by what they
extend and their number, in whichever file they stand; what a file has is found by its
name within the file, so that a file that is given another package is still itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
)

from registry.domain.formats.protobuf.policy_features import Features
from registry.domain.formats.protobuf.policy_ranges import Numbers
from registry.domain.rules import Spot

Details = Mapping[str, str]
"""What the templates of a rule are filled with."""

GROUP: Final = "group"
MESSAGE: Final = "message"
ENUM: Final = "enum"

EXPLICIT: Final = "optional with presence"
IMPLICIT: Final = "optional without presence"
REQUIRED: Final = "required"
REPEATED: Final = "repeated"
MAP: Final = "a map"


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a part stands.

    Attributes:
        source: The import name of its file; empty for the schema's own text.
        steps: The descriptor path within the file.
        name: Dotted, from the outermost type of the file inwards; empty for the file.
        features: Those that hold for it.

    """

    source: str
    steps: tuple[int, ...]
    name: str
    features: Features


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Something that may break."""

    stand: Stand

    @property
    def name(self) -> str:
        return self.stand.name

    @property
    def features(self) -> Features:
        return self.stand.features

    @property
    def spot(self) -> Spot:
        steps = "".join(f"/{step}" for step in self.stand.steps)
        return Spot(steps, self.stand.source)

    @property
    def path(self) -> str:
        """As on the wire."""
        return "#/" + self.name.replace(".", "/")

    @property
    def element(self) -> str:
        """The name that a person would use."""
        return self.name

    @property
    def simple_name(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def parent(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def details(self) -> dict[str, str]:
        """What any message about the part may mention."""
        return {"name": self.name}


@dataclass(frozen=True, slots=True, eq=False)
class Oneof(Part):
    """A oneof that was written; those that stand for `optional` are none."""

    @property
    def details(self) -> dict[str, str]:
        return {"name": self.simple_name, "parent": self.parent}


@dataclass(frozen=True, slots=True, eq=False)
class Field(Part):
    """A field of a message, or an extension.

    Attributes:
        kind: As Protobuf calls the type: `int32`, `message`; `group` for every
            message that is delimited.
        type_name: The full name of a message or an enum; empty for others.
        oneof: The name of the oneof that it is in; None for none.
        extendee: The full name of what an extension extends; empty for a field.
        enums: Where to find the enum that it names, by full name.

    """

    proto: FieldDescriptorProto
    full_name: str
    kind: str
    type_name: str
    cardinality: str
    oneof: str | None
    extendee: str
    is_in_map_entry: bool
    enums: Mapping[str, "Enum"]

    @property
    def number(self) -> int:
        return self.proto.number

    @property
    def is_required(self) -> bool:
        return self.cardinality == REQUIRED

    @property
    def path(self) -> str:
        if self.extendee:
            return "#/" + self.name.replace(".", "/")
        return f"#/{self.parent.replace('.', '/')}/{self.number}"

    @property
    def type(self) -> str:
        """The type as a message names it."""
        delimited = "delimited " if self.kind == GROUP else ""
        return delimited + (self.type_name or self.kind)

    @property
    def described(self) -> str:
        if self.extendee:
            where = f"number {self.number} of {self.extendee}"
            return f"extension '{self.full_name}' ({where})"
        return f"field '{self.name}' (number {self.number})"

    @property
    def numbered(self) -> str:
        """What to call it in a sentence about its name."""
        if self.extendee:
            return f"extension number {self.number} of {self.extendee}"
        return f"field number {self.number} of message '{self.parent}'"

    @property
    def details(self) -> dict[str, str]:
        return {
            "field": self.described,
            "number": str(self.number),
            "name": self.simple_name,
            "parent": self.parent,
        }


@dataclass(frozen=True, slots=True, eq=False)
class EnumNumber(Part):
    """A number of an enum, with all the names that it has.

    Attributes:
        names: In the order of the text; more than one where there are aliases.

    """

    number: int
    names: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"#/{self.parent.replace('.', '/')}/{self.number}"

    @property
    def details(self) -> dict[str, str]:
        return {
            "value": f"enum value '{self.name}' (number {self.number})",
            "number": str(self.number),
            "parent": self.parent,
            "names": quoted(self.names),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Enum(Part):
    """An enum.

    Attributes:
        values: All that it has, with aliases: names and numbers.
        grown_from: What has been found out: whether it has all values of another.

    """

    proto: EnumDescriptorProto
    full_name: str
    numbers: Mapping[int, EnumNumber]
    values: Mapping[str, int]
    reserved: Numbers
    reserved_names: frozenset[str]
    grown_from: dict["Enum", bool] = field(default_factory=dict)

    def has_all_of(self, other: "Enum") -> bool:
        """Whether every value of the other is here, by name and number.

        Remembered, because many fields may have moved from one enum to another.
        """
        if other not in self.grown_from:
            self.grown_from[other] = other.values.items() <= self.values.items()
        return self.grown_from[other]


@dataclass(frozen=True, slots=True, eq=False)
class Message(Part):
    """A message.

    Attributes:
        fields: By number.
        oneofs: By name.
        extensible: The numbers that it leaves to extensions.

    """

    proto: DescriptorProto
    full_name: str
    fields: Mapping[int, Field]
    oneofs: Mapping[str, Oneof]
    reserved: Numbers
    reserved_names: frozenset[str]
    extensible: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Method(Part):
    proto: MethodDescriptorProto

    @property
    def details(self) -> dict[str, str]:
        return {"name": self.simple_name, "parent": self.parent}


@dataclass(frozen=True, slots=True, eq=False)
class Service(Part):
    full_name: str
    methods: Mapping[str, Method]


@dataclass(frozen=True, slots=True, eq=False)
class File(Part):
    """A file; its parts are by their names within it."""

    proto: FileDescriptorProto
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)
    extensions: dict[str, Field] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return "#/"

    @property
    def element(self) -> str:
        return f"import {self.source}" if self.source else ""

    @property
    def source(self) -> str:
        """The import name; empty for the schema's own text."""
        return self.stand.source

    @property
    def details(self) -> dict[str, str]:
        file = f"imported file '{self.source}'" if self.source else "the file"
        return {"name": self.source, "file": file}

    def full_name(self, name: str) -> str:
        return f"{self.proto.package}.{name}" if self.proto.package else name


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """All parts of a schema: of its own text and of the files that it imports.

    Attributes:
        files: By import name, the schema's own first.
        messages: By full name, whichever file they are in; likewise the next two.
        extensions: By what they extend and their number.

    """

    files: Mapping[str, File]
    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    services: Mapping[str, Service]
    extensions: Mapping[tuple[str, int], Field]


def quoted(names: Iterable[str]) -> str:
    """Return names as a message lists them."""
    return ", ".join(f"'{name}'" for name in names)
