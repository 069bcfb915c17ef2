"""The parts of a schema and of what it imports, as the policies compare them.

Messages, enums and services are found by their full names, extensions by what they
extend and their number, in whichever file they stand; what a file has is found by its
name within the file, so that a file that is given another package is still itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from registry.domain.formats.protobuf import nodes
from registry.domain.formats.protobuf.nodes import Kind
from registry.domain.formats.protobuf.policy_ranges import Numbers
from registry.domain.rules import Spot

Details = Mapping[str, str]
"""What the templates of a rule are filled with."""

EXPLICIT: Final = "optional with presence"
IMPLICIT: Final = "optional without presence"
REQUIRED: Final = "required"
REPEATED: Final = "repeated"
MAP: Final = "a map"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Something that may break.

    Attributes:
        name: Dotted, from the outermost type of the file inwards; empty for the file.

    """

    name: str
    spot: Spot

    def spot_of(self, _below: str) -> Spot:
        """Where a statement inside of it is, if that has a place of its own."""
        return self.spot

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
class Member(Part):
    """What is told by its simple name and its owner: a oneof, a method."""

    @property
    def details(self) -> dict[str, str]:
        return {"name": self.simple_name, "parent": self.parent}


@dataclass(frozen=True, slots=True, eq=False)
class Field(Part):
    """A field of a message, or an extension.

    Attributes:
        full_name: With the package.
        extendee: The full name of what an extension extends; empty for a field.
        is_in_map_entry: Whether it is the key or the value of a map.
        enums: Where to find the enum that it names, by full name.

    """

    node: nodes.Field
    file: nodes.File
    full_name: str
    extendee: str
    is_in_map_entry: bool
    enums: Mapping[str, "Enum"]

    @property
    def number(self) -> int:
        return self.node.number

    @property
    def kind(self) -> Kind:
        return self.node.kind

    @property
    def type(self) -> str:
        """The type as a message names it."""
        delimited = "delimited " if self.kind is Kind.GROUP else ""
        return delimited + (self.node.type_name or self.kind)

    @property
    def cardinality(self) -> str:
        if self.node.is_map:
            return MAP
        if self.node.is_repeated:
            return REPEATED
        if self.node.is_required:
            return REQUIRED
        return EXPLICIT if self.node.has_presence or self.extendee else IMPLICIT

    @property
    def written_name(self) -> str:
        """The name as JSON and text formats write it."""
        return self.full_name if self.extendee else self.node.name

    @property
    def path(self) -> str:
        if self.extendee:
            return "#/" + self.name.replace(".", "/")
        return f"#/{self.parent.replace('.', '/')}/{self.number}"

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
            "parent": self.extendee or self.parent,
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


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Enum(Part):
    """An enum.

    Attributes:
        values: All that it has, with aliases: names and numbers.
        grown_from: What has been found out: whether it has all values of another. Keeps
            nothing of other versions alive.

    """

    node: nodes.Enum
    numbers: Mapping[int, EnumNumber]
    values: Mapping[str, int]
    reserved: Numbers
    reserved_names: frozenset[str]
    grown_from: WeakKeyDictionary["Enum", bool] = field(
        default_factory=WeakKeyDictionary
    )

    def has_all_of(self, other: "Enum") -> bool:
        """Whether every value of the other is here, by name and number.

        Remembered, because many fields may have moved from one enum to another.
        """
        known = self.grown_from.get(other)
        if known is None:
            known = other.values.items() <= self.values.items()
            self.grown_from[other] = known
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Message(Part):
    """A message.

    Attributes:
        fields: By number.
        oneofs: By name; what stands for `optional` is none.
        extensible: The numbers that it leaves to extensions.

    """

    node: nodes.Message
    fields: Mapping[int, Field]
    oneofs: Mapping[str, Member]
    reserved: Numbers
    reserved_names: frozenset[str]
    extensible: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Method(Member):
    node: nodes.Method


@dataclass(frozen=True, slots=True, eq=False)
class Service(Part):
    full_name: str
    methods: Mapping[str, Method]


@dataclass(frozen=True, slots=True, eq=False)
class File(Part):
    """A file; its parts are by their names within it."""

    node: nodes.File
    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    extensions: Mapping[str, Field]
    services: Mapping[str, Service]

    @property
    def source(self) -> str:
        """The import name; empty for the schema's own text."""
        return self.node.source

    def spot_of(self, below: str) -> Spot:
        found: Any = self.node.proto
        for step in below.split("/")[1:]:
            name = found.DESCRIPTOR.fields_by_number[int(step)].name
            if not found.HasField(name):
                return self.spot
            found = getattr(found, name)
        return Spot(below, self.source)

    @property
    def path(self) -> str:
        return "#/"

    @property
    def element(self) -> str:
        return f"import {self.source}" if self.source else self.node.package

    @property
    def details(self) -> dict[str, str]:
        file = f"imported file '{self.source}'" if self.source else "the file"
        return {"name": self.source, "file": file}


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """All parts of a schema: of its own text and of the files that it imports.

    Attributes:
        files: By import name, the schema's own first, under the empty name.
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
